"""`python -m tests.survival_program DIRECTORY GATE DATA_SERVICE` runs a training service over a script that dies.

The script trains a small network with everything that has a state. DIRECTORY/moments.json lists for each of its
processes, one after the other, when it waits at the gate and when it dies. Prints the service's address when it serves.
"""

import sys
from pathlib import Path

from tablefit.data import DataClient, StreamOptions
from tablefit.rpc.process import run_until_signal

from tests.training_program import start_service
from training_service.jobs import Complete, Render
from training_service.options import Options
from training_service.specification import Pin, Specification

EPOCHS = 6
BATCH_SIZE = 2
# Of the 27 rows of "shades" with a fifth held out.
STEPS_PER_EPOCH = 11

_SCRIPT = """
import json, os, signal
import tablefit.keras

tablefit.keras.prepare(seed=3, threads=1)

import keras

open("starts", "a").write(".")
attempt = os.path.getsize("starts")
moments = json.load(open({moments!r}))
mine = [tuple(moment) for moment in (moments[attempt - 1] if attempt <= len(moments) else [])]


def die():
    os.kill(os.getpid(), signal.SIGKILL)


class Dying(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.step = self.validation = 0

    def on_train_batch_end(self, batch, logs=None):
        self.step += 1
        if ("gate", self.step) in mine:
            open("at-gate-%d" % attempt, "w").close()
            os.read(os.open({gate!r}, os.O_RDWR), 1)
        if ("step", self.step) in mine:
            die()
        if ("writing", self.step) in mine:
            os.fsync = lambda descriptor: die()

    def on_test_batch_end(self, batch, logs=None):
        self.validation += 1
        if ("validation", self.validation) in mine:
            die()

    def on_epoch_end(self, epoch, logs=None):
        if ("epoch", epoch + 1) in mine:
            die()


data = tablefit.keras.TableData(
    table={table!r}, snapshot={snapshot!r}, image_size=(8, 8), mode="L", validation_fraction=0.2, split_seed=2,
    batch_size={batch_size}, seed=1, data_service={data_service!r},
)
inputs = keras.Input(data.input_shape)
x = keras.layers.RandomTranslation(0.2, 0.2)(keras.layers.Rescaling(1 / 255)(inputs))
x = keras.layers.Dense(6, activation="relu")(keras.layers.Flatten()(x))
x = keras.layers.Dropout(0.3)(keras.layers.BatchNormalization(momentum=0.8)(x))
model = keras.Model(inputs, keras.layers.Dense(data.class_count, activation="softmax")(x), name="small")
schedule = keras.optimizers.schedules.ExponentialDecay(0.02, 10, 0.9)
model.compile(
    optimizer=keras.optimizers.Adam(schedule, use_ema=True, ema_momentum=0.9),
    loss="sparse_categorical_crossentropy",
    weighted_metrics=["accuracy"],
)
stopping = keras.callbacks.EarlyStopping("val_loss", patience=4, restore_best_weights=True)
history = tablefit.keras.fit(
    model, data, epochs={epochs}, save="model.keras", callbacks=[stopping, Dying()], checkpoint_every_steps=4,
    report_gradient_norm=True,
)
"""


def completer(data: DataClient) -> Complete:
    """Makes the script's specification for a table."""

    def complete(options: Options) -> Specification:
        wanted = StreamOptions(table=options.table, part="training", mode="L", height=8, width=8, batch_size=BATCH_SIZE)
        pin = data.describe_stream(wanted).pin
        return Specification(
            table=options.table,
            architecture=options.architecture,
            architecture_parameters={},
            optimizer="adam",
            learning_rate=0.02,
            validation_split=0.2,
            epochs=EPOCHS,
            batch_size=BATCH_SIZE,
            image_mode="L",
            image_height=8,
            image_width=8,
            seed=3,
            save_model=True,
            pin=Pin(pin.snapshot_id, pin.row_count, pin.digest),
            data_service=data.address,
            thread_count=1,
        )

    return complete


def renderer(directory: Path, gate: Path) -> Render:
    """Renders the script above."""

    def render(job_id: str, specification: Specification) -> str:
        return _SCRIPT.format(
            moments=str(directory / "moments.json"),
            gate=str(gate),
            table=specification.table,
            snapshot=specification.pin.snapshot_id,
            batch_size=specification.batch_size,
            data_service=specification.data_service,
            epochs=specification.epochs,
        )

    return render


def main(arguments: list[str]) -> None:
    """Serves until SIGTERM."""
    directory, gate = Path(arguments[0]), Path(arguments[1])
    with DataClient(arguments[2]) as data:
        service = start_service(
            directory,
            gate,
            data_service=arguments[2],
            complete=completer(data),
            render=renderer(directory, gate),
        )
        sys.stdout.write(f"{service.address}\n")
        sys.stdout.flush()
        run_until_signal(service.running, before=[service.jobs.stop, service.log.close], after=[service.opened.close])


if __name__ == "__main__":
    main(sys.argv[1:])
