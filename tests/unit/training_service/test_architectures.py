"""The five architectures: their sizes exactly, by the very text that goes into a job's script."""

import ast
import subprocess
import sys

import pytest

from training_service.architectures import ARCHITECTURES

# Parameter counts at 48x48x1 with 7 classes, 20x20x1 with 10 and 32x32x3 with 10; those not trainable.
COUNTS = {
    "simple_cnn": (642_935, 649_850, 651_418, 1_472),
    "simpler_cnn": (559_671, 566_586, 567_386, 1_856),
    "tiny_xception": (18_314, 20_045, 20_135, 740),
    "mini_xception": (58_423, 61_882, 62_026, 1_472),
    "big_xception": (208_871, 215_786, 216_362, 2_496),
}
SHAPES = (((48, 48, 1), 7), ((20, 20, 1), 10), ((32, 32, 3), 10))
MINIMUM_SIZES = {"simple_cnn": 1, "simpler_cnn": 1, "tiny_xception": 5, "mini_xception": 5, "big_xception": 7}


def load_build(name: str):
    """The `build` function of an architecture, made of its text as a script makes it."""
    import keras

    scope = {"keras": keras}
    exec(ARCHITECTURES[name].source, scope)
    return scope["build"]


def test_the_catalogue_has_the_five_in_order_of_name():
    assert list(ARCHITECTURES) == sorted(COUNTS)
    assert all(architecture.name == name for name, architecture in ARCHITECTURES.items())


def test_the_catalogue_is_read_without_keras():
    script = (
        "import sys; from training_service.architectures import ARCHITECTURES; "
        "assert [a.source for a in ARCHITECTURES.values()]; assert not {'keras', 'tensorflow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_listed_parameters_are_the_keyword_arguments_of_build(name):
    (function,) = ast.parse(ARCHITECTURES[name].source).body
    arguments = [argument.arg for argument in function.args.args]
    parameters = ARCHITECTURES[name].parameters
    assert arguments == ["input_shape", "class_count", *(parameter.name for parameter in parameters)]
    for parameter, default in zip(parameters, function.args.defaults, strict=True):
        # Momentum is chosen for the job; on its own, the function has the original's 0.99.
        expected = 0.99 if parameter.default is None else parameter.default
        assert ast.literal_eval(default) == expected
        assert parameter.minimum <= expected <= parameter.maximum


@pytest.mark.parametrize("name", COUNTS)
def test_parameter_counts_are_exact(name):
    build = load_build(name)
    models = [build(shape, classes) for shape, classes in SHAPES]
    assert tuple(model.count_params() for model in models) == COUNTS[name][:3]
    assert sum(weight.numpy().size for weight in models[0].non_trainable_weights) == COUNTS[name][3]


@pytest.mark.parametrize(("name", "minimum"), MINIMUM_SIZES.items())
def test_a_network_can_be_built_at_its_minimum_size(name, minimum):
    assert ARCHITECTURES[name].minimum_image_size == minimum
    assert load_build(name)((minimum, minimum, 1), 3).output_shape == (None, 3)


@pytest.mark.parametrize(("name", "minimum"), [item for item in MINIMUM_SIZES.items() if item[1] > 1])
def test_a_network_cannot_be_built_below_its_minimum_size(name, minimum):
    for shape in [(minimum - 1, minimum, 1), (minimum, minimum - 1, 1)]:
        with pytest.raises(ValueError, match="zero or negative"):
            load_build(name)(shape, 3)


@pytest.mark.parametrize("name", COUNTS)
def test_parameters_reach_the_layers_they_are_for(name):
    import keras

    values = {parameter.name: 0.25 for parameter in ARCHITECTURES[name].parameters}
    model = load_build(name)((20, 12, 3), 2, **values)
    layers = model.layers
    momenta = {layer.momentum for layer in layers if isinstance(layer, keras.layers.BatchNormalization)}
    rates = {layer.rate for layer in layers if isinstance(layer, keras.layers.Dropout)}
    penalties = [
        layer.kernel_regularizer.l2
        for layer in layers
        if isinstance(layer, keras.layers.Conv2D) and layer.kernel_regularizer is not None
    ]
    assert momenta == {0.25}
    assert rates == ({0.25} if "dropout" in values else set())
    assert penalties == ([0.25, 0.25] if "l2" in values else [])


@pytest.mark.parametrize("name", COUNTS)
def test_images_of_bytes_give_probabilities_for_every_class(name):
    import numpy as np

    images = np.random.default_rng(0).integers(0, 256, (2, 9, 17, 1), dtype=np.uint8)
    probabilities = load_build(name)((9, 17, 1), 4)(images).numpy()
    assert probabilities.shape == (2, 4)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)
