"""What SQLite's failures mean for whoever asked: sentences instead of a fault of the service.

Leaves to `records`, `model_records` and `prediction_records` the statements that fail.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tablefit.errors import TablefitError, TooBusy, WrongState

# Failures that pass without a change of the program, and what to tell people.
_PASSING: Mapping[int, str] = {
    sqlite3.SQLITE_FULL: "The disk of the training service is full; free some space, then try again.",
    sqlite3.SQLITE_BUSY: "Another program locks the records of the training service; close it, then try again.",
    sqlite3.SQLITE_LOCKED: "Another program locks the records of the training service; close it, then try again.",
    sqlite3.SQLITE_IOERR: "The disk of the training service has failed; look at it, then try again.",
    sqlite3.SQLITE_READONLY: "The training service may not write its records; make them writable, then try again.",
    sqlite3.SQLITE_CANTOPEN: "The training service cannot open its records; make them readable, then try again.",
    sqlite3.SQLITE_NOMEM: "The training service has no memory left for its records; try again later.",
}
_DAMAGED = "The records of the training service are damaged; stop it, put a copy of them back, then start it again."
# Failures that stay.
_LASTING: Mapping[int, str] = {sqlite3.SQLITE_CORRUPT: _DAMAGED, sqlite3.SQLITE_NOTADB: _DAMAGED}


@contextmanager
def failures_told() -> Iterator[None]:
    """Raises TooBusy for a failure of the block that may pass, WrongState for damaged records; else what it raises."""
    try:
        yield
    except sqlite3.Error as error:
        meaning = _meaning(error)
        if meaning is None:
            raise
        raise meaning from error


def _meaning(error: sqlite3.Error) -> TablefitError | None:
    # The code is extended: its lowest byte says what it is a case of. Misuse of the module has none.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _PASSING:
        return TooBusy(_PASSING[code])
    return WrongState(_LASTING[code]) if code in _LASTING else None
