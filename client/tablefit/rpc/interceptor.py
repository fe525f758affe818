"""Turns exceptions into statuses, for every rpc of both services, in one place.

Errors of `tablefit.errors` keep their sentence; anything else becomes INTERNAL with a log id, and its traceback goes
to the log only. Errors raised inside a server-streaming generator are caught too: the generator is driven
inside the `try`. Bytes that are no message of the rpc are the caller's error: INVALID_ARGUMENT, where gRPC itself says
INTERNAL and logs a traceback.
"""

import logging
import uuid
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import DecodeError
from grpc_status import rpc_status

from tablefit import errors
from tablefit.rpc import status

_log = logging.getLogger(__name__)

# Generic for type checkers only.
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class ErrorInterceptor(grpc.ServerInterceptor):
    """Wraps each handler so that it ends with a status of `tablefit.rpc.status`."""

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], "Handler | None"],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "Handler | None":
        """The handler of the call with its errors translated."""
        handler = continuation(handler_call_details)
        if handler is None:
            return None
        method = handler_call_details.method
        make, inner, wrap = _form(handler)
        accept = _accept_each if handler.request_streaming else _accept
        serialize = _or_bytes(handler.response_serializer)
        return make(wrap(inner, accept, method), _lenient(handler.request_deserializer), serialize)


def _form(handler: Handler) -> tuple[Callable[..., Handler], Callable[..., Any], Callable[..., Any]]:
    """How to make a handler of the same form, its function, and what wraps that."""
    forms: dict[tuple[bool, bool], tuple[Any, Any, Any]] = {
        (False, False): (grpc.unary_unary_rpc_method_handler, handler.unary_unary, _unary),
        (False, True): (grpc.unary_stream_rpc_method_handler, handler.unary_stream, _stream),
        (True, False): (grpc.stream_unary_rpc_method_handler, handler.stream_unary, _unary),
        (True, True): (grpc.stream_stream_rpc_method_handler, handler.stream_stream, _stream),
    }
    return forms[handler.request_streaming, handler.response_streaming]


def _unary(inner: Callable[..., Any], accept: Callable[[Any], Any], method: str) -> Callable[..., Any]:
    def call(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return inner(accept(request), context)
        except Exception as error:  # noqa: BLE001 - the last place where an error can be named to the caller
            _end(error, method, context)

    return call


def _stream(
    inner: Callable[..., Iterator[Any]], accept: Callable[[Any], Any], method: str
) -> Callable[..., Iterator[Any]]:
    def call(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        try:
            yield from inner(accept(request), context)
        except Exception as error:  # noqa: BLE001 - as above
            _end(error, method, context)

    return call


def _lenient(deserialize: Callable[[bytes], Any] | None) -> Callable[[bytes], Any] | None:
    """Gives `DecodeError` itself in place of a message that cannot be read."""
    if deserialize is None:
        return None

    def call(data: bytes) -> Any:
        try:
            return deserialize(data)
        except DecodeError:
            return DecodeError

    return call


def _or_bytes(serialize: Callable[[Any], bytes] | None) -> Callable[[Any], bytes] | None:
    """Takes bytes in place of a message, too: those of a message that was serialized before."""
    if serialize is None:
        return None

    def call(response: Any) -> bytes:
        return response if isinstance(response, bytes) else serialize(response)

    return call


def _accept(request: Any) -> Any:
    if request is DecodeError:
        raise errors.InvalidInput("expected a message of this rpc's contract, received other bytes")
    return request


def _accept_each(requests: Iterator[Any]) -> Iterator[Any]:
    return map(_accept, requests)


def _end(error: Exception, method: str, context: grpc.ServicerContext) -> None:
    if not isinstance(error, errors.TablefitError):
        if not context.is_active():
            _log.info("%s: the caller went away", method)
            return
        log_id = uuid.uuid4().hex[:12]
        _log.error("%s failed, log id %s", method, log_id, exc_info=error)
        error = errors.Internal(
            f"The service failed in a way it did not expect; its log says more under {log_id}.",
            details={"log_id": log_id},
        )
    code_and_trailers = rpc_status.to_status(status.to_status(error))
    context.set_trailing_metadata(code_and_trailers.trailing_metadata)
    context.abort(code_and_trailers.code, code_and_trailers.details)
