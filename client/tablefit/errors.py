"""The exceptions of tablefit: one tree, raised by the library and by both services alike.

    TablefitError
     ├─ NotFound            the thing named does not exist
     ├─ AlreadyExists       the name is taken
     ├─ InvalidInput        the request can never succeed as it is
     ├─ WrongState          the request fits, the state of things does not
     ├─ OutOfOrder          a chunk, step or offset lies outside what may come next
     ├─ TooBusy             a limit is reached
     ├─ NotAuthenticated    the caller did not say who it is
     ├─ PermissionDenied    the caller may not do this
     ├─ Unavailable         the other side cannot be reached; the same call may succeed later
     ├─ Cancelled           the caller gave up the call
     └─ Internal            a fault of the service; `details["log_id"]` finds it in its log

This module knows nothing of gRPC; `tablefit.rpc.status` maps each class to a status code and back.
"""

from collections.abc import Mapping


class TablefitError(Exception):
    """An error with a sentence for people and machine-readable details.

    `message` says what is wrong and what to do. `details` maps names to short texts, such as {"table": "digits"}; they
    travel with the status, so they hold no passwords, paths of the service or SQL.
    """

    def __init__(self, message: str, *, details: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, str] = dict(details or {})


class NotFound(TablefitError):
    """The thing named does not exist."""


class AlreadyExists(TablefitError):
    """The name is taken."""


class InvalidInput(TablefitError):
    """The request can never succeed as it is. `field` names the part of the request to change, if it is one."""

    def __init__(self, message: str, *, field: str = "", details: Mapping[str, str] | None = None) -> None:
        super().__init__(message, details=details)
        self.field = field


class WrongState(TablefitError):
    """The request fits, the state of things does not."""


class OutOfOrder(TablefitError):
    """A chunk, step or offset lies outside what may come next."""


class TooBusy(TablefitError):
    """A limit is reached; try again later or with less."""


class NotAuthenticated(TablefitError):
    """The caller did not say who it is."""


class PermissionDenied(TablefitError):
    """The caller may not do this."""


class Unavailable(TablefitError):
    """The other side cannot be reached; the same call may succeed later."""


class Cancelled(TablefitError):
    """The caller gave up the call."""


class Internal(TablefitError):
    """A fault of the service; `details["log_id"]` finds it in the service's log."""
