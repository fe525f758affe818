"""tiny_xception: depthwise separable convolutions with shortcuts; the smallest of the five."""

import keras


def build(
    input_shape: tuple[int, int, int],
    output_count: int,
    activation: str = "softmax",
    momentum: float = 0.99,
    l2: float = 0.01,
) -> keras.Model:
    """The network for images of `input_shape` (height, width, channel) with values from 0 to 255."""
    layers = keras.layers
    inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    for _ in range(2):
        x = layers.Conv2D(5, 3, use_bias=False, kernel_regularizer=keras.regularizers.L2(l2))(x)
        x = layers.BatchNormalization(momentum=momentum)(x)
        x = layers.ReLU()(x)
    for filters in (8, 16, 32, 64):
        # The same as a convolution with strides=2, whose gradient writes beyond its memory in oneDNN with AVX-512.
        shortcut = layers.MaxPooling2D(1, strides=2)(x)
        shortcut = layers.Conv2D(filters, 1, use_bias=False)(shortcut)
        shortcut = layers.BatchNormalization(momentum=momentum)(shortcut)
        x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=momentum)(x)
        x = layers.ReLU()(x)
        x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=momentum)(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        x = layers.Add()([x, shortcut])
    x = layers.Conv2D(output_count, 3, padding="same")(x)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Activation(activation, dtype="float32")(x)
    return keras.Model(inputs, outputs, name="tiny_xception")
