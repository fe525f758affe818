"""What a job prints, followed from any byte."""

import signal

import pytest
from tablefit.errors import NotFound, OutOfOrder, TooBusy
from tablefit.rpc.calls import translated
from tablefit.training import EpochEvent, TrainingClient
from tablefit.v1 import training_service_pb2 as pb

from tests.integration.training_service.conftest import end_of, spec, watch_until
from training_service import events, output

LINES = b"".join(b"line %03d\n" % number for number in range(1000))


def test_a_log_is_followed_from_any_byte_to_the_end_of_the_job(training, gate):
    job_id = training.create_job(spec("printing")).job_id
    watch_until(training, job_id, EpochEvent)
    followed = training.watch_log(job_id, 5)
    received = b""
    while len(received) < len(LINES) - 5:
        part = next(followed)
        assert (part.offset, part.gap_bytes) == (5 + len(received), 0)
        received += part.data
    assert received == LINES[5:]
    assert b"".join(part.data for part in training.watch_log(job_id, len(LINES) - 9, follow=False)) == LINES[-9:]
    gate.open()
    assert b"".join(part.data for part in followed) == b"done\rend\n"
    assert b"".join(part.data for part in training.watch_log(job_id)) == LINES + b"done\rend\n"


def test_a_log_says_what_is_gone(training, gate, monkeypatch, tmp_path):
    monkeypatch.setattr(output, "LIMIT_BYTES", 1_000)
    monkeypatch.setattr(output, "_KEPT_BYTES", 95)
    job_id = training.create_job(spec("printing")).job_id
    watch_until(training, job_id, EpochEvent)
    gate.open()
    end_of(training, job_id)
    output.shorten(tmp_path / "training" / "jobs" / job_id / "output.log")
    whole = LINES + b"done\rend\n"
    (part,) = training.watch_log(job_id, 9)
    assert part.data == whole[part.offset :]
    assert part.gap_bytes == part.offset - 9 > 5_000


def test_a_log_of_a_queued_job_is_empty_and_one_of_none_is_not_found(training):
    training.create_job(spec("endless"))
    queued = training.create_job(spec("modelless")).job_id
    assert list(training.watch_log(queued, follow=False)) == []
    with pytest.raises(OutOfOrder, match="expected an offset of 0 to 0, received 1"):
        next(training.watch_log(queued, 1))
    with pytest.raises(NotFound):
        next(training.watch_log("nowhere"))


def test_readers_of_logs_take_places_of_watchers_and_give_them_back(training, stub, monkeypatch, gate):
    monkeypatch.setattr(events, "LIMIT_WATCHERS", 1)
    job_id = training.create_job(spec("printing")).job_id
    first = stub.WatchTrainingLog(pb.WatchTrainingLogRequest(job_id=job_id), timeout=60)
    assert next(first).data.startswith(b"line 000")
    with pytest.raises(TooBusy, match="1 watchers follow jobs already"), translated("service"):
        next(stub.WatchTrainingLog(pb.WatchTrainingLogRequest(job_id=job_id), timeout=60))
    gate.open()
    assert b"".join(response.data for response in first).endswith(b"end\n")
    assert next(training.watch_job(job_id)).sequence == 1


def test_a_log_outlives_the_service(run):
    killed = run()
    with TrainingClient(killed.address) as training:
        job_id = training.create_job(spec("printing")).job_id
        watch_until(training, job_id, EpochEvent)
        seen = b"".join(part.data for part in training.watch_log(job_id, follow=False))
        killed.end(signal.SIGKILL)
    with TrainingClient(run().address) as training:
        assert b"".join(part.data for part in training.watch_log(job_id, follow=False)).startswith(seen)
