"""mlp: dense layers over numbers and embedded categories."""

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
    tensors, parts = {}, []
    for name, (shape, category_count) in inputs.items():
        x = tensors[name] = keras.Input(shape, name=name, dtype="int32" if category_count else None)
        if category_count:
            # Missing categories come as -1, so there is one vector more.
            x = layers.Embedding(category_count + 1, min(50, round(1.6 * category_count**0.56)))(x + 1)
        parts.append(layers.Flatten()(x))
    x = layers.Concatenate()(parts) if len(parts) > 1 else parts[0]
    if normalization == "batch":
        x = layers.BatchNormalization(momentum=momentum)(x)
    for count in units:
        x = layers.Dense(count, kernel_regularizer=keras.regularizers.L2(l2))(x)
        if normalization == "batch":
            x = layers.BatchNormalization(momentum=momentum)(x)
        elif normalization == "layer":
            x = layers.LayerNormalization()(x)
        x = layers.Dropout(dropout)(layers.Activation(hidden_activation)(x))
    x = layers.Dense(output_count)(x)
    outputs = layers.Activation(activation, dtype="float32")(x)
    # One input is taken as an array, several as a dict of arrays.
    return keras.Model(tensors if len(tensors) > 1 else next(iter(tensors.values())), outputs, name="mlp")
