"""One consistent read of all rows of a table, view or query: what a snapshot is made of.

Nothing waits on a network behind the cursor: whoever takes the batches writes them to files. Leaves the ways of reading
to `packed_reading` and `sqlite_reading`, and what there is to read to `source`.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing

import numpy as np
from sqlalchemy import exc
from tablefit.errors import Unavailable, WrongState

from data_service.columns import RowBatch
from data_service.schema import Column
from data_service.store.engine import Database
from data_service.store.failures import code_of
from data_service.store.packed_reading import read_packed
from data_service.store.source import Source, refuse_value
from data_service.store.sqlite_reading import read_sqlite

# "Table definition has changed": since the transaction began.
_CHANGED = 1412
# A row is larger than max_allowed_packet.
_TOO_LARGE = 1153
# A statement took longer than its session allows: MySQL, MariaDB.
_TOO_LONG = (3024, 1969)


def read_source(
    database: Database, source: Source, columns: Sequence[Column], check: Callable[[], None]
) -> Generator[RowBatch]:
    """All rows in one state of the database, in order of the key or as they come; `check` is called often, may raise.

    Raises WrongState for a value that no batch can hold, naming it, and Unavailable when the connection is lost: the
    caller begins again.
    """
    with database.pinned() as connection:
        read = read_sqlite if database.is_sqlite else read_packed
        batches = read(connection, source, columns)
        try:
            for batch in batches:
                check()
                yield batch
        except database.driver_error as error:
            if explained := _explained(error, source):
                raise explained from error
            raise


def without_nulls(batches: Generator[RowBatch], source: Source, columns: Sequence[Column]) -> Generator[RowBatch]:
    """The same rows; WrongState, naming the row, for a NULL where the service itself would have stored none."""
    required = [column.name for column in columns if not column.nullable]
    # Closed at once when a row is refused: an error that somebody keeps would keep the connection, too.
    with closing(batches):
        for batch in batches:
            for name in required:
                is_null = batch.columns[name].is_null
                if is_null is not None and is_null.any():
                    row_id = int(batch.ids[int(np.argmax(is_null))])
                    raise refuse_value(source, row_id, name, "NULL, written by other means")
            yield batch


def is_too_long(error: Exception) -> bool:
    """Whether a statement was ended because of its time limit; `error` is the driver's, or SQLAlchemy's around it."""
    own = error.orig if isinstance(error, exc.DBAPIError) else error
    return code_of(exc.DBAPIError("", {}, own)) in _TOO_LONG or (  # type: ignore[arg-type]
        getattr(own, "sqlite_errorname", "") == "SQLITE_INTERRUPT"
    )


def _explained(error: Exception, source: Source) -> Exception | None:
    code = code_of(exc.DBAPIError("", {}, error))
    if is_too_long(error):
        return WrongState(
            f"Reading {source.name!r} took longer than {source.limit_s:g} seconds. Make its query simpler, or start "
            "the service with a larger --query-limit."
        )
    if code == _TOO_LARGE:
        return WrongState(
            f"{source.name!r} has a row larger than the server's max_allowed_packet. Raise that, or leave the column "
            "out by a query."
        )
    if code == _CHANGED:
        return Unavailable(f"{source.name!r} was altered by other means while its reading began; try again.")
    return None
