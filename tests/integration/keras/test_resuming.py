"""A training that dies at some step and is taken up again by the same call ends as if nothing had happened."""

import csv
import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pytest
from tablefit.errors import InvalidInput, WrongState
from tablefit.keras import TableData, fit
from tablefit.keras.checkpoint_files import Checkpoint, CheckpointFolder
from tablefit.keras.training_state import check_same

from tests.data_program import DataService

pytestmark = pytest.mark.long

EPOCHS = 4


class Death(BaseException):
    """Ends a training as nothing that is caught does."""


class DyingAt(keras.callbacks.Callback):
    """Ends the training at a moment: ("step" | "epoch" | "validation" | "end", number from 1)."""

    def __init__(self, moment: tuple[str, int] | None) -> None:
        super().__init__()
        self.kind, self.number = moment or ("", 0)
        self.counts = {"step": 0, "epoch": 0, "validation": 0, "end": 0}

    def get_state(self):
        return {"counts": self.counts}

    def set_state(self, state):
        self.counts = dict(state["counts"])

    def _count(self, kind):
        self.counts[kind] += 1
        if kind == self.kind and self.counts[kind] == self.number:
            raise Death

    def on_train_batch_end(self, batch, logs=None):
        self._count("step")

    def on_epoch_end(self, epoch, logs=None):
        self._count("epoch")

    def on_test_batch_end(self, batch, logs=None):
        self._count("validation")

    def on_train_end(self, logs=None):
        self._count("end")


class Counting(keras.callbacks.Callback):
    """A callback of somebody's own: its attributes are kept without a word of it."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []
        self.largest: np.float32 | None = None

    def on_train_batch_end(self, batch, logs=None):
        self.batches.append(batch)
        self.largest = max(np.float32(logs["loss"]), self.largest or np.float32(0))


@dataclass(frozen=True)
class Setting:
    """What a training is made of."""

    optimizer: dict
    steps_per_execution: int = 1
    learning_rate: object = 0.01
    every_steps: int = 2
    patience: int = 2


AVERAGED = Setting({"use_ema": True, "ema_momentum": 0.9})
IN_PAIRS = Setting(
    {"gradient_accumulation_steps": 3},
    steps_per_execution=2,
    learning_rate=keras.optimizers.schedules.ExponentialDecay(0.01, 3, 0.7),
    every_steps=1,
)
STOPPING = Setting({}, learning_rate=0.5, patience=1)


@dataclass
class Result:
    """What is left of a training."""

    weights: str
    history: dict
    rows: list
    batches: list
    largest: float
    board: list


def make_model(data: TableData, setting: Setting) -> keras.Model:
    keras.utils.set_random_seed(3)
    inputs = keras.Input(data.input_shape)
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.RandomTranslation(0.2, 0.2)(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.BatchNormalization(momentum=0.8)(keras.layers.Dense(6, activation="relu")(x))
    x = keras.layers.Dropout(0.3)(x)
    model = keras.Model(inputs, keras.layers.Dense(data.class_count, activation="softmax")(x), name="small")
    rate = setting.learning_rate
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=rate, **setting.optimizer),
        loss="sparse_categorical_crossentropy",
        weighted_metrics=["accuracy"],
        steps_per_execution=setting.steps_per_execution,
    )
    return model


def train(service: DataService, folder: Path, setting: Setting, moment=None, *, batch_size: int = 6) -> Result:
    """Trains in `folder`: 4 epochs of 4 steps."""
    folder.mkdir(exist_ok=True)
    counting = Counting()
    callbacks = [
        counting,
        keras.callbacks.EarlyStopping("val_loss", patience=setting.patience, restore_best_weights=True),
        keras.callbacks.CSVLogger(str(folder / "log.csv")),
        keras.callbacks.TensorBoard(str(folder / "board"), update_freq=1),
    ]
    if isinstance(setting.learning_rate, float):
        callbacks.append(keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=0.2))
        callbacks.append(keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9))
    with TableData(
        table="shades", batch_size=batch_size, validation_fraction=0.2, seed=1, data_service=service.address
    ) as data:
        model = make_model(data, setting)
        history = fit(
            model,
            data,
            epochs=EPOCHS,
            callbacks=[*callbacks, DyingAt(moment)],
            checkpoints=folder / "checkpoints",
            checkpoint_every_steps=setting.every_steps,
        )
    digest = hashlib.sha256(b"".join(array.tobytes() for array in model.get_weights())).hexdigest()
    rows = list(csv.reader((folder / "log.csv").open()))
    board = read_board(folder / "board")
    return Result(digest, history.history, rows, counting.batches, float(counting.largest), board)


def read_board(folder: Path) -> list[tuple[str, int, bytes]]:
    """Every row of the event files: tag, step and value, of both parts."""
    from tensorflow.core.util.event_pb2 import Event
    from tensorflow.data import TFRecordDataset

    found = []
    for path in folder.glob("*/events.out.tfevents.*"):
        for record in TFRecordDataset(str(path)).as_numpy_iterator():
            event = Event.FromString(record)
            part = path.parent.name
            found += [(part, one.tag, event.step, one.tensor.SerializeToString()) for one in event.summary.value]
    return sorted(row for row in found if row[1] != "keras")


@pytest.mark.parametrize(
    ("setting", "moments", "is_moved"),
    [
        (AVERAGED, [("step", 7), ("validation", 3), ("epoch", 4)], False),
        (IN_PAIRS, [("step", 4)], True),
        (STOPPING, [("end", 1)], False),
    ],
    ids=["averaged", "in-pairs", "stopping"],
)
def test_a_training_that_died_ends_as_if_it_had_not(data_service, tmp_path, monkeypatch, setting, moments, is_moved):
    expected = train(data_service, tmp_path / "undisturbed", setting)
    assert (len(expected.history["loss"]) < EPOCHS) == (setting is STOPPING)
    run = tmp_path / "run"
    run.mkdir()
    monkeypatch.chdir(run)
    # A relative folder is another one in a copy of the whole.
    folder = Path() if is_moved else run
    for moment in moments:
        with pytest.raises(Death):
            train(data_service, folder, setting, moment)
    left = (run / "log.csv").read_bytes()
    if is_moved:
        shutil.copytree(run, tmp_path / "copy")
        monkeypatch.chdir(tmp_path / "copy")
    assert train(data_service, folder, setting) == expected
    assert list((folder / "checkpoints").iterdir()) == []
    assert not is_moved or (run / "log.csv").read_bytes() == left


def test_checkpoints_of_another_training_are_refused(tmp_path):
    checkpoint = Checkpoint(4, {"training": {"seed": 1, "batch size": 6}}, [])
    with pytest.raises(InvalidInput, match="found those of one with batch size 6 instead of 3; name another folder"):
        check_same(checkpoint, {"seed": 1, "batch size": 3}, tmp_path)


def test_two_trainings_cannot_share_a_folder(data_service, tmp_path):
    (tmp_path / "run").mkdir()
    with CheckpointFolder(tmp_path / "run/checkpoints"), pytest.raises(WrongState, match="Another process trains"):
        train(data_service, tmp_path / "run", AVERAGED)
