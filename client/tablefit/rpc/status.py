"""The one table between the exceptions of `tablefit.errors` and gRPC statuses, in both directions.

A status carries `google.rpc.ErrorInfo` (domain "tablefit", the reason below, the exception's details as metadata) and,
for InvalidInput with a field, `google.rpc.BadRequest`. Leaves raising and catching to the interceptor and the clients.
"""

import grpc
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from tablefit import errors

DOMAIN = "tablefit"

CODES: dict[type[errors.TablefitError], tuple[grpc.StatusCode, str]] = {
    errors.NotFound: (grpc.StatusCode.NOT_FOUND, "NOT_FOUND"),
    errors.AlreadyExists: (grpc.StatusCode.ALREADY_EXISTS, "ALREADY_EXISTS"),
    errors.InvalidInput: (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_INPUT"),
    errors.WrongState: (grpc.StatusCode.FAILED_PRECONDITION, "WRONG_STATE"),
    errors.OutOfOrder: (grpc.StatusCode.OUT_OF_RANGE, "OUT_OF_ORDER"),
    errors.TooBusy: (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_BUSY"),
    errors.NotAuthenticated: (grpc.StatusCode.UNAUTHENTICATED, "NOT_AUTHENTICATED"),
    errors.PermissionDenied: (grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED"),
    errors.Unavailable: (grpc.StatusCode.UNAVAILABLE, "UNAVAILABLE"),
    errors.Cancelled: (grpc.StatusCode.CANCELLED, "CANCELLED"),
    errors.Internal: (grpc.StatusCode.INTERNAL, "INTERNAL"),
}

# A status travels in trailers, of which gRPC takes 8 KiB; a longer one would arrive as RESOURCE_EXHAUSTED. The message
# is in it up to three times, once with three bytes for each byte beyond ASCII.
LIMIT_MESSAGE_BYTES = 1000
LIMIT_DETAIL_BYTES = 250

# How gRPC says that `maximum_concurrent_rpcs` is reached.
_FULL = "Concurrent RPC limit exceeded"

_CLASSES = {code: error for error, (code, _) in CODES.items()}


def to_status(error: errors.TablefitError) -> status_pb2.Status:
    """The status that tells a caller of `error`."""
    code, reason = CODES[type(error)]
    message = _cut(error.message, LIMIT_MESSAGE_BYTES)
    metadata = {name: _cut(text, LIMIT_DETAIL_BYTES) for name, text in error.details.items()}
    info = error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=metadata)
    status = status_pb2.Status(code=code_pb2.Code.Value(code.name), message=message, details=[_pack(info)])
    if isinstance(error, errors.InvalidInput) and error.field:
        violation = error_details_pb2.BadRequest.FieldViolation(field=error.field, description=message)
        status.details.append(_pack(error_details_pb2.BadRequest(field_violations=[violation])))
    return status


def from_call(call: grpc.RpcError, peer: str) -> errors.TablefitError:
    """The exception that a failed call means; `peer` names the other side, such as "data service at 127.0.0.1:7501"."""
    code = call.code()
    details, field = _details(call)
    error_class = _CLASSES.get(code, errors.Internal)
    message = call.details() or code.name
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return errors.Unavailable(f"The {peer} did not answer in time.")
    if code is grpc.StatusCode.UNAVAILABLE and not details:
        message = f"Cannot reach the {peer}: {_transport_reason(message)}. Is it running?"
    elif code is grpc.StatusCode.RESOURCE_EXHAUSTED and _FULL in message:
        message = f"The {peer} answers as many calls as it can at the moment; try again later."
    elif error_class is errors.Internal and not details:
        message = f"The {peer} answered {code.name}: {message}"
    if error_class is errors.InvalidInput:
        return errors.InvalidInput(message, field=field, details=details)
    return error_class(message, details=details)


def _cut(text: str, limit_bytes: int) -> str:
    """The text, or as much of its beginning as fits, with an ellipsis."""
    encoded = text.encode()
    if len(encoded) <= limit_bytes:
        return text
    return encoded[: limit_bytes - len("…".encode())].decode(errors="ignore") + "…"


def _pack(message: error_details_pb2.ErrorInfo | error_details_pb2.BadRequest) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed


def _details(call: grpc.RpcError) -> tuple[dict[str, str], str]:
    """ErrorInfo's metadata (with "reason") and BadRequest's first field, as far as the status carries them."""
    details: dict[str, str] = {}
    field = ""
    status = rpc_status.from_call(call)
    for packed in status.details if status else ():
        info, bad_request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if packed.Unpack(info):
            details = {**info.metadata, "reason": info.reason}
        elif packed.Unpack(bad_request) and bad_request.field_violations:
            field = bad_request.field_violations[0].field
    return details, field


def _transport_reason(message: str) -> str:
    """The end of gRPC's own text, which is what a person can use: "Connection refused" and the like."""
    lowered = message.lower()
    for known in ("connection refused", "connection reset", "socket closed", "name resolution", "timed out"):
        if known in lowered:
            return known
    return message.splitlines()[0][:200]
