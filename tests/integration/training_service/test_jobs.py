"""Jobs over sockets: made once, run in order, listed in pages, cancelled, downloaded."""

import hashlib
import json
import re

import pytest
from tablefit.errors import InvalidInput, NotFound, OutOfOrder, WrongState
from tablefit.rpc.calls import translated
from tablefit.training import DataEvent, EpochEvent, StateEvent, StepEvent, TrainingClient
from tablefit.training.records import JobState
from tablefit.v1 import training_service_pb2 as pb

from tests.integration.training_service.conftest import end_of, spec, watch_until
from training_service import runner
from training_service.architectures import ARCHITECTURES

WEIGHTS = b"weights" * 300_000


def test_a_job_runs_its_script_and_leaves_a_model(training, tmp_path):
    job = training.create_job(spec("quick"))
    assert job.state is JobState.QUEUED
    events = list(training.watch_job(job.job_id))
    kinds = [type(event) for event in events]
    assert kinds == [StateEvent, StateEvent, DataEvent, StepEvent, EpochEvent, EpochEvent, StateEvent]
    assert [event.sequence for event in events] == [1, 2, 3, 4, 5, 6, 7]
    assert [event.state for event in events if isinstance(event, StateEvent)] == ["queued", "running", "succeeded"]
    model = training.download_model(job.job_id, tmp_path / "model.keras")
    assert (tmp_path / "model.keras").read_bytes() == WEIGHTS
    assert model.file_name == "quick-mini_xception.keras"
    assert (model.size_bytes, model.parameter_count) == (2_100_000, 1234)
    assert events[-1].model == model


def test_a_job_shows_what_it_reads_and_how_far_it_is(training):
    job_id = training.create_job(spec("quick")).job_id
    end_of(training, job_id)
    job = training.get_job(job_id)
    assert job.data.class_names == ("cat", "dog")
    assert (job.data.training_row_count, job.data.validation_row_count, job.data.steps_per_epoch) == (8, 2, 4)
    assert (job.data.pin.snapshot_id, job.data.pin.row_count, job.data.pin.digest) == ("s1", 10, "ab" * 32)
    assert job.data.image_shape == (28, 28, 1)
    progress = job.progress
    assert (progress.step, progress.step_count, progress.epoch, progress.epoch_count) == (8, 8, 2, 2)
    assert (progress.loss, progress.metrics) == (0.5, {"accuracy": 0.25})
    assert progress.validation_metrics == {"loss": 0.75, "accuracy": 0.5}
    assert (progress.rows_per_second, progress.input_wait_share, progress.time_left_s) == (100.0, 0.125, 0.0)
    assert job.script.startswith(f"# job {job_id}\n")
    assert job.create_time <= job.start_time <= job.end_time
    assert job.last_sequence == 7


def test_a_job_told_to_keep_no_model_has_none_to_download(training, tmp_path):
    job_id = training.create_job(spec("modelless")).job_id
    assert end_of(training, job_id).model is None
    with pytest.raises(WrongState, match=f"Job {job_id} has no model: it was told to keep no model"):
        training.download_model(job_id, tmp_path / "model.keras")


def test_a_model_is_read_from_any_offset(training, stub):
    job_id = training.create_job(spec("quick")).job_id
    end_of(training, job_id)
    with_offset = pb.DownloadModelRequest(job_id=job_id, offset=1_500_000)
    header, *pieces = stub.DownloadModel(with_offset)
    assert header.header.sha256 == hashlib.sha256(WEIGHTS).hexdigest()
    assert b"".join(piece.data for piece in pieces) == WEIGHTS[1_500_000:]
    *_, last = stub.DownloadModel(pb.DownloadModelRequest(job_id=job_id, offset=2_100_000))
    assert last.HasField("header")


def test_an_offset_beyond_the_model_is_out_of_order(training, stub):
    job_id = training.create_job(spec("quick")).job_id
    end_of(training, job_id)
    with pytest.raises(OutOfOrder, match="offset of 0 to 2100000"), translated("service"):
        list(stub.DownloadModel(pb.DownloadModelRequest(job_id=job_id, offset=2_100_001)))


