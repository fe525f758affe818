"""simple_cnn: two convolutions a block, average pooling, dropout; the class scores are averaged over the image."""

import keras


def build(
    input_shape: tuple[int, int, int],
    output_count: int,
    activation: str = "softmax",
    momentum: float = 0.99,
    dropout: float = 0.5,
) -> keras.Model:
    """The network for images of `input_shape` (height, width, channel) with values from 0 to 255."""
    layers = keras.layers
    inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    for filters, size in ((16, 7), (32, 5), (64, 3), (128, 3)):
        x = layers.Conv2D(filters, size, padding="same")(x)
        x = layers.BatchNormalization(momentum=momentum)(x)
        x = layers.Conv2D(filters, size, padding="same")(x)
        x = layers.BatchNormalization(momentum=momentum)(x)
        x = layers.ReLU()(x)
        x = layers.AveragePooling2D(2, padding="same")(x)
        x = layers.Dropout(dropout)(x)
    x = layers.Conv2D(256, 3, padding="same")(x)
    x = layers.BatchNormalization(momentum=momentum)(x)
    x = layers.Conv2D(output_count, 3, padding="same")(x)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Activation(activation, dtype="float32")(x)
    return keras.Model(inputs, outputs, name="simple_cnn")
