"""Trained models over sockets: listed, shown, named, deleted, downloaded, also when their job is gone."""

import hashlib
import json
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing

import pytest
from tablefit.errors import InvalidInput, NotFound, WrongState
from tablefit.models import MEMBER, ModelFacts
from tablefit.rpc.calls import translated
from tablefit.training import TrainingClient
from tablefit.v1 import training_service_pb2 as pb

from tests.integration.training_service.conftest import end_of, spec
from training_service import conversion_child

WEIGHTS = b"weights" * 300_000


@pytest.fixture
def model_id(training) -> str:
    """The id of a model, which is that of its job."""
    job_id = training.create_job(spec("quick")).job_id
    end_of(training, job_id)
    return job_id


def test_a_model_is_known_by_the_id_of_its_job(training, model_id):
    job, model = training.get_job(model_id), training.get_model(model_id)
    assert (job.model_id, model.model_id, model.job_id) == (model_id, model_id, model_id)
    assert (model.name, model.tags, model.script) == ("quick-mini_xception", (), job.script)
    assert (model.spec, model.data, model.progress, model.file) == (job.spec, job.data, job.progress, job.model)
    # A script that did not save through tablefit.
    assert model.details is None


def test_models_are_listed_newest_first_and_by_what_they_are(training, model_id):
    other = training.create_job(spec("quick")).job_id
    end_of(training, other)
    training.update_model(other, tags=["best"])
    assert [model.model_id for model in training.list_models()] == [other, model_id]
    assert [model.model_id for model in training.list_models(tag="best")] == [other]
    assert [model.script for model in training.list_models(table="quick", architecture="mini_xception")] == ["", ""]
    assert list(training.list_models(table="slow")) == list(training.list_models(tag="bes")) == []


def test_a_model_takes_another_name_and_tags_that_survive_a_restart(start):
    service = start()
    with TrainingClient(service.address) as training:
        model_id = training.create_job(spec("quick")).job_id
        end_of(training, model_id)
        assert training.update_model(model_id, name="ciffers é").name == "ciffers é"
        assert training.update_model(model_id, tags=["b", "a", "b"]).tags == ("b", "a")
    service.stop()
    with TrainingClient(start().address) as training:
        model = training.get_model(model_id)
    assert (model.name, model.tags) == ("ciffers é", ("b", "a"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "expected 1 to 200 printable characters without blanks around them, received ''"),
        ({"name": "a\nb"}, "printable characters"),
        ({"tags": ["x" * 101]}, "expected 1 to 100 printable"),
        ({"tags": [str(number) for number in range(101)]}, "expected at most 100 tags, received 101"),
        ({}, "expected an update_mask of name and tags, received none"),
    ],
)
def test_a_name_or_tag_that_does_not_fit_is_refused(training, model_id, change, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        training.update_model(model_id, **change)


def test_a_deleted_model_is_gone_and_its_job_stays(training, service, model_id, tmp_path):
    training.delete_model(model_id)
    with pytest.raises(WrongState, match=f"Job {model_id} has no model: .* the model was deleted"):
        training.download_model(model_id, tmp_path / "model.keras")
    assert (training.get_job(model_id).model, list(training.list_models())) == (None, [])
    assert list((tmp_path / "training" / "models").iterdir()) == []
    with pytest.raises(WrongState, match="the model was deleted"):
        training.delete_model(model_id)


def test_an_unknown_model_is_not_found(training):
    with pytest.raises(NotFound, match="There is no model 'nothing'"):
        training.get_model("nothing")


def test_a_model_outlives_its_job(training, service, model_id, tmp_path):
    with closing(sqlite3.connect(tmp_path / "training" / "records.sqlite")) as connection, connection:
        connection.execute("DELETE FROM events")
        connection.execute("DELETE FROM jobs")
    assert training.get_model(model_id).spec.table == "quick"
    training.download_model(model_id, tmp_path / "model.keras")
    assert (tmp_path / "model.keras").read_bytes() == WEIGHTS


def test_a_file_without_a_record_is_removed_at_the_start(start, tmp_path):
    folder = tmp_path / "training" / "models"
    folder.mkdir(parents=True)
    (folder / "0a0b0c0d.keras").write_bytes(b"moved, and then the power went")
    start()
    assert list(folder.iterdir()) == []


def test_what_a_file_says_of_itself_is_shown(training, service, model_id, tmp_path):
    facts = ModelFacts(("cat", "dog"), "pets", {}, history={"loss": (1.0, None)}, confusion=((3, 1), (0, 2)))
    with zipfile.ZipFile(tmp_path / "training" / "models" / f"{model_id}.keras", "w") as archive:
        archive.writestr(MEMBER, json.dumps(facts.to_json()))
    details = training.get_model(model_id).details
    assert (details.class_names, details.confusion) == (("cat", "dog"), ((3, 1), (0, 2)))
    assert str(details.history) == "{'loss': (1.0, nan)}"
    assert hashlib.sha256(WEIGHTS).hexdigest() == training.get_model(model_id).file.sha256


def test_a_model_is_exported_as_it_is(training, model_id, tmp_path):
    written = training.export_model(model_id, tmp_path / "model.keras")
    assert (tmp_path / "model.keras").read_bytes() == WEIGHTS
    assert written == training.get_model(model_id).file


def test_a_model_that_is_deleted_while_it_is_converted_is_told_to_be_gone(training, stub, model_id, tmp_path):
    converted = stub.ExportModel(pb.ExportModelRequest(model_id=model_id, format=pb.MODEL_FORMAT_ONNX))
    assert next(converted).HasField("progress")
    training.delete_model(model_id)
    with pytest.raises(WrongState, match=f"Job {model_id} has no model: .* was deleted"), translated("the service"):
        list(converted)
    assert list((tmp_path / "training" / "exports").glob("*/*")) == []


def test_a_file_that_is_no_model_is_not_converted(training, model_id, tmp_path):
    with pytest.raises(WrongState, match="expected a model that tablefit saved, received"):
        training.export_model(model_id, tmp_path / "model.onnx")
    exports = tmp_path / "training" / "exports" / model_id
    assert (list(exports.iterdir()), (tmp_path / "model.onnx").exists()) == ([], False)


def test_a_conversion_ends_with_its_service(tmp_path):
    command = [sys.executable, "-m", "training_service.conversion_child", "model.keras", "model.onnx", "onnx", ""]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False, timeout=60)
    assert done.returncode == conversion_child.SERVICE_ENDED


def test_what_a_conversion_left_when_the_service_died_is_removed(training, service, model_id, start, tmp_path):
    unfinished = tmp_path / "training" / "exports" / model_id / ".making-1"
    unfinished.mkdir(parents=True)
    service.stop()
    start()
    assert not unfinished.exists()


def test_a_format_follows_from_the_name_of_the_file(training, model_id, tmp_path):
    with pytest.raises(InvalidInput, match=r"ends in \.keras, \.zip, \.onnx, \.tflite, or a format, received 'm.pt'"):
        training.export_model(model_id, tmp_path / "m.pt")
    with pytest.raises(InvalidInput, match="expected a format out of keras, saved-model, onnx, litert, received 'pt'"):
        training.export_model(model_id, tmp_path / "m.onnx", "pt")
