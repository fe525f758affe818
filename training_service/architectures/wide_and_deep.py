"""wide_and_deep: a linear model of all columns and a network over them, added up (Cheng et al., 2016)."""

import keras


def build(
    inputs: dict[str, tuple[tuple[int, ...], int]],
    output_count: int,
    activation: str = "softmax",
    units: tuple[int, ...] = (128, 64),
    hidden_activation: str = "relu",
    normalization: str = "batch",
    momentum: float = 0.99,
    dropout: float = 0.1,
    l2: float = 0.0,
) -> keras.Model:
    """The network for (shape, number of categories) by column; numbers have no categories."""
    layers = keras.layers
    tensors, deep, wide, numbers = {}, [], [], []
    for name, (shape, category_count) in inputs.items():
        x = tensors[name] = keras.Input(shape, name=name, dtype="int32" if category_count else None)
        if category_count:
            # Missing categories come as -1, so there is one vector more. The wide part has a weight for each category.
            wide.append(layers.Flatten()(layers.Embedding(category_count + 1, output_count)(x + 1)))
            x = layers.Embedding(category_count + 1, min(50, round(1.6 * category_count**0.56)))(x + 1)
            deep.append(layers.Flatten()(x))
        else:
            numbers.append(layers.Flatten()(x))
    if numbers:
        x = layers.Concatenate()(numbers) if len(numbers) > 1 else numbers[0]
        x = layers.BatchNormalization(momentum=momentum)(x) if normalization == "batch" else x
        deep.append(x)
        wide.append(layers.Dense(output_count, use_bias=False)(x))
    x = layers.Concatenate()(deep) if len(deep) > 1 else deep[0]
    for count in units:
        x = layers.Dense(count, kernel_regularizer=keras.regularizers.L2(l2))(x)
        if normalization == "batch":
            x = layers.BatchNormalization(momentum=momentum)(x)
        elif normalization == "layer":
            x = layers.LayerNormalization()(x)
        x = layers.Dropout(dropout)(layers.Activation(hidden_activation)(x))
    x = layers.Add()([layers.Dense(output_count)(x), *wide])
    outputs = layers.Activation(activation, dtype="float32")(x)
    # One input is taken as an array, several as a dict of arrays.
    return keras.Model(tensors if len(tensors) > 1 else next(iter(tensors.values())), outputs, name="wide_and_deep")
