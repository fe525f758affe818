"""big_xception: the entry flow of Xception (Chollet, 2017), cut after two modules."""

import keras


def build(
    input_shape: tuple[int, int, int], output_count: int, activation: str = "softmax", momentum: float = 0.99
) -> keras.Model:
    """The network for images of `input_shape` (height, width, channel) with values from 0 to 255."""
    layers = keras.layers
    inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    for filters, strides in ((32, 2), (64, 1)):
        x = layers.Conv2D(filters, 3, strides=strides, use_bias=False)(x)
        x = layers.BatchNormalization(momentum=momentum)(x)
        x = layers.ReLU()(x)
    for filters in (128, 256):
        shortcut = layers.Conv2D(filters, 1, strides=2, padding="same", use_bias=False)(x)
        shortcut = layers.BatchNormalization(momentum=momentum)(shortcut)
        if filters > 128:
            x = layers.ReLU()(x)
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
    return keras.Model(inputs, outputs, name="big_xception")
