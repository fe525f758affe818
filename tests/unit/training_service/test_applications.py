"""The networks of keras.applications: the table of what they need, beside Keras's own, and the text for all."""

import importlib
import pkgutil
from types import SimpleNamespace

import pytest

from training_service.architectures import ARCHITECTURES

APPLICATIONS = [architecture for architecture in ARCHITECTURES.values() if architecture.file == "application"]
NAMES = [architecture.name for architecture in APPLICATIONS]


def build_of(name: str, keras):
    """The `build` function of an application over `keras`."""
    scope = {"keras": keras}
    exec(ARCHITECTURES[name].source, scope)
    return scope["build"]


def test_the_table_has_all_that_keras_has():
    import keras

    constructors = {name for name in vars(keras.applications) if name[0].isupper()}
    assert set(NAMES) == constructors
    assert len(NAMES) == 40


def test_each_text_names_its_network_only():
    for name in NAMES:
        source = ARCHITECTURES[name].source
        assert f"keras.applications.{name}(" in source
        assert f'name="{name}"' in source
        assert ("MobileNetV2" in source) == (name == "MobileNetV2")


def test_pixels_are_scaled_as_the_weights_of_imagenet_expect_them():
    import keras
    import numpy as np

    modules = [
        importlib.import_module(f"keras.applications.{found.name}")
        for found in pkgutil.iter_modules(keras.applications.__path__)
    ]
    expected = {
        name: module.preprocess_input
        for module in modules
        for name in NAMES
        if hasattr(module, name) and hasattr(module, "preprocess_input")
    }
    # Its module does not name them.
    expected |= dict.fromkeys(
        ("MobileNetV3Large", "MobileNetV3Small"), keras.applications.mobilenet_v3.preprocess_input
    )
    assert set(expected) == set(NAMES)
    pixels = np.random.default_rng(0).integers(0, 256, (1, 80, 80, 3)).astype(np.float32)

    def pass_on(**options) -> keras.Model:
        inputs = keras.Input(options["input_shape"])
        return keras.Model(inputs, keras.layers.Identity()(inputs), name="base")

    plain = {name: getattr(keras, name) for name in ("layers", "Input", "Model", "ops")}
    for name in NAMES:
        scaling_only = SimpleNamespace(**plain, applications=SimpleNamespace(**{name: pass_on}))
        model = build_of(name, scaling_only)((80, 80, 3), 2, weights="imagenet")
        (dropout,) = [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
        scaled = keras.Model(model.inputs, dropout.input)(pixels)
        np.testing.assert_allclose(scaled, expected[name](pixels.copy()), atol=2e-4, err_msg=name)


@pytest.mark.parametrize("name", ["MobileNet", "MobileNetV3Small"])
def test_small_ones_can_be_built_at_their_minimum_size(name):
    import keras

    size = ARCHITECTURES[name].minimum_image_size
    model = build_of(name, keras)((size, size, 1), 3, activation="sigmoid", momentum=0.5)
    assert model.output_shape == (None, 3)
    (base,) = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    momenta = {layer.momentum for layer in base.layers if isinstance(layer, keras.layers.BatchNormalization)}
    assert momenta == {0.5}
    with pytest.raises(ValueError, match="at least 32x32"):
        build_of(name, keras)((size - 1, size - 1, 3), 3)


def test_minimum_sizes_are_those_that_keras_checks():
    import keras

    for name in ("Xception", "InceptionV3", "InceptionResNetV2"):
        size = ARCHITECTURES[name].minimum_image_size
        with pytest.raises(ValueError, match=f"at least {size}x{size}"):
            getattr(keras.applications, name)(
                weights=None, include_top=False, input_shape=(size - 1, size - 1, 3), pooling="avg"
            )
