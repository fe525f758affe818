"""Jobs found again, run again with changes, and deleted."""

import shutil
import signal
from pathlib import Path

import pytest
from tablefit import Client
from tablefit.errors import InvalidInput, NotFound, WrongState
from tablefit.rpc.calls import translated
from tablefit.training import EpochEvent, StateEvent, StepEvent, TrainingClient
from tablefit.training.records import JobState
from tablefit.v1 import training_service_pb2 as pb

from tests.integration.training_service.conftest import end_of, spec, watch_until
from training_service.options import Options


def folder_of(tmp_path: Path, job_id: str) -> Path:
    return tmp_path / "training" / "jobs" / job_id


def ended(training: TrainingClient, script: str, **options) -> str:
    """The id of a job that has ended."""
    job_id = training.create_job(spec(script, **options)).job_id
    end_of(training, job_id)
    return job_id


def test_jobs_are_listed_by_table_architecture_and_model(training, stub):
    with_model = ended(training, "crashing_late")
    without = [ended(training, "modelless") for _ in range(3)]

    def found(**wanted) -> list[str]:
        return [job.job_id for job in training.list_jobs(**wanted)]

    assert found(table="crashing_late") == [with_model]
    assert found(table="modelless") == without[::-1]
    assert found(architecture="mini_xception") == [*without[::-1], with_model]
    assert found(architecture="simple_cnn") == []
    assert found(has_model=True) == [with_model]
    assert found(has_model=False, table="modelless", states=[JobState.SUCCEEDED]) == without[::-1]
    page = stub.ListTrainingJobs(pb.ListTrainingJobsRequest(page_size=2, table="modelless"))
    rest = stub.ListTrainingJobs(
        pb.ListTrainingJobsRequest(page_size=2, table="modelless", page_token=page.next_page_token)
    )
    assert ([job.job_id for job in rest.jobs], rest.next_page_token) == (without[:1], "")
    with pytest.raises(InvalidInput, match="asked for with the same filter"), translated("service"):
        stub.ListTrainingJobs(pb.ListTrainingJobsRequest(table="quick", page_token=page.next_page_token))


def test_a_deleted_job_leaves_nothing(training, tmp_path):
    job_id, other = ended(training, "modelless"), ended(training, "modelless")
    training.delete_job(job_id)
    assert not folder_of(tmp_path, job_id).exists()
    assert [job.job_id for job in training.list_jobs()] == [other]
    for call in (training.get_job, training.delete_job, lambda name: next(training.watch_job(name))):
        with pytest.raises(NotFound, match=f"There is no job '{job_id}'"):
            call(job_id)
    assert len(list(training.watch_job(other))) == 5


def test_a_model_stays_when_its_job_is_deleted_unless_that_is_meant(training, tmp_path):
    job_id, other = ended(training, "crashing_late"), ended(training, "crashing_late")
    training.delete_job(job_id)
    assert not folder_of(tmp_path, job_id).exists()
    training.download_model(job_id, tmp_path / "model.keras")
    training.delete_job(other, delete_model=True)
    assert [model.model_id for model in training.list_models()] == [job_id]


def test_a_job_that_has_not_ended_is_not_deleted(training):
    running, queued = (training.create_job(spec("endless")).job_id for _ in range(2))
    watch_until(training, running, StepEvent)
    for job_id, state in ((running, "running"), (queued, "queued")):
        with pytest.raises(WrongState, match=f"Job {job_id} is {state}; cancel it, then delete it"):
            training.delete_job(job_id)
    training.cancel_job(queued)
    training.delete_job(queued)
    assert [job.job_id for job in training.list_jobs()] == [running]


def test_a_deletion_that_a_kill_cut_off_is_finished_or_undone_at_the_next_start(start, tmp_path):
    service = start()
    with TrainingClient(service.address) as training:
        job_id, kept = ended(training, "modelless"), ended(training, "modelless")
        shutil.copytree(folder_of(tmp_path, job_id), tmp_path / "saved")
        training.delete_job(job_id)
        service.stop()
    folders = tmp_path / "training" / "jobs"
    shutil.move(tmp_path / "saved", folders / f".deleted-{job_id}")
    (folders / kept).rename(folders / f".deleted-{kept}")
    (folders / "foreign").mkdir()
    start()
    assert sorted(path.name for path in folders.iterdir()) == sorted([kept, "foreign"])


