"""From images to a trained model through both services, as real processes on real sockets."""

import re
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfile

import numpy as np
import pytest
import tablefit
from tablefit.cli.digits import write_digits
from tablefit.data import StreamOptions
from tablefit.errors import InvalidInput, WrongState
from tablefit.training import DataEvent, EpochEvent, JobState, StartingWeights, StateEvent, StepEvent, TrainingSpec

from tests.data_program import DataService

pytestmark = pytest.mark.long

TIMEOUT_S = 120


@dataclass
class Services:
    """Both services, and a client of them."""

    data: DataService
    client: tablefit.Client


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A data service with the table "digits" of 1,797 rows, and a training service."""
    directory = tmp_path_factory.mktemp("services")
    data = DataService(directory / "data")
    write_digits(directory / "digits")
    with serve_training(directory, data) as client:
        client.ingest("digits", directory / "digits")
        yield Services(data, client)
    data.kill()


@contextmanager
def serve_training(directory: Path, data: DataService, *options: str) -> Iterator[tablefit.Client]:
    """A client of a training service with these options."""
    address_file = directory / "training-address"
    command = [sys.executable, "-m", "training_service", "--address", "127.0.0.1:0", "--threads", "2", *options]
    places = ["--data-service", data.address, "--directory", directory / "training", "--address-file", address_file]
    training = subprocess.Popen([*command, *places], stderr=subprocess.PIPE, text=True)
    for line in training.stderr:
        if "ready at" in line:
            break
    # What it logs from here on must not fill the pipe.
    threading.Thread(target=training.stderr.read, daemon=True).start()
    with tablefit.Client(data.address, address_file.read_text().strip()) as client:
        yield client
    training.terminate()
    training.wait(TIMEOUT_S)


@pytest.fixture(scope="module")
def undisturbed(services: Services) -> tablefit.Job:
    """A job that has succeeded."""
    job = services.client.train("digits", "tiny_xception", epochs=6, image_size=(12, 10), seed=5, batch_size=64)
    assert job.wait().state == JobState.SUCCEEDED
    return job


def read_weights(path: Path) -> bytes:
    """The weights inside a model file, as they are stored."""
    with zipfile.ZipFile(path) as archive:
        return archive.read("model.weights.h5")


def check_script(job: tablefit.Job, folder: Path) -> None:
    """Runs the job's script by hand and compares the weights with those of the job, bit for bit."""
    job.download(folder / "job.keras")
    (folder / "script.py").write_text(job.record.script)
    subprocess.run([sys.executable, "script.py"], cwd=folder, check=True, timeout=TIMEOUT_S)
    assert read_weights(folder / "model.keras") == read_weights(folder / "job.keras")


def run_in_keras(script: str, *arguments: object) -> str:
    """What a Python process without tablefit prints."""
    program = f"import sys\nsys.modules['tablefit'] = None\n{script}"
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=TIMEOUT_S).stdout


PREDICT = """
import keras, numpy
rows = numpy.load(sys.argv[2])
predicted = keras.saving.load_model(sys.argv[1]).predict(rows["image"], verbose=0).argmax(axis=1)
print((predicted == rows["label"]).mean())
"""


def test_a_job_trains_and_leaves_a_model_that_others_can_use(services, tmp_path):
    client = services.client
    job = client.train("digits", "mini_xception", epochs=3, image_size=(16, 16), seed=0)
    events = list(job)

    states = [event.state for event in events if isinstance(event, StateEvent)]
    assert states == [JobState.QUEUED, JobState.RUNNING, JobState.SUCCEEDED]
    (described,) = [event.data for event in events if isinstance(event, DataEvent)]
    assert described.class_names == tuple("0123456789")
    assert (described.training_row_count, described.validation_row_count) == (1438, 359)
    assert (described.steps_per_epoch, described.image_shape) == (45, (16, 16, 1))

    steps = [event.progress.step for event in events if isinstance(event, StepEvent | EpochEvent)]
    assert steps == sorted(set(steps))
    epochs = [event.progress for event in events if isinstance(event, EpochEvent)]
    assert [(epoch.epoch, epoch.step) for epoch in epochs] == [(1, 45), (2, 90), (3, 135)]
    assert epochs[-1].validation_metrics["accuracy"] >= 0.95
    assert all(0 <= epoch.input_wait_share <= 0.02 for epoch in epochs)

    path = tmp_path / "digits.keras"
    assert job.download(path).parameter_count == 61_882
    held_out = StreamOptions(
        table="digits", validation_fraction=0.2, split_seed=0, part="validation", mode="L", height=16, width=16
    )
    batches = list(client.data.stream_batches(held_out))
    rows = {name: np.concatenate([batch.columns[name] for batch in batches]) for name in ("image", "label")}
    np.savez(tmp_path / "rows.npz", **rows)
    accuracy = float(run_in_keras(PREDICT, path, tmp_path / "rows.npz"))
    assert accuracy == pytest.approx(epochs[-1].validation_metrics["accuracy"], abs=1e-6)


