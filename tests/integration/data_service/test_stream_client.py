"""`tablefit.data.BatchStream` when the service goes away: nothing is lost, and whoever closes it is free at once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tablefit.data import DataClient, StreamOptions

from tests.data_program import DataService
from tests.image_files import MadeImages
from tests.stream_reading import step_bytes

ROW_COUNT = 400
# Messages of one batch each, so that most of them are not on the way yet when the service is killed.
LARGE = StreamOptions("digits", height=256, width=256, batch_size=16, shuffle_seed=1)
TIMEOUT_S = 60


@pytest.fixture
def service(start_service) -> DataService:
    return start_service()


@pytest.fixture
def data(service) -> Iterator[DataClient]:
    with DataClient(service.address) as client:
        client.create_table("digits")
        client.ingest("digits", MadeImages(ROW_COUNT), upload_id="u")
        yield client


def steps(stream) -> list[tuple[int, bytes]]:
    return [(batch.step, step_bytes(batch)) for batch in stream]


def part(start_step: int, step_count: int) -> StreamOptions:
    return StreamOptions(**{**vars(LARGE), "start_step": start_step, "step_count": step_count})


def test_a_stream_of_some_steps_waits_for_a_service_that_is_down_when_it_opens(data, service):
    whole = steps(data.stream_batches(LARGE))
    service.kill()
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(lambda: steps(data.stream_batches(part(2, 5))))
        service.start()
        assert opening.result(TIMEOUT_S) == whole[2:7]


def test_a_stream_of_some_steps_goes_on_after_the_service_was_killed_twice(data, service):
    whole = steps(data.stream_batches(LARGE))
    received = []
    for batch in data.stream_batches(part(3, 20)):
        received.append((batch.step, step_bytes(batch)))
        if batch.step in (5, 6):
            service.kill()
            service.start()
    assert received == whole[3:23]


def test_a_stream_closed_while_the_service_is_down_ends_without_an_error(data, service):
    stream = data.stream_batches(LARGE)
    batches = iter(stream)
    next(batches)
    service.kill()
    ended = threading.Event()

    def read_on() -> int:
        count = 0
        for _ in batches:
            count += 1
        ended.set()
        return count

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read_on)
        assert not ended.wait(1)
        stream.close()
        assert reading.result(TIMEOUT_S) < 24