def test_jobs_run_one_after_the_other_in_order_of_creation(training, gate):
    first, second, third = (training.create_job(spec("gated")).job_id for _ in range(3))
    for running, waiting in ((first, second), (second, third)):
        watch_until(training, running, EpochEvent, 3)
        assert training.get_job(waiting).state is JobState.QUEUED
        gate.open()
        assert end_of(training, running).state is JobState.SUCCEEDED
    watch_until(training, third, EpochEvent, 3)
    gate.open()
    end_of(training, third)
    ended = [training.get_job(job_id).end_time for job_id in (first, second, third)]
    started = [training.get_job(job_id).start_time for job_id in (first, second, third)]
    assert ended[0] <= started[1]
    assert ended[1] <= started[2]


def test_two_jobs_run_at_once_when_the_service_may(start, gate):
    service = start(concurrent_jobs=2)
    with TrainingClient(service.address) as training:
        first, second, third = (training.create_job(spec("gated")).job_id for _ in range(3))
        watch_until(training, first, EpochEvent, 3)
        watch_until(training, second, EpochEvent, 3)
        assert training.get_job(third).state is JobState.QUEUED
        for _ in range(3):
            gate.open()
        assert [end_of(training, job_id).state for job_id in (first, second, third)] == ["succeeded"] * 3


def test_a_repeated_request_makes_one_job(training):
    first = training.create_job(spec("quick"), request_id="mine")
    again = training.create_job(spec("quick"), request_id="mine")
    assert again.job_id == first.job_id
    assert [job.job_id for job in training.list_jobs()] == [first.job_id]


def test_a_request_repeated_with_other_options_is_refused(training):
    job = training.create_job(spec("quick", epochs=2), request_id="mine")
    with pytest.raises(WrongState, match=f"'mine' has made job {job.job_id} with other options"):
        training.create_job(spec("quick", epochs=3), request_id="mine")


def test_a_request_id_that_is_too_long_is_refused(training):
    with pytest.raises(InvalidInput, match="at most 128 characters, received 129"):
        training.create_job(spec("quick"), request_id="x" * 129)


def test_a_validated_job_is_shown_and_not_queued(training):
    job = training.create_job(spec("quick"), validate_only=True)
    assert (job.job_id, job.spec.epochs, job.spec.batch_size) == ("", 2, 2)
    assert "def open_data" in job.script
    assert list(training.list_jobs()) == []


def test_jobs_are_listed_newest_first_page_by_page(training, stub):
    made = [training.create_job(spec("modelless")).job_id for _ in range(5)]
    for job_id in made:
        end_of(training, job_id)
    pages, token = [], ""
    while not pages or token:
        page = stub.ListTrainingJobs(pb.ListTrainingJobsRequest(page_size=2, page_token=token))
        pages.append([job.job_id for job in page.jobs])
        assert all(job.script == "" for job in page.jobs)
        token = page.next_page_token
    assert pages == [[made[4], made[3]], [made[2], made[1]], [made[0]]]


def test_a_full_last_page_is_the_last(training, stub):
    for _ in range(2):
        end_of(training, training.create_job(spec("modelless")).job_id)
    assert stub.ListTrainingJobs(pb.ListTrainingJobsRequest(page_size=2)).next_page_token == ""


def test_jobs_are_listed_by_state(training):
    running, queued = (training.create_job(spec("endless")).job_id for _ in range(2))
    watch_until(training, running, StepEvent)
    assert [job.job_id for job in training.list_jobs([JobState.QUEUED])] == [queued]
    assert [job.job_id for job in training.list_jobs([JobState.QUEUED, JobState.RUNNING])] == [queued, running]
    assert list(training.list_jobs([JobState.FAILED])) == []


@pytest.mark.parametrize(
    "token", ["x", "bm9uc2Vuc2U", "WyJhcmNoaXRlY3R1cmVzIiwyXQ", "WyJqb2JzIiwtMV0", "é", "W1tb" * 20_000]
)
def test_a_foreign_page_token_is_refused(stub, token):
    with pytest.raises(InvalidInput, match="expected the next_page_token"), translated("it"):
        stub.ListTrainingJobs(pb.ListTrainingJobsRequest(page_token=token))


@pytest.mark.parametrize(("states", "sentence"), [([9], "JOB_STATE_QUEUED, .*, received 9"), ([0], "received 0")])
def test_an_unknown_state_is_refused(stub, states, sentence):
    with pytest.raises(InvalidInput, match=sentence), translated("it"):
        stub.ListTrainingJobs(pb.ListTrainingJobsRequest(states=states))


