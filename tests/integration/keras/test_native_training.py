"""Scripts that name much of Keras, run as they stand: on TensorFlow and on JAX."""

import csv
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from tablefit.data import DataClient, StreamOptions
from tablefit.errors import InvalidInput
from tablefit.keras import TableData, augment, load_model, start_from

from tests.data_program import DataService
from tests.unit.training_service.test_script import specify
from training_service.native import Component, Native, StartingWeights
from training_service.script import render
from training_service.specification import Pin, Specification

pytestmark = pytest.mark.long

TIMEOUT_S = 280
# JAX is installed beside the rest, so that only what asks for it finds it.
JAX = Path(sys.prefix) / "jax"
PLENTY = Native(
    optimizer_arguments={"global_clipnorm": 1.0, "use_ema": True, "weight_decay": 0.001},
    schedule=Component("CosineDecay", {"initial_learning_rate": 0.01, "decay_steps": 18}),
    loss=Component("SparseCategoricalCrossentropy"),
    metrics=(Component("accuracy"), Component("SparseTopKCategoricalAccuracy", {"k": 2})),
    callbacks=(
        Component("EarlyStopping", {"monitor": "val_loss", "patience": 5}),
        Component("CSVLogger", {"filename": "epochs.csv", "append": True}),
        Component("TerminateOnNaN"),
    ),
    class_weights={"black": 1.0, "grey": 1.5, "white": 2.0},
    augmentation=(
        Component("RandomFlip", {"mode": "horizontal", "seed": 7}),
        Component("RandomTranslation", {"height_factor": 0.1, "width_factor": 0.1, "seed": 8}),
    ),
    steps_per_execution=3,
    steps_per_epoch=6,
    output_count=3,
)


@pytest.fixture(scope="module")
def plenty(data_service: DataService) -> Specification:
    """Three epochs of 6 steps over the shades."""
    with DataClient(data_service.address) as client:
        header = client.describe_stream(StreamOptions(table="shades", batch_size=4, tail="pad"))
    pin = Pin(header.pin.snapshot_id, header.pin.row_count, header.pin.digest)
    changes = {"table": "shades", "architecture": "tiny_xception", "batch_size": 4, "epochs": 3, "pin": pin}
    size = {"image_height": 8, "image_width": 8, "data_service": data_service.address, "thread_count": 1}
    return specify(**changes, **size, native=PLENTY)


def run(folder: Path, specification: Specification, **environment: str) -> str:
    """Runs the script in a folder; returns what it printed."""
    folder.mkdir(exist_ok=True)
    (folder / "script.py").write_text(render("6b1f", specification), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-4_000:]
    return done.stdout


def with_jax() -> str:
    """The PYTHONPATH of a process that finds JAX."""
    assert JAX.is_dir(), f"the set-up of the tests installs JAX into {JAX}"
    return os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(JAX))))


def weights_of(folder: Path) -> list[np.ndarray]:
    return load_model(folder / "model.keras").model.get_weights()


