"""Errors as statuses: the table is complete, and an error survives the way through a real server and back."""

from collections.abc import Iterator
from concurrent import futures

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from tablefit import errors
from tablefit.rpc import status
from tablefit.rpc.calls import translated
from tablefit.rpc.interceptor import ErrorInterceptor

RAISED = {
    "NotFound": errors.NotFound("Table 'a' does not exist.", details={"table": "a"}),
    "InvalidInput": errors.InvalidInput("expected 1 to 3, received 4", field="batch_size"),
    "WrongState": errors.WrongState("Table 'ä' is read by job 7.", details={"readers": "job 7"}),
    "Fault": ZeroDivisionError("secret path /etc/shadow"),
    "Long": errors.InvalidInput("😀" * 5_000, field="name", details={"table": "表" * 5_000, "other": "b" * 5_000}),
}


def subclasses(error_class: type[errors.TablefitError]) -> set[type[errors.TablefitError]]:
    direct = set(error_class.__subclasses__())
    return direct.union(*(subclasses(each) for each in direct))


def test_every_error_has_a_code_and_a_reason_of_its_own():
    assert set(status.CODES) == subclasses(errors.TablefitError)
    assert len({code for code, _ in status.CODES.values()}) == len(status.CODES)
    assert len({reason for _, reason in status.CODES.values()}) == len(status.CODES)


@pytest.fixture(scope="module")
def channel() -> Iterator[grpc.Channel]:
    """A server whose methods raise what their request names, the streaming one after its first message."""

    def unary(request: bytes, context: grpc.ServicerContext) -> bytes:
        raise RAISED[request.decode()]

    def each(requests: Iterator[ErrorInfo], context: grpc.ServicerContext) -> Iterator[bytes]:
        for request in requests:
            yield request.reason.encode()

    def stream(request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        yield b"first"
        raise RAISED[request.decode()]

    handlers = {
        "Unary": grpc.unary_unary_rpc_method_handler(unary),
        "Stream": grpc.unary_stream_rpc_method_handler(stream),
        "Parsed": grpc.unary_unary_rpc_method_handler(lambda request, context: b"", ErrorInfo.FromString),
        "EachParsed": grpc.stream_stream_rpc_method_handler(each, ErrorInfo.FromString),
    }
    server = grpc.server(futures.ThreadPoolExecutor(2), interceptors=[ErrorInterceptor()])
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("test.Raising", handlers)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as open_channel:
        yield open_channel
    server.stop(None).wait()


def call(channel: grpc.Channel, method: str, name: str) -> None:
    with translated("test service"):
        if method == "Unary":
            channel.unary_unary("/test.Raising/Unary")(name.encode(), timeout=10)
        else:
            messages = channel.unary_stream("/test.Raising/Stream")(name.encode(), timeout=10)
            assert next(messages) == b"first"
            next(messages)


@pytest.mark.parametrize("method", ["Unary", "Stream"])
def test_an_error_arrives_with_its_class_sentence_and_details(channel, method):
    with pytest.raises(errors.WrongState) as caught:
        call(channel, method, "WrongState")
    assert caught.value.message == "Table 'ä' is read by job 7."
    assert caught.value.details == {"readers": "job 7", "reason": "WRONG_STATE"}


@pytest.mark.parametrize("method", ["Unary", "Stream"])
def test_invalid_input_arrives_with_its_field(channel, method):
    with pytest.raises(errors.InvalidInput) as caught:
        call(channel, method, "InvalidInput")
    assert (caught.value.message, caught.value.field) == ("expected 1 to 3, received 4", "batch_size")


@pytest.mark.parametrize("method", ["Unary", "Stream"])
def test_a_sentence_too_long_for_a_status_arrives_cut(channel, method):
    with pytest.raises(errors.InvalidInput) as caught:
        call(channel, method, "Long")
    assert caught.value.message == "😀" * 249 + "…"
    assert caught.value.details == {"table": "表" * 82 + "…", "other": "b" * 247 + "…", "reason": "INVALID_INPUT"}
    assert caught.value.field == "name"


@pytest.mark.parametrize("method", ["Unary", "Stream"])
def test_a_fault_tells_a_log_id_and_nothing_else(channel, method, caplog):
    with pytest.raises(errors.Internal) as caught:
        call(channel, method, "Fault")
    log_id = caught.value.details["log_id"]
    assert log_id in caught.value.message
    assert "shadow" not in caught.value.message
    record = next(record for record in caplog.records if log_id in record.getMessage())
    assert record.exc_info is not None
    assert "shadow" in str(record.exc_info[1])


def test_bytes_that_are_no_message_are_the_callers_error(channel, caplog):
    with pytest.raises(errors.InvalidInput, match="expected a message"), translated("test service"):
        channel.unary_unary("/test.Raising/Parsed")(b"\xff\xff", timeout=10)
    answers = channel.stream_stream("/test.Raising/EachParsed")(
        iter([ErrorInfo(reason="a").SerializeToString(), b"\xff\xff"]), timeout=10
    )
    with pytest.raises(errors.InvalidInput, match="expected a message"), translated("test service"):
        assert list(answers) == [b"a"]
    assert caplog.records == []


def test_a_service_that_is_not_there_is_named_with_its_address():
    with (
        grpc.insecure_channel("127.0.0.1:1") as nowhere,
        pytest.raises(errors.Unavailable, match=r"Cannot reach the test service: connection refused\. Is it running\?"),
        translated("test service"),
    ):
        nowhere.unary_unary("/test.Raising/Unary")(b"", timeout=10)
