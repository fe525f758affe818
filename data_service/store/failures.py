"""What the errors of the drivers mean, on each engine.

Callers of the service get a sentence without SQL, paths or passwords; the driver's own words go to the log. Leaves to
`engine` where errors are caught.
"""

import re
import sqlite3
from enum import Enum, auto

from sqlalchemy import exc
from tablefit.errors import InvalidInput, PermissionDenied, TablefitError, TooBusy, Unavailable, WrongState


class Failure(Enum):
    """What went wrong, as far as anybody can act on it."""

    UNREACHABLE = auto()
    DATABASE_MISSING = auto()
    BUSY = auto()
    DEADLOCK = auto()
    FULL = auto()
    DENIED = auto()
    TABLE_MISSING = auto()
    CATALOGUE_MISSING = auto()
    ALTERED = auto()
    NAME_REFUSED = auto()
    COLUMNS_REFUSED = auto()
    TOO_LARGE = auto()
    OTHER = auto()


class TableMissing(Exception):
    """A table of the catalogue is not in the database under its name: it was just renamed, or somebody dropped it."""


_MYSQL = {
    Failure.UNREACHABLE: (0, 1053, 1077, 1152, 1158, 1159, 1160, 1161, 1317, 1927, 2002, 2003, 2006, 2013, 2014, 2055),
    Failure.DATABASE_MISSING: (1046, 1049),
    Failure.BUSY: (1040, 1203, 1205, 1226, 1637, 3024),
    Failure.DEADLOCK: (1213,),
    Failure.FULL: (1021, 1114),
    Failure.DENIED: (1044, 1045, 1142, 1143, 1227, 1290, 1370, 1698, 1792, 1836),
    Failure.TABLE_MISSING: (1146,),
    # Columns that are missing, or refuse what the service writes; keys, checks and triggers of others.
    Failure.ALTERED: (1048, 1054, 1062, 1136, 1264, 1265, 1292, 1364, 1366, 1406, 1451, 1452, 1467, 1644, 3819, 4025),
    # "Cannot create table", "Error on rename", "error from storage engine": the file's name is too long.
    Failure.NAME_REFUSED: (1005, 1025, 1030, 1059, 1103),
    Failure.TOO_LARGE: (1153,),
    # Two columns of one name, a column's name, too many columns, too large a row.
    Failure.COLUMNS_REFUSED: (1060, 1117, 1118, 1166),
}
_MYSQL_FAILURES = {code: failure for failure, codes in _MYSQL.items() for code in codes}

_SQLITE_FAILURES = {
    "SQLITE_BUSY": Failure.BUSY,
    "SQLITE_LOCKED": Failure.BUSY,
    "SQLITE_FULL": Failure.FULL,
    "SQLITE_READONLY": Failure.DENIED,
    "SQLITE_PERM": Failure.DENIED,
    "SQLITE_CONSTRAINT": Failure.ALTERED,
    "SQLITE_MISMATCH": Failure.ALTERED,
    "SQLITE_CANTOPEN": Failure.UNREACHABLE,
    "SQLITE_IOERR": Failure.UNREACHABLE,
}

# SQLite has no codes for these.
_SQLITE_WORDS = {
    "duplicate column name": Failure.COLUMNS_REFUSED,
    "too many columns": Failure.COLUMNS_REFUSED,
    "no such table": Failure.TABLE_MISSING,
    "no such column": Failure.ALTERED,
    "has no column named": Failure.ALTERED,
    "Could not decode to UTF-8": Failure.ALTERED,
}

# One of the service's own tables, as the drivers name a missing one.
_CATALOGUE_TABLE = re.compile(r"[. ]tablefit_(tables|uploads|upload_chunks)\b")

_PUBLIC: dict[Failure, tuple[type[TablefitError], str]] = {
    Failure.UNREACHABLE: (Unavailable, "The database cannot be reached at the moment; try again."),
    Failure.DATABASE_MISSING: (Unavailable, "The database is no longer on its server; restore it, then try again."),
    Failure.BUSY: (TooBusy, "The database is busy: it did not give a lock or a connection in time; try again later."),
    Failure.DEADLOCK: (TooBusy, "The database is busy: others kept changing the same rows; try again later."),
    Failure.FULL: (TooBusy, "The database has no space left; make room and try again."),
    Failure.DENIED: (PermissionDenied, "The database refuses this to the service's account."),
    Failure.TOO_LARGE: (
        InvalidInput,
        "The database server takes less in one statement (its max_allowed_packet); send less at a time.",
    ),
    Failure.CATALOGUE_MISSING: (
        WrongState,
        "The service's own tables were dropped by other means. Restore them, or restart the service to begin anew.",
    ),
    Failure.ALTERED: (
        WrongState,
        "The table was altered by other means: a column is missing or takes other values. Undo that.",
    ),
}


def classify(error: exc.SQLAlchemyError) -> Failure:
    """What the error of a statement or a connection means."""
    if isinstance(error, exc.TimeoutError):
        return Failure.BUSY
    if not isinstance(error, exc.DBAPIError):
        return Failure.OTHER
    if isinstance(error.orig, sqlite3.Error):
        found = _classify_sqlite(error.orig)
    else:
        found = _MYSQL_FAILURES.get(code_of(error), Failure.OTHER)
    if found is Failure.TABLE_MISSING and _CATALOGUE_TABLE.search(str(error.orig)):
        return Failure.CATALOGUE_MISSING
    return Failure.UNREACHABLE if found is Failure.OTHER and error.connection_invalidated else found


def code_of(error: exc.DBAPIError) -> int:
    """MySQL's number of the error; -1 when it has none."""
    arguments = error.orig.args if error.orig else ()
    return arguments[0] if arguments and isinstance(arguments[0], int) else -1


def public_error(failure: Failure) -> TablefitError | None:
    """What the caller of the service is told; None when only the log can help."""
    if failure not in _PUBLIC:
        return None
    error_class, message = _PUBLIC[failure]
    return error_class(message)


def driver_words(error: exc.SQLAlchemyError, password: str) -> str:
    """The driver's own message on one line, without the password."""
    words = str(error.orig) if isinstance(error, exc.DBAPIError) else str(error)
    return re.sub(r"\s+", " ", words.replace(password, "***") if password else words)


def _classify_sqlite(error: sqlite3.Error) -> Failure:
    for words, failure in _SQLITE_WORDS.items():
        if words in str(error):
            return failure
    name = getattr(error, "sqlite_errorname", "")
    # Extended names such as SQLITE_IOERR_WRITE begin with the plain one.
    return next((failure for known, failure in _SQLITE_FAILURES.items() if name.startswith(known)), Failure.OTHER)