@pytest.fixture(scope="module")
def trained(plenty: Specification, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a script that has run on TensorFlow."""
    folder = tmp_path_factory.mktemp("native") / "tensorflow"
    run(folder, plenty)
    return folder


def test_a_script_that_names_much_of_keras_trains_and_logs_where_it_runs(trained: Path):
    with (trained / "epochs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    assert {"accuracy", "loss", "sparse_top_k_categorical_accuracy", "val_accuracy", "val_loss"} <= set(rows[0])
    assert all(float(row["val_loss"]) > 0 for row in rows)


def test_a_saved_model_does_not_change_images(trained: Path):
    model = load_model(trained / "model.keras").model
    assert [layer.name for layer in model.layers][1:3] == ["random_flip", "random_translation"]
    images = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 1)).astype("float32")
    inner = model.layers[-1]
    np.testing.assert_array_equal(model.predict(images, verbose=0), inner.predict(images, verbose=0))


def test_a_script_trains_on_jax_from_the_weights_of_another(trained: Path, plenty: Specification, tmp_path: Path):
    folder = tmp_path / "jax"
    folder.mkdir()
    (folder / "start.keras").write_bytes((trained / "model.keras").read_bytes())
    native = replace(
        PLENTY,
        backend="jax",
        jit_compile=True,
        # XLA compiles no translations, and several steps at once as one long program.
        augmentation=PLENTY.augmentation[:1],
        steps_per_execution=1,
        dtype_policy="mixed_bfloat16",
        starting_weights=StartingWeights("6b1f", ("conv2d", "conv2d_1")),
    )
    # Most of the time goes into compiling, which optimizing makes three times as long.
    run(folder, replace(plenty, native=native), PYTHONPATH=with_jax(), JAX_DISABLE_MOST_OPTIMIZATIONS="1")
    before, after = (load_model(place / "model.keras").model.layers[-1] for place in (trained, folder))
    for name, same in (("conv2d", True), ("conv2d_1", True), ("conv2d_2", False)):
        pair = [model.get_layer(name).get_weights()[0] for model in (before, after)]
        assert np.array_equal(*pair) is same, name
    assert after.get_layer("conv2d").dtype_policy.name == "mixed_bfloat16"


# A small network with everything that has a state, on JAX; the process kills itself in the step that it is given.
DYING = """
import os, signal, sys
import tablefit.keras

tablefit.keras.prepare(seed=3, threads=1, backend="jax")

import keras


class Dying(keras.callbacks.Callback):
    step = 0

    def on_train_batch_end(self, batch, logs=None):
        self.step += 1
        if self.step == int(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGKILL)


data = tablefit.keras.TableData(
    table="shades", snapshot=sys.argv[3], validation_fraction=0.2, batch_size=4, seed=1, data_service=sys.argv[2]
)
layers = keras.layers
net = [keras.Input(data.input_shape), layers.RandomFlip(seed=7), layers.Rescaling(1 / 255), layers.Flatten()]
net += [layers.Dense(6), layers.BatchNormalization(momentum=0.8), layers.Dropout(0.3)]
model = keras.Sequential([*net, layers.Dense(3, activation="softmax")])
adam = keras.optimizers.Adam(0.01, use_ema=True)
model.compile(adam, "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
tablefit.keras.fit(
    model, data, epochs=3, save="model.keras", callbacks=[Dying()], checkpoint_every_steps=2, report_gradient_norm=True
)
"""


def train_on_jax(folder: Path, *arguments: object) -> tuple[int, list[dict]]:
    """Runs the script as a job's process; returns its status and the messages that it sent."""
    control, held = os.pipe()
    # What one process has compiled, the next ones need not.
    cache = {
        "JAX_COMPILATION_CACHE_DIR": str(folder.parent / "cache"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    environment = {**os.environ, **cache, "PYTHONPATH": with_jax(), "TABLEFIT_JOB_CONTROL_FD": str(control)}
    with (folder / "events").open("w") as events:
        environment["TABLEFIT_JOB_EVENTS_FD"] = str(events.fileno())
        command = [sys.executable, "-c", DYING, *map(str, arguments)]
        passed = (control, events.fileno())
        done = subprocess.run(command, cwd=folder, env=environment, pass_fds=passed, check=False, timeout=TIMEOUT_S)
    os.close(control)
    os.close(held)
    return done.returncode, [json.loads(line) for line in (folder / "events").read_text().splitlines()]


def test_a_training_on_jax_that_is_killed_goes_on_to_the_same_weights(plenty: Specification, tmp_path: Path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    source = plenty.data_service, plenty.pin.snapshot_id
    for folder in (whole, broken):
        folder.mkdir()
    status, undisturbed = train_on_jax(whole, 0, *source)
    assert status == 0
    # In the third step of the second epoch, when the checkpoint of the step before may still be on its way to the disk.
    assert train_on_jax(broken, 9, *source)[0] == -signal.SIGKILL
    status, resumed = train_on_jax(broken, 0, *source)
    assert status == 0
    assert next(told["step"] for told in resumed if told["kind"] == "start") in (6, 8)
    figures = [
        [(told["loss"], told["validation"], told["gradient_norm"]) for told in events if told["kind"] == "epoch"]
        for events in (undisturbed, resumed)
    ]
    assert len(figures[0]) == 3
    assert figures[1] == figures[0][1:]
    assert all(norm > 0 for _, _, norm in figures[0])
    expected, received = (weights_of(folder) for folder in (whole, broken))
    assert [weight.tobytes() for weight in received] == [weight.tobytes() for weight in expected]


def test_class_weights_come_on_top_of_the_weights_of_rows(data_service: DataService):
    options = {"table": "shades", "batch_size": 8, "seed": 1, "data_service": data_service.address}
    with TableData(**options) as plain, TableData(**options, class_weights={"grey": 3.0}) as weighted:
        for batch in plain.open_training(0):
            _, targets, weights = plain.training_arrays(batch)
            expected = weights * np.where(targets == plain.class_names.index("grey"), np.float32(3), np.float32(1))
            np.testing.assert_array_equal(expected, weighted.training_arrays(batch)[2])
    with pytest.raises(InvalidInput, match="which are black, grey, white; received 'green'"):
        TableData(**options, class_weights={"green": 1.0})


def make_network(class_count: int) -> keras.Model:
    inputs = keras.Input((4, 4, 1))
    x = keras.layers.Flatten()(keras.layers.Conv2D(2, 3, name="look")(inputs))
    return keras.Model(inputs, keras.layers.Dense(class_count, name="choose")(x), name="small")


def test_what_does_not_fit_keeps_its_own_weights_and_what_is_frozen_is_not_trained(tmp_path: Path):
    earlier = augment(make_network(3), [keras.layers.RandomFlip()])
    earlier.save(tmp_path / "earlier.keras")
    model = make_network(5)
    assert start_from(model, tmp_path / "earlier.keras", frozen=["lo*"]) == ("choose",)
    np.testing.assert_array_equal(
        model.get_layer("look").get_weights()[0], earlier.get_layer("small").get_layer("look").get_weights()[0]
    )
    assert [layer.name for layer in model.layers if not layer.trainable] == ["look"]
    with pytest.raises(InvalidInput, match="received 'dense\\*', which fits none"):
        start_from(model, tmp_path / "earlier.keras", frozen=["dense*"])
