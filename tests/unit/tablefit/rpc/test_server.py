"""The server that both services run on: health, reflection, limits, probe."""

import threading
from collections.abc import Iterator

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from tablefit.errors import TooBusy, Unavailable
from tablefit.rpc import probe
from tablefit.rpc.calls import translated
from tablefit.rpc.server import RunningServer, start_server

SERVICE = "tablefit.v1.DataService"


class Blocking:
    """A method that answers when it is released."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.released = threading.Event()

    def add_to(self, server: grpc.Server) -> None:
        handlers = {"Wait": grpc.unary_unary_rpc_method_handler(self.wait)}
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("test.Blocking", handlers)])

    def wait(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        self.entered.release()
        assert self.released.wait(20)
        return b"done"


@pytest.fixture
def blocking() -> Blocking:
    return Blocking()


@pytest.fixture
def running(blocking) -> Iterator[RunningServer]:
    server = start_server("127.0.0.1:0", SERVICE, blocking.add_to, thread_count=2)
    yield server
    blocking.released.set()
    server.stop(0)


def test_health_is_watched_from_serving_to_not_serving(running):
    with grpc.insecure_channel(running.address) as channel:
        updates = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service=SERVICE), timeout=20)
        assert next(updates).status == health_pb2.HealthCheckResponse.SERVING
        running.health.enter_graceful_shutdown()
        assert next(updates).status == health_pb2.HealthCheckResponse.NOT_SERVING
        updates.cancel()


def test_reflection_names_the_service(running):
    with grpc.insecure_channel(running.address) as channel:
        assert SERVICE in ProtoReflectionDescriptorDatabase(channel).get_services()


def test_a_full_server_answers_that_it_is_busy_instead_of_hanging(running, blocking):
    with grpc.insecure_channel(running.address) as channel:
        wait = channel.unary_unary("/test.Blocking/Wait")
        calls = [wait.future(b"", timeout=20) for _ in range(2)]
        for _ in calls:
            assert blocking.entered.acquire(timeout=20)
        with pytest.raises(TooBusy, match="test service answers as many calls as it can"), translated("test service"):
            wait(b"", timeout=20)
        blocking.released.set()
        assert [call.result() for call in calls] == [b"done", b"done"]


def test_an_address_in_use_is_named(running):
    with pytest.raises(Unavailable, match=f"Cannot listen on {running.address}"):
        start_server(running.address, SERVICE, lambda server: None)


def test_the_probe_tells_serving_from_not_serving(running):
    assert probe.main([running.address]) == 0
    assert probe.main(["127.0.0.1:1"]) == 1
    assert probe.main([]) == 2
    assert probe.main(["nonsense"]) == 2