def test_the_script_run_by_hand_gives_the_same_weights(undisturbed, tmp_path):
    check_script(undisturbed, tmp_path)


# The campaign has the other networks: some 20 s each, most of them Keras's start.
@pytest.mark.campaign
@pytest.mark.parametrize("architecture", ["simple_cnn", "simpler_cnn", "mini_xception", "big_xception"])
def test_every_script_run_by_hand_gives_the_same_weights(architecture, services, tmp_path):
    job = services.client.train("digits", architecture, epochs=1, image_size=(9, 8), seed=5, batch_size=128)
    assert job.wait().state == JobState.SUCCEEDED
    check_script(job, tmp_path)


OWN_MODEL = """
import keras, sys
layers = keras.layers
net = [keras.Input((8, 8, 1)), layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(10, activation="softmax")]
model = keras.Sequential(net)
open(sys.argv[1], "w").write(model.to_json())
model.save(sys.argv[2])
keras.Sequential([*net, layers.Lambda(lambda x: x / 1)]).save(sys.argv[3])
taken = [keras.Input((1,), name="age"), keras.Input((1,), name="pay")]
rich = layers.Dense(1, activation="sigmoid")(layers.Concatenate()(taken))
open(sys.argv[4], "w").write(keras.Model(taken, rich).to_json())
"""


