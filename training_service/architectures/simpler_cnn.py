"""simpler_cnn: two convolutions a block, the second with stride 2; no pooling before the end."""

import keras


def build(
    input_shape: tuple[int, int, int],
    output_count: int,
    activation: str = "softmax",
    momentum: float = 0.99,
    dropout: float = 0.25,
) -> keras.Model:
    """The network for images of `input_shape` (height, width, channel) with values from 0 to 255."""
    layers = keras.layers
    inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    for filters, size, filters_2, size_2 in ((16, 5, 16, 5), (32, 5, 32, 5), (64, 3, 64, 3), (64, 1, 128, 3)):
        x = layers.Conv2D(filters, size, padding="same")(x)
        x = layers.BatchNormalization(momentum=momentum)(x)
        x = layers.Conv2D(filters_2, size_2, strides=2, padding="same")(x)
        x = layers.BatchNormalization(momentum=momentum)(x)
        x = layers.ReLU()(x)
        x = layers.Dropout(dropout)(x)
    x = layers.Conv2D(256, 1, padding="same")(x)
    x = layers.BatchNormalization(momentum=momentum)(x)
    x = layers.Conv2D(128, 3, strides=2, padding="same")(x)
    x = layers.Conv2D(256, 1, padding="same")(x)
    x = layers.BatchNormalization(momentum=momentum)(x)
    x = layers.Conv2D(output_count, 3, strides=2, padding="same")(x)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Activation(activation, dtype="float32")(x)
    return keras.Model(inputs, outputs, name="simpler_cnn")
