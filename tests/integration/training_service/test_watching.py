"""Watching jobs: replay, follow, break, take up again, limits."""

import random
import threading
import time

import grpc
import pytest
from tablefit.errors import InvalidInput, TooBusy, Unavailable
from tablefit.rpc.calls import translated
from tablefit.rpc.channel import open_channel
from tablefit.training import EpochEvent, JobState, StateEvent, StepEvent, TrainingClient
from tablefit.v1 import training_service_pb2 as pb
from tablefit.v1.training_service_pb2_grpc import TrainingServiceStub

from tests.integration.training_service.conftest import end_of, spec, watch_until
from training_service import events
from training_service.events import Keeping


@pytest.mark.parametrize("seed", range(3))
def test_a_watch_broken_anywhere_loses_and_doubles_nothing(training, service, seed):
    job_id = training.create_job(spec("steady")).job_id
    chance = random.Random(seed)
    seen: list[pb.Event] = []
    while not (seen and seen[-1].state.state >= pb.JOB_STATE_SUCCEEDED):
        with open_channel(service.address) as channel:
            request = pb.WatchTrainingJobRequest(job_id=job_id, after_sequence=seen[-1].sequence if seen else 0)
            call = TrainingServiceStub(channel).WatchTrainingJob(request)
            for _ in range(chance.randint(1, 20)):
                response = next(call, None)
                if response is None:
                    break
                seen.append(response.event)
            call.cancel()
    with open_channel(service.address) as channel:
        replayed = TrainingServiceStub(channel).WatchTrainingJob(pb.WatchTrainingJobRequest(job_id=job_id))
        assert [response.event for response in replayed] == seen
    assert [event.epoch.epoch for event in seen if event.HasField("epoch")] == [*range(1, 101)]
    assert [event.sequence for event in seen] == [*range(1, 105)]


def test_many_watchers_see_the_same(training):
    job_id = training.create_job(spec("steady")).job_id
    found: list[list[int]] = [[] for _ in range(8)]

    def watch(into: list[int]) -> None:
        into.extend(event.sequence for event in training.watch_job(job_id))

    threads = [threading.Thread(target=watch, args=(into,)) for into in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [[*range(1, 105)]] * 8


def test_a_watch_of_an_ended_job_replays_what_comes_after(training):
    job_id = training.create_job(spec("quick")).job_id
    end_of(training, job_id)
    assert [event.sequence for event in training.watch_job(job_id, after_sequence=5)] == [6, 7]
    assert list(training.watch_job(job_id, after_sequence=7)) == []
    assert list(training.watch_job(job_id, after_sequence=700)) == []


def test_a_watch_beyond_the_present_ends_with_the_job(training, stub, gate):
    job_id = training.create_job(spec("gated")).job_id
    ahead = stub.WatchTrainingJob(pb.WatchTrainingJobRequest(job_id=job_id, after_sequence=700))
    watch_until(training, job_id, EpochEvent, 3)
    gate.open()
    assert list(ahead) == []


def test_a_negative_sequence_is_refused(training, stub):
    job_id = training.create_job(spec("modelless")).job_id
    request = pb.WatchTrainingJobRequest(job_id=job_id, after_sequence=-1)
    with pytest.raises(InvalidInput, match="of 0 or more, received -1"), translated("service"):
        next(stub.WatchTrainingJob(request))


def test_step_events_come_ten_a_second_at_most(training):
    seen = list(training.watch_job(training.create_job(spec("flooding", epochs=1)).job_id))
    steps = [event for event in seen if isinstance(event, StepEvent)]
    duration_s = (seen[-1].time - steps[0].time).total_seconds()
    assert 1 <= len(steps) <= 1 + 10 * duration_s
    assert steps[0].progress.step == 1
    (epoch,) = [event for event in seen if isinstance(event, EpochEvent)]
    assert (epoch.progress.step, epoch.progress.step_count) == (10_000, 10_000)


def test_old_step_events_are_thinned_evenly_and_all_others_stay(start, monkeypatch):
    monkeypatch.setattr("training_service.reports.STEP_INTERVAL_S", 0.0)
    service = start(keeping=Keeping(limit_steps=100, recent_steps=20))
    with TrainingClient(service.address) as training:
        job_id = training.create_job(spec("flooding", epochs=1)).job_id
        end_of(training, job_id)
        kept = list(training.watch_job(job_id))
    steps = [event.progress.step for event in kept if isinstance(event, StepEvent)]
    assert steps == [*range(1, 2001, 32)]
    assert [type(event).__name__ for event in kept if not isinstance(event, StepEvent)] == [
        "StateEvent",
        "StateEvent",
        "DataEvent",
        "EpochEvent",
        "StateEvent",
    ]


def test_watchers_have_a_limit_and_leave_room_for_other_calls(training, service, monkeypatch):
    monkeypatch.setattr(events, "LIMIT_WATCHERS", 2)
    job_id = training.create_job(spec("endless")).job_id
    calls = []
    with open_channel(service.address) as channel:
        stub = TrainingServiceStub(channel)
        request = pb.WatchTrainingJobRequest(job_id=job_id)
        for _ in range(2):
            calls.append(stub.WatchTrainingJob(request, timeout=60))
            next(calls[-1])
        with pytest.raises(TooBusy, match="2 watchers follow jobs already"), translated("service"):
            next(stub.WatchTrainingJob(request, timeout=60))
        assert training.get_job(job_id).job_id == job_id
        calls[0].cancel()
        assert _first_event(stub, request).sequence == 1


def test_a_vanished_watcher_of_a_silent_job_frees_its_place(training, service, stub, monkeypatch):
    monkeypatch.setattr(events, "LIMIT_WATCHERS", 1)
    request = pb.WatchTrainingJobRequest(job_id=training.create_job(spec("importing")).job_id)
    with open_channel(service.address) as channel:
        call = TrainingServiceStub(channel).WatchTrainingJob(request)
        assert [next(call).event.sequence, next(call).event.sequence] == [1, 2]
    started = time.monotonic()
    assert _first_event(stub, request).sequence == 1
    assert time.monotonic() - started < events._LOOK_S / 2


def test_watchers_are_told_when_the_service_stops(start):
    service = start()
    with TrainingClient(service.address) as training:
        running, queued = (training.create_job(spec("endless")).job_id for _ in range(2))
        watch_until(training, running, StepEvent)
        of_running, of_queued = (training.watch_job(job_id, patience_s=0) for job_id in (running, queued))
        assert isinstance(next(of_queued), StateEvent)
        seen = [next(of_running)]
        service.stop()
        with pytest.raises(Unavailable):
            seen.extend(of_running)
        assert seen[-1].state is JobState.QUEUED
        with pytest.raises(Unavailable):
            next(of_queued)


def _first_event(stub: TrainingServiceStub, request: pb.WatchTrainingJobRequest) -> pb.Event:
    """The first event, once the place of a watcher that has gone is free."""
    while True:
        try:
            return next(stub.WatchTrainingJob(request, timeout=60)).event
        except grpc.RpcError as error:
            assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED  # noqa: PT017
