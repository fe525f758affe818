"""image_and_columns: convolutions over images and dense layers over other columns, joined."""

import keras


def build(
    inputs: dict[str, tuple[tuple[int, ...], int]],
    output_count: int,
    activation: str = "softmax",
    filters: tuple[int, ...] = (16, 32, 64),
    units: tuple[int, ...] = (128, 64),
    hidden_activation: str = "relu",
    momentum: float = 0.99,
    dropout: float = 0.1,
) -> keras.Model:
    """The network for (shape, number of categories) by column; numbers have no categories, images three axes."""
    layers = keras.layers
    tensors, parts = {}, []
    for name, (shape, category_count) in inputs.items():
        x = tensors[name] = keras.Input(shape, name=name, dtype="int32" if category_count else None)
        if category_count:
            # Missing categories come as -1, so there is one vector more.
            x = layers.Embedding(category_count + 1, min(50, round(1.6 * category_count**0.56)))(x + 1)
        elif len(shape) == 3:
            # Takes pixels from 0 to 255 and normalized ones alike.
            x = layers.BatchNormalization(momentum=momentum)(x)
            for count in filters:
                x = layers.Conv2D(count, 3, padding="same", use_bias=False)(x)
                x = layers.BatchNormalization(momentum=momentum)(x)
                x = layers.MaxPooling2D(2, padding="same")(layers.Activation(hidden_activation)(x))
            x = layers.GlobalAveragePooling2D()(x)
        else:
            x = layers.BatchNormalization(momentum=momentum)(layers.Flatten()(x))
        parts.append(layers.Flatten()(x))
    x = layers.Concatenate()(parts) if len(parts) > 1 else parts[0]
    for count in units:
        x = layers.BatchNormalization(momentum=momentum)(layers.Dense(count)(x))
        x = layers.Dropout(dropout)(layers.Activation(hidden_activation)(x))
    x = layers.Dense(output_count)(x)
    outputs = layers.Activation(activation, dtype="float32")(x)
    # One input is taken as an array, several as a dict of arrays.
    return keras.Model(tensors if len(tensors) > 1 else next(iter(tensors.values())), outputs, name="image_and_columns")