@pytest.fixture(scope="module")
def own_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of four models: images in two forms, the same with a Lambda layer, and columns."""
    folder = tmp_path_factory.mktemp("own")
    run_in_keras(OWN_MODEL, *(folder / name for name in ("own.json", "own.keras", "code.keras", "columns.json")))
    return folder


def test_a_model_of_ones_own_is_trained_and_its_script_gives_the_same_weights(services, own_models, tmp_path):
    options = {"own_model": own_models / "own.keras", "epochs": 1, "batch_size": 64}
    with pytest.raises(InvalidInput, match="expected a model that runs no code of its own, received 'Lambda'"):
        services.client.train("digits", image_size=(8, 8), own_model=own_models / "code.keras")
    spec = TrainingSpec("digits", "", image_size=(8, 8), own_model=own_models / "own.json")
    assert services.client.training.draft_job(spec).estimate.parameter_count == 650
    services.client.ingest("ages", [{"age": row % 60, "pay": 1.5 * row, "rich": row > 20} for row in range(40)])
    spec = TrainingSpec("ages", "", targets=["rich"], own_model=own_models / "columns.json")
    script = services.client.training.draft_job(spec).job.script
    assert 'targets=["rich"]' in script
    assert "load_own" in script
    with pytest.raises(InvalidInput, match=r"takes 'age' \(1,\), received one that takes 'age' \(1,\), 'pay' \(1,\)"):
        services.client.training.draft_job(replace(spec, columns=["age"]))
    with pytest.raises(InvalidInput, match=r"'image' \(12, 12, 1\), received one that takes .* \(8, 8, 1\)"):
        services.client.train("digits", image_size=(12, 12), **options)
    job = services.client.train("digits", image_size=(8, 8), **options)
    assert job.wait().state == JobState.SUCCEEDED
    assert job.record.spec.architecture == "own"
    assert job.download(tmp_path / "counted.keras").parameter_count == 650
    copyfile(own_models / "own.keras", tmp_path / "own.keras")
    check_script(job, tmp_path)


def test_a_model_that_runs_code_is_used_wherever_the_operator_allows_it(services, own_models, tmp_path):
    leave = "--allow-own-code", "--no-warm-process"
    with serve_training(tmp_path, services.data, *leave) as client:
        options = {"own_model": own_models / "code.keras", "epochs": 1, "batch_size": 256}
        job = client.train("digits", image_size=(8, 8), **options)
        assert job.wait().state == JobState.SUCCEEDED
        (prediction,) = client.training.predict(job.job_id, [np.zeros((8, 8), np.uint8)])
        assert len(prediction.probabilities) == 10
        client.training.export_model(job.job_id, tmp_path / "model.zip")
        assert zipfile.is_zipfile(tmp_path / "model.zip")
        starting = TrainingSpec(
            "digits", "", image_size=(8, 8), starting_weights=StartingWeights(job.job_id), **options
        )
        script = client.training.draft_job(starting).job.script
        assert 'tablefit.keras.start_from(model, "start.keras", allow_code=True)' in script


def test_a_table_of_columns_is_trained_on_and_its_script_gives_the_same_weights(services, tmp_path):
    client = services.client
    towns = ("Ulm", "Bonn", "Kiel")
    rows = [
        {
            "age": number % 60,
            "town": towns[number % 3],
            "pay": None if number % 9 == 0 else 1.5 * number,
            "rich": number > 200,
        }
        for number in range(400)
    ]
    client.ingest("people", rows, types={"town": "text"})
    settings = {"units": [8], "normalization": "none"}
    options = {"targets": ["rich"], "epochs": 3, "batch_size": 8, "learning_rate": 0.01, "seed": 3}
    job = client.train("people", "mlp", architecture_parameters=settings, **options)
    assert job.wait().state == JobState.SUCCEEDED
    spec, data = job.record.spec, job.record.data
    assert [(feature.output, feature.transform) for feature in spec.features] == [
        ("age", "standardize"),
        ("town", "ordinal"),
        ("pay", "impute"),
        ("pay", "standardize"),
    ]
    assert (spec.task, data.targets, data.class_names) == ("binary", ("rich",), ("false", "true"))
    assert (data.columns, data.image_shape) == (("age", "town", "pay"), None)
    assert job.record.progress.validation_metrics["auc"] > 0.9
    check_script(job, tmp_path)


def test_a_data_service_that_dies_in_between_changes_nothing(services, undisturbed, tmp_path):
    disturbed = services.client.train("digits", "tiny_xception", epochs=6, image_size=(12, 10), seed=5, batch_size=64)
    for event in disturbed:
        if isinstance(event, EpochEvent) and event.progress.epoch in (1, 3):
            services.data.kill()
            services.data.start()
    assert disturbed.record.state == JobState.SUCCEEDED
    undisturbed.download(tmp_path / "undisturbed.keras")
    disturbed.download(tmp_path / "disturbed.keras")
    assert read_weights(tmp_path / "disturbed.keras") == read_weights(tmp_path / "undisturbed.keras")


def test_a_job_whose_turn_comes_while_the_data_service_is_away_waits_for_it(services):
    job = services.client.train("digits", "tiny_xception", epochs=1, image_size=(8, 8))
    events = iter(job)
    assert [next(events).state, next(events).state] == [JobState.QUEUED, JobState.RUNNING]
    services.data.kill()
    host, _, port = services.data.address.rpartition(":")
    with socket.create_server((host, int(port))) as nobody:
        nobody.settimeout(TIMEOUT_S)
        connection, _ = nobody.accept()
        connection.close()
    services.data.start()
    assert job.wait().state == JobState.SUCCEEDED


def test_a_job_protects_its_snapshot_until_it_is_cancelled(services):
    job = services.client.train("digits", "simple_cnn", epochs=1000, image_size=(16, 16))
    cancelled_at = None
    for event in job:
        if isinstance(event, StepEvent) and cancelled_at is None:
            snapshot_id = job.refresh().data.pin.snapshot_id
            with pytest.raises(WrongState, match=f"a job of the training service, .*job {job.job_id}"):
                services.client.data.delete_snapshot(snapshot_id)
            cancelled_at = event.progress.step
            job.cancel()
    assert job.record.state == JobState.CANCELLED
    assert job.record.progress.epoch == 1


def test_a_queued_job_trains_on_its_snapshot_when_the_table_has_changed_and_gone(services, tmp_path):
    client = services.client
    write_digits(tmp_path / "digits")
    client.ingest("passing", tmp_path / "digits")
    running = client.train("digits", "simple_cnn", epochs=1000, image_size=(16, 16))
    queued = client.train("passing", "tiny_xception", epochs=1, image_size=(8, 8))
    client.truncate_table("passing")
    client.delete_table("passing")
    running.cancel()
    assert queued.wait().state == JobState.SUCCEEDED
    data = queued.record.data
    assert (data.training_row_count, data.validation_row_count, data.pin.row_count) == (1438, 359, 1797)


def test_a_loss_that_is_no_number_ends_a_job_with_its_cause(services):
    options = {"optimizer": "sgd", "learning_rate": 10.0, "image_size": (8, 8)}
    ended = services.client.train("digits", "tiny_xception", **options).wait()
    assert ended.state == JobState.FAILED
    assert re.fullmatch(r"The loss became NaN at step \d+; try a smaller learning rate\.", ended.failure)
