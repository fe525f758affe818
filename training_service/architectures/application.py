"""One of keras.applications with an output layer of its own: MobileNetV2 here, replaced by the others' names."""

import keras


def build(
    input_shape: tuple[int, int, int],
    output_count: int,
    activation: str = "softmax",
    weights: str = "none",
    pooling: str = "avg",
    momentum: float = 0.99,
    dropout: float = 0.2,
) -> keras.Model:
    """MobileNetV2 for images of `input_shape` (height, width, channel) with values from 0 to 255."""
    layers = keras.layers
    height, width, channel_count = input_shape
    inputs = keras.Input(input_shape)
    # Grey images are given three times: weights of ImageNet are for three channels.
    x = layers.Concatenate()([inputs] * 3) if channel_count == 1 else inputs
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    base = keras.applications.MobileNetV2(
        include_top=False,
        weights=None if weights == "none" else weights,
        input_shape=(height, width, 3),
        pooling=pooling,
    )
    for layer in base.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = momentum
    x = layers.Dropout(dropout)(base(x))
    x = layers.Dense(output_count)(x)
    outputs = layers.Activation(activation, dtype="float32")(x)
    return keras.Model(inputs, outputs, name="MobileNetV2")
