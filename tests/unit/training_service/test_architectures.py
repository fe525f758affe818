"""The five architectures: their sizes exactly, by the very text that goes into a job's script."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import tablefit.keras

from training_service.architecture import InputKind
from training_service.architectures import ARCHITECTURES
from training_service.options import check_parameters

pytestmark = pytest.mark.long

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


def test_the_catalogue_is_in_order_of_name_and_has_the_five():
    assert list(ARCHITECTURES) == sorted(ARCHITECTURES, key=str.casefold)
    assert set(COUNTS) <= set(ARCHITECTURES)
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
    first = "input_shape" if ARCHITECTURES[name].inputs is InputKind.IMAGE else "inputs"
    assert arguments == [first, "output_count", "activation", *(parameter.name for parameter in parameters)]
    activation, *defaults = map(ast.literal_eval, function.args.defaults)
    assert activation == "softmax"
    for parameter, default in zip(parameters, defaults, strict=True):
        # Momentum is chosen for the job; on its own, the function has the original's 0.99.
        expected = 0.99 if parameter.default is None else parameter.default
        assert (list(default) if isinstance(default, tuple) else default) == expected
        assert check_parameters({parameter.name: expected}, ARCHITECTURES[name]) == {parameter.name: expected}


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


@pytest.mark.parametrize("name", ["tiny_xception", "mini_xception"])
def test_the_shortcuts_are_convolutions_of_stride_2(name):
    import keras
    import numpy as np

    layers = load_build(name)((13, 18, 3), 2).layers
    subsamplings = [
        layer for layer in layers if isinstance(layer, keras.layers.MaxPooling2D) and layer.pool_size == (1, 1)
    ]
    assert len(subsamplings) == 4
    images = np.random.default_rng(0).normal(size=(2, 13, 18, 3)).astype(np.float32)
    for subsampling in subsamplings:
        np.testing.assert_array_equal(subsampling(images), images[:, ::2, ::2])


# Inputs of a table: a number, a vector, categories and an image.
INPUTS = {"age": ((1,), 0), "vector": ((3,), 0), "town": ((1,), 5)}
TABLE_NETWORKS = {
    "mlp": INPUTS,
    "wide_and_deep": INPUTS,
    "residual_mlp": INPUTS,
    "image_and_columns": INPUTS | {"photo": ((9, 7, 3), 0)},
}


@pytest.mark.parametrize(("name", "inputs"), TABLE_NETWORKS.items())
def test_a_network_for_columns_takes_a_dict_of_them_and_survives_saving(name, inputs, tmp_path):
    import keras
    import numpy as np

    build = load_build(name)
    values = {column: np.ones((4, *shape), np.float32) for column, (shape, _) in inputs.items()}
    values["town"] = np.array([-1, 0, 3, 4])
    model = build(inputs, 2, activation="linear")
    outputs = model(values).numpy()
    assert outputs.shape == (4, 2)
    # Each category, the missing one too, has a vector of its own.
    assert len({row.tobytes() for row in outputs}) == 4
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "model.keras")(values).numpy(), outputs)


# What Keras calls layers of these networks by itself, and a column in the middle of a count.
LAYER_NAMES = ["dense", "dense_3", "dropout", "flatten", "batch_normalization", "concatenate", "activation_1", "add"]


@pytest.mark.parametrize("name", TABLE_NETWORKS)
def test_columns_may_be_called_as_layers_are(name):
    inputs = {column: ((1,), place % 2) for place, column in enumerate(LAYER_NAMES)}
    tablefit.keras.reserve_names(inputs)
    model = tablefit.keras.rescale_outputs(load_build(name)(inputs | {"output_scale": ((1,), 0)}, 1), [2.0], [1.0])
    assert sorted(model.input) == sorted([*inputs, "output_scale"])


def test_names_of_layers_go_on_behind_those_of_columns():
    import keras

    keras.backend.clear_session()
    tablefit.keras.reserve_names(["dense_2", "conv2d", "dense_x", "dense_99999999999999"])
    layers = keras.layers
    names = [layers.Dense(1).name, layers.Dense(1).name, layers.Conv2D(1, 1).name, layers.Flatten().name]
    assert names == ["dense_3", "dense_4", "conv2d_1", "flatten"]


def test_a_network_of_one_column_takes_an_array():
    import numpy as np

    assert load_build("mlp")({"age": ((1,), 0)}, 3, units=(4,))(np.ones(2)).shape == (2, 3)


def test_settings_shape_a_network_for_columns():
    import keras

    def layers(**settings) -> list[str]:
        model = load_build("mlp")(INPUTS, 1, **settings)
        return [type(layer).__name__ for layer in model.layers if isinstance(layer, kinds)]

    kinds = (keras.layers.Dense, keras.layers.BatchNormalization, keras.layers.LayerNormalization)
    assert layers(units=(7,), normalization="none") == ["Dense", "Dense"]
    assert layers(units=(7,), normalization="layer") == ["Dense", "LayerNormalization", "Dense"]
    assert layers(units=(7,)) == ["BatchNormalization", "Dense", "BatchNormalization", "Dense"]


TRAIN = """
import sys
import keras, numpy
from training_service.architectures import ARCHITECTURES
for name in sys.argv[1:]:
    scope = {"keras": keras}
    exec(ARCHITECTURES[name].source, scope)
    for batch_size, size in ((1, 12), (17, 12), (33, 28), (8, 64)):
        model = scope["build"]((size, size, 1), 2)
        model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy", jit_compile=False)
        for _ in range(3):
            model.train_on_batch(numpy.ones((batch_size, size, size, 1)), numpy.zeros(batch_size))
    print(name, flush=True)
"""


@dataclass
class Training:
    """The process that trains the networks, and those that it has told of."""

    process: "subprocess.Popen[str]"
    names: list[str]


@pytest.fixture(scope="module")
def training() -> Iterator[Training]:
    """A process that trains all networks, one after the other."""
    with subprocess.Popen([sys.executable, "-c", TRAIN, *COUNTS], stdout=subprocess.PIPE, text=True) as process:
        yield Training(process, [])
        process.kill()


@pytest.mark.parametrize("name", COUNTS)
def test_a_network_trains_at_odd_batch_sizes_and_on_large_images(name, training):
    # The gradient of a convolution 1x1 of stride 2 over fewer than 16 channels killed the process at these sizes.
    while name not in training.names and (line := training.process.stdout.readline()):
        training.names.append(line.strip())
    assert name in training.names, f"it ended with status {training.process.wait()}"
    if name == [*COUNTS][-1]:
        assert training.process.wait() == 0
