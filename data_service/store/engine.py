"""Connections and transactions on either engine: each call borrows a connection for its own duration only.

    sqlite:///FILE                                   one service owns the file
    mysql+pymysql://USER:PASSWORD@HOST:PORT/DATABASE   MySQL 8 or later, MariaDB 10.6 or later; may be shared

Turns the drivers' errors into those of `tablefit.errors`. Leaves the statements to its neighbours and opening to
`opening`.
"""

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TypeVar

import sqlalchemy as sql
from sqlalchemy import exc
from tablefit.errors import TooBusy

from data_service.store.failures import Failure, TableMissing, classify, driver_words, public_error

_log = logging.getLogger(__name__)

Result = TypeVar("Result")
Work = Callable[[sql.Connection], Result]

# Marks connections whose transactions take SQLite's write lock at their beginning.
WRITES = "tablefit_writes"

_DEADLOCK_TRIES = 5
_PIN = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
_LIMIT_DEFINITION_WAIT_S = 30
# How long a claim may be held without a word, and how long one of a dead service may live on.
_CLAIM_S = 7 * 24 * 3600
_DEAD_CLAIM_S = 1


class Database:
    """An open database. `password` is known only to keep it out of messages."""

    def __init__(
        self, engine: sql.Engine, password: str, release: Callable[[], None], pinning: sql.Engine | None = None
    ) -> None:
        self._engine = engine
        self._pinning = pinning or engine
        self._password = password
        self._release = release
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.name = engine.url.database or ""
        # What the driver raises on a connection of `pinned`.
        self.driver_error: type[Exception] = engine.dialect.loaded_dbapi.Error
        # SQLite lets one connection write; waiting here is fair, and its own waiting is not.
        self._writing = threading.Lock() if self.is_sqlite else nullcontext()

    def read(self, work: Work[Result]) -> Result:
        """Runs `work` in a transaction that changes nothing."""
        with self._translated(), self._engine.connect() as connection:
            return work(connection)

    @contextmanager
    def pinned(self) -> Iterator[sql.Connection]:
        """A connection that sees the database as it is now for the time of the block, and changes nothing.

        It is of no pool, for as long as a whole table takes, and closed at the end in whatever state it is: its driver
        would read what was not wanted any more.
        """
        with self._translated(), self._pinning.connect() as connection:
            try:
                # SQLite's transaction begins with the first look at the file.
                connection.exec_driver_sql("SELECT count(*) FROM sqlite_master" if self.is_sqlite else _PIN)
                yield connection
            except self.driver_error as error:
                raise exc.DBAPIError(None, None, error) from error
            finally:
                connection.invalidate()

    def write(self, work: Work[Result]) -> Result:
        """Runs `work` in a transaction and commits it; `work` may run more than once, each time from the beginning."""
        with self._translated():
            for _ in range(_DEADLOCK_TRIES - 1):
                try:
                    return self._write_once(work)
                except exc.OperationalError as error:
                    if classify(error) is not Failure.DEADLOCK:
                        raise
            return self._write_once(work)

    def define(self, work: Work[Result], mend: Callable[[sql.Connection, bool], None]) -> Result:
        """Runs `work`, which creates, renames or drops tables, while nobody else does, in any service.

        On MySQL each such statement commits what came before it. So `work` leaves a trace in the catalogue first, and
        `mend` finishes or takes back what a trace tells of: it runs before `work`, with False, and with True when that
        failed.
        """
        with self._translated(), self._writing, self._engine.connect() as connection:
            connection.execution_options(**{WRITES: True})
            with self._only_definer(connection):
                _in_transaction(connection, lambda c: mend(c, False))
                try:
                    return _in_transaction(connection, work)
                except Exception:
                    if not connection.invalidated:
                        _in_transaction(connection, lambda c: mend(c, True))
                    raise

    @contextmanager
    def claimed(self, token: str) -> Iterator[None]:
        """Shows other services, for the time of the block, that what bears this token is in use; see `is_claimed`.

        MySQL frees the claim when the connection ends, however it ends. A SQLite file has no other services.
        """
        if self.is_sqlite:
            yield
            return
        with self._translated(), self._engine.connect() as connection:
            connection.detach()
            connection.exec_driver_sql(f"SET SESSION wait_timeout = {_CLAIM_S}")
            if connection.scalar(sql.select(sql.func.get_lock(token, 0))) != 1:
                raise TooBusy("Somebody else claims the same; try again.")
            connection.commit()
            yield

    def close(self) -> None:
        """Closes all connections and gives a SQLite file free."""
        self._engine.dispose()
        self._release()

    def _write_once(self, work: Work[Result]) -> Result:
        with self._writing, self._engine.connect() as connection:
            connection.execution_options(**{WRITES: True})
            return _in_transaction(connection, work)

    @contextmanager
    def _only_definer(self, connection: sql.Connection) -> Iterator[None]:
        """Holds MySQL's named lock for this database. The server frees it when the connection ends, however it ends."""
        if self.is_sqlite:
            yield
            return
        # Closed at the end, not given back: that frees the lock under all circumstances.
        connection.detach()
        connection.exec_driver_sql("SET SESSION wait_timeout = 300")
        lock = sql.select(sql.func.get_lock(_lock_name(self._engine.url), _LIMIT_DEFINITION_WAIT_S))
        if connection.scalar(lock) != 1:
            raise TooBusy("Somebody else is creating, renaming or deleting tables of this database; try again later.")
        connection.commit()
        yield

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except exc.SQLAlchemyError as error:
            failure = classify(error)
            if failure is Failure.TABLE_MISSING:
                raise TableMissing from error
            public = public_error(failure)
            if public is None:
                raise
            _log.warning("database: %s", driver_words(error, self._password))
            raise public from error


def is_claimed(connection: sql.Connection, token: str) -> bool:
    """Whether a living service uses what bears the token; one that just died is given a moment to be found dead."""
    if connection.dialect.name == "sqlite":
        return False
    if connection.scalar(sql.select(sql.func.get_lock(token, _DEAD_CLAIM_S))) != 1:
        return True
    connection.execute(sql.select(sql.func.release_lock(token)))
    return False


def _in_transaction(connection: sql.Connection, work: Work[Result]) -> Result:
    with connection.begin():
        return work(connection)


def _lock_name(url: sql.URL) -> str:
    """At most 64 characters, which is MySQL's limit, and different for each database of a server."""
    return f"tablefit {hashlib.sha256((url.database or '').encode()).hexdigest()[:32]}"
