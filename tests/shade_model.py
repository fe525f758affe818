"""A model whose weights are set by hand: it tells black, grey and white squares apart by their mean brightness."""

from pathlib import Path

import numpy as np
from tablefit.models import ModelColumn, ModelFacts, ModelImage, NetworkInput, RawInput

CLASSES = ("black", "grey", "white")
_SLOPES = np.array([[0.0, 20.0, 40.0]], np.float32)
_OFFSETS = np.array([0.0, -6.0, -18.0], np.float32)


def probabilities(pixels: np.ndarray) -> np.ndarray:
    """What the model says of squares (row, 8, 8, 1), computed without Keras: (row, class)."""
    brightness = pixels.reshape(len(pixels), -1).mean(axis=1, dtype=np.float64)[:, None] / 255.0
    powers = np.exp(brightness * _SLOPES + _OFFSETS)
    return powers / powers.sum(axis=1, keepdims=True)


def facts_of(class_names: tuple[str, ...]) -> ModelFacts:
    """What the model's file says of it."""
    return ModelFacts(
        class_names=class_names,
        table="shades",
        pin={},
        task="classification",
        inputs=(RawInput("image", "image", "image", "float32", (8, 8, 1)),),
        network_inputs=(NetworkInput("image", "uint8", (8, 8, 1)),),
        columns=(ModelColumn("image", "image"),),
        targets=(ModelColumn("label", "category", class_names=class_names),),
        images={"image": ModelImage("L", 8, 8, "bilinear", "stretch")},
    )


def save_shade_model(path: Path) -> None:
    """Writes the model's file."""
    import keras
    from tablefit.keras import saving

    image = keras.Input((8, 8, 1))
    brightness = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(image))
    model = keras.Model(image, keras.layers.Dense(3, activation="softmax")(brightness))
    model.layers[-1].set_weights([_SLOPES, _OFFSETS])
    saving.save_model(model, path, facts_of(CLASSES))