def test_a_job_in_a_notebook_is_run_again_read_and_deleted(service):
    with Client("127.0.0.1:1", service.address) as client:
        job = client.get_job(client.training.create_job(spec("printing")).job_id)
        job.cancel()
        again = client.rerun_job(job.job_id, {"table": "crashing_late", "epochs": 1})
        assert again.wait().state is JobState.SUCCEEDED
        third = again.rerun({"table": "modelless"})
        third.wait()
        assert (third.record.rerun_of, third.record.spec.epochs) == (again.job_id, 1)
        assert b"".join(part.data for part in third.log()) == b""
        again.delete(delete_model=True)
        assert client.compare_jobs([job.job_id, third.job_id]).differences["epochs"] == (2, 1)
        client.delete_job(third.job_id)
        assert [found.job_id for found in client.list_jobs()] == [job.job_id]


def test_a_job_is_run_again_with_changes_and_remembers_of_which(training):
    earlier = ended(training, "quick", epochs=2, architecture_parameters={"momentum": 0.5, "l2": 0.1})
    changes = {"epochs": 1, "table": "modelless", "architecture_parameters.momentum": 0.75}
    again = training.rerun_job(earlier, changes)
    assert (again.rerun_of, again.spec.table, again.spec.epochs) == (earlier, "modelless", 1)
    assert end_of(training, again.job_id).state is JobState.SUCCEEDED
    assert training.rerun_job(again.job_id, {"epochs": None}, validate_only=True).spec.epochs == 2
    assert training.get_job(earlier).rerun_of == ""


def test_a_rerun_reads_the_earlier_snapshot_unless_told_otherwise(training, service):
    earlier = ended(training, "modelless")

    def snapshot_asked(**options) -> str:
        job_id = training.rerun_job(earlier, **options).job_id
        return snapshot_of(service, job_id)

    assert snapshot_asked() == "s1"
    assert snapshot_asked(fresh_data=True) == ""
    assert snapshot_asked(changes={"table": "quick"}) == ""
    assert snapshot_asked(changes={"epochs": 5}) == "s1"


def snapshot_of(service, job_id: str) -> str:
    """The snapshot that a job was asked to read."""
    return Options.from_json(service.records.get_job(job_id).asked).snapshot


def test_a_repeated_rerun_makes_one_job(training):
    earlier = ended(training, "modelless")
    made = {training.rerun_job(earlier, {"epochs": 3}, request_id="mine").job_id for _ in range(3)}
    assert len(made) == 1
    with pytest.raises(WrongState, match="with other options"):
        training.rerun_job(earlier, {"epochs": 4}, request_id="mine")
    training.delete_job(earlier)
    assert training.rerun_job(earlier, {"epochs": 3}, request_id="mine").job_id in made
    with pytest.raises(NotFound):
        training.rerun_job(earlier, {"epochs": 3}, request_id="another")


def test_a_rerun_without_a_mask_takes_what_the_specification_holds(training, stub):
    earlier = ended(training, "modelless")
    request = pb.RerunTrainingJobRequest(job_id=earlier, spec=pb.TrainingSpec(epochs=7), validate_only=True)
    assert stub.RerunTrainingJob(request).job.spec.epochs == 7
    request.update_mask.paths.append("epoch")
    with pytest.raises(InvalidInput, match=r"received 'epoch'\. Did you mean epochs"), translated("service"):
        stub.RerunTrainingJob(request)
    with pytest.raises(NotFound):
        training.rerun_job("nowhere")


def test_a_job_asked_for_before_a_kill_is_not_made_twice(run):
    killed = run()
    with TrainingClient(killed.address) as training:
        running = training.create_job(spec("endless"), request_id="first").job_id
        queued = training.create_job(spec("modelless"), request_id="second").job_id
        watch_until(training, running, StepEvent)
        killed.end(signal.SIGKILL)
    with TrainingClient(run().address) as training:
        assert training.create_job(spec("endless"), request_id="first").job_id == running
        assert training.create_job(spec("modelless"), request_id="second").job_id == queued
        training.cancel_job(running)
        end_of(training, queued)
        states = [event.state for event in training.watch_job(queued) if isinstance(event, StateEvent)]
        assert states == ["queued", "running", "succeeded"]
        assert [job.job_id for job in training.list_jobs()] == [queued, running]


def test_jobs_are_compared_also_while_they_run(training, gate):
    ended_job = ended(training, "quick")
    running = training.create_job(spec("gated", epochs=3)).job_id
    watch_until(training, running, EpochEvent, 3)
    compared = training.compare_jobs([ended_job, running])
    assert compared.differences == {"table": ("quick", "gated"), "epochs": (2, 3)}
    assert [(job.state, job.epoch, job.best_epoch) for job in compared.jobs] == [("succeeded", 2, 1), ("running", 3, 1)]
    assert compared.jobs[0].best == {"loss": 0.5, "accuracy": 0.25, "val_accuracy": 0.5, "val_loss": 0.75}
    gate.open()