def test_a_negative_page_size_is_refused(stub):
    with pytest.raises(InvalidInput, match="page_size of 0 to 1000, received -1"), translated("it"):
        stub.ListTrainingJobs(pb.ListTrainingJobsRequest(page_size=-1))


def test_architectures_are_listed_in_pages_with_their_source(stub):
    first = stub.ListArchitectures(pb.ListArchitecturesRequest(page_size=3))
    rest = stub.ListArchitectures(pb.ListArchitecturesRequest(page_token=first.next_page_token))
    listed = {architecture.name: architecture for page in (first, rest) for architecture in page.architectures}
    assert list(listed) == sorted(ARCHITECTURES, key=str.casefold)
    assert [len(first.architectures), rest.next_page_token] == [3, ""]
    mini = listed["mini_xception"]
    assert mini.source.startswith("def build(")
    assert mini.minimum_image_size == 5
    momentum = mini.parameters[0]
    assert (momentum.name, momentum.HasField("default_value")) == ("momentum", False)


def test_an_unknown_job_is_not_found(training):
    for call in (training.get_job, training.cancel_job, lambda job_id: next(training.watch_job(job_id))):
        with pytest.raises(NotFound, match="There is no job 'nowhere'"):
            call("nowhere")


def test_a_queued_job_is_cancelled_at_once(training):
    running, queued = (training.create_job(spec("endless")).job_id for _ in range(2))
    assert training.cancel_job(queued).state is JobState.CANCELLED
    assert [type(event) for event in training.watch_job(queued)] == [StateEvent, StateEvent]
    training.cancel_job(running)
    assert end_of(training, running).state is JobState.CANCELLED


def test_a_training_job_is_cancelled_within_a_step(training):
    job_id = training.create_job(spec("endless")).job_id
    watch_until(training, job_id, StepEvent)
    assert training.cancel_job(job_id).cancel_requested
    assert end_of(training, job_id).state is JobState.CANCELLED
    job = training.get_job(job_id)
    assert (job.state, job.failure, job.cancel_requested) == (JobState.CANCELLED, "", False)


def test_a_job_that_has_not_begun_to_train_is_cancelled_at_once(training):
    job_id = training.create_job(spec("importing")).job_id
    events = training.watch_job(job_id)
    assert [next(events).state, next(events).state] == ["queued", "running"]
    training.cancel_job(job_id)
    assert next(events).state is JobState.CANCELLED


def test_a_job_that_does_not_listen_is_killed_after_its_grace(training, monkeypatch):
    monkeypatch.setattr(runner, "CANCEL_GRACE_S", 0.1)
    job_id = training.create_job(spec("deaf")).job_id
    watch_until(training, job_id, EpochEvent)
    training.cancel_job(job_id)
    assert end_of(training, job_id).state is JobState.CANCELLED


def test_cancelling_again_is_no_error_and_too_late_is_one(training):
    job_id = training.create_job(spec("endless")).job_id
    watch_until(training, job_id, StepEvent)
    training.cancel_job(job_id)
    training.cancel_job(job_id)
    end_of(training, job_id)
    assert training.cancel_job(job_id).state is JobState.CANCELLED
    ended = training.create_job(spec("modelless")).job_id
    end_of(training, ended)
    with pytest.raises(WrongState, match=f"Job {ended} has succeeded already"):
        training.cancel_job(ended)


def test_a_script_sees_its_own_pipes_and_no_secret(start, tmp_path, monkeypatch):
    monkeypatch.setenv("TABLEFIT_DATABASE_URL", "mysql+pymysql://user:secret@host/db")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    service = start(concurrent_jobs=2)
    with TrainingClient(service.address) as training:
        first, second = (training.create_job(spec("telling")).job_id for _ in range(2))
        for job_id in (first, second):
            assert end_of(training, job_id).state is JobState.SUCCEEDED
            printed = (tmp_path / "training" / "jobs" / job_id / "output.log").read_text()
            assert "pipes 2\n" in printed
            assert "secret" not in printed
            environment = json.loads(re.search("environment (.*)", printed)[1])
            assert environment["KERAS_BACKEND"] == "jax"
            assert environment["TABLEFIT_JOB_ID"] == job_id
            assert environment["TABLEFIT_DATA_SERVICE"] == "127.0.0.1:1"
