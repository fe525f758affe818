"""Opens a database from its URL, or says in one sentence why it cannot be opened.

Decides what every connection is set to. A MySQL that is not up yet is waited for; whatever waiting cannot mend is
refused at once. Leaves transactions to `engine`.
"""

import fcntl
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from sqlalchemy import event, exc
from sqlalchemy.pool import NullPool
from tablefit.errors import InvalidInput, TablefitError, Unavailable, WrongState

from data_service.store.content import add_functions
from data_service.store.engine import WRITES, Database
from data_service.store.failures import Failure, classify, code_of, driver_words
from data_service.store.row_table import ORDERED_BYTES

_log = logging.getLogger(__name__)

EXPECTED_URL = "expected a database URL sqlite:///FILE or mysql+pymysql://USER:PASSWORD@HOST:PORT/DATABASE"
DRIVERS = ("sqlite", "mysql", "mysql+pymysql", "mariadb", "mariadb+pymysql")

# Names the execution option with the bytes that MySQL's driver sends instead of a statement's text.
STATEMENT = "tablefit_statement"

_PAUSE_S = 1.0
_SQLITE_BUSY_TIMEOUT_MS = 30_000
# Longer than the server lets a statement wait for a lock, so that its answer arrives.
_SOCKET_TIMEOUT_S = 120
# A query may compute for long before its first row; its own limit is another one.
_PINNED_TIMEOUT_S = 24 * 3600
_MYSQL_SESSION = (
    # An id of 0, which only other clients give, is copied as it is.
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO', time_zone = '+00:00', "
    "lock_wait_timeout = 10, innodb_lock_wait_timeout = 30, "
    # MariaDB sorts by so many bytes of a text, with a few for its length, and takes what has them in common for equal.
    f"max_sort_length = {ORDERED_BYTES + 100}"
)
_UNKNOWN_DATABASE = 1049


def open_database(url_text: str, password: str = "", wait_s: float = 0.0) -> Database:
    """An open database that answers. `password` counts where the URL has none; `wait_s` bounds the wait for MySQL.

    Raises InvalidInput, WrongState, PermissionDenied or Unavailable with a sentence that holds no password.
    """
    url = parse_url(url_text)
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url)
    return _open_mysql(url, url.password or password, wait_s)


def parse_url(text: str) -> sql.URL:
    """The URL, when it is one that this service can open; else InvalidInput."""
    try:
        url = sql.make_url(text)
    except (exc.ArgumentError, ValueError):
        # The parser's own message repeats the URL, and with it the password.
        raise InvalidInput(f"{EXPECTED_URL}, received something else", field="database_url") from None
    if url.drivername not in DRIVERS:
        raise InvalidInput(f"{EXPECTED_URL}, received one for {url.drivername!r}", field="database_url")
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:" or url.query:
            raise InvalidInput(f"{EXPECTED_URL}, received a SQLite URL without a plain file", field="database_url")
    elif not (url.host or "unix_socket" in url.query) or not url.database:
        raise InvalidInput(f"{EXPECTED_URL}, received one without host or database", field="database_url")
    elif {"password", "passwd"} & url.query.keys():
        raise InvalidInput(f"{EXPECTED_URL}, received a password behind the question mark", field="database_url")
    return url


def show_url(url_text: str) -> str:
    """The URL for people, with *** in place of the password."""
    return parse_url(url_text).render_as_string(hide_password=True)


def _open_sqlite(url: sql.URL) -> Database:
    path = Path(os.path.realpath(str(url.database)))
    if not path.parent.is_dir():
        raise InvalidInput(f"The folder of the database file does not exist: {path.parent}", field="database_url")
    release = _lock_file(path)
    engine = sql.create_engine(
        url.set(database=str(path)), hide_parameters=True, pool_size=8, max_overflow=56, pool_timeout=30
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
    except exc.DBAPIError as error:
        release()
        raise Unavailable(f"Cannot open the database file {path}: {driver_words(error, '')}.") from None
    return Database(engine, "", release)


def _lock_file(path: Path) -> Callable[[], None]:
    """Makes this process the owner of the file until the returned function is called or the process ends."""
    try:
        lock = Path(f"{path}.lock").open("a")  # noqa: SIM115 - open for as long as the database is
    except OSError as error:
        raise Unavailable(f"Cannot write beside the database file {path}: {error.strerror}.") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise WrongState(
            f"Another data service uses the database file {path}. Only one can; for more, use a MySQL database."
        ) from None
    return lock.close


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes too late and never before a SELECT; ours is sent by _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_SQLITE_BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # A chunk that was acknowledged survives a power cut.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()
    add_functions(connection)


def _begin_sqlite(connection: sql.Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _open_mysql(url: sql.URL, password: str, wait_s: float) -> Database:
    engine = _mysql_engine(
        url,
        password,
        _MYSQL_SESSION,
        _SOCKET_TIMEOUT_S,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        pool_recycle=1800,
        pool_size=8,
        max_overflow=24,
        pool_timeout=30,
    )
    event.listen(engine, "do_execute", _send_bytes)
    pinning = _mysql_engine(
        url,
        password,
        f"{_MYSQL_SESSION}, net_write_timeout = {_PINNED_TIMEOUT_S}",
        _PINNED_TIMEOUT_S,
        isolation_level="REPEATABLE READ",
        poolclass=NullPool,
    )
    shown = url.render_as_string(hide_password=True)
    _wait_until_up(engine, shown, password, wait_s)
    return Database(engine, password, lambda: None, pinning)


def _mysql_engine(url: sql.URL, password: str, session: str, timeout_s: int, **options: Any) -> sql.Engine:
    return sql.create_engine(
        url.set(drivername="mysql+pymysql", password=None).difference_update_query(("charset",)),
        hide_parameters=True,
        connect_args={
            # The driver would send text as Latin-1.
            "password": password.encode(),
            "charset": "utf8mb4",
            "init_command": session,
            "connect_timeout": 10,
            "read_timeout": timeout_s,
            "write_timeout": timeout_s,
        },
        **options,
    )


def _send_bytes(cursor: Any, _statement: str, _parameters: object, context: Any) -> bool:
    """Sends the bytes that a statement was built as; SQLAlchemy takes only text, to be encoded again."""
    built = context.execution_options.get(STATEMENT) if context else None
    if built is None:
        return False
    cursor.execute(built)
    return True


def _wait_until_up(engine: sql.Engine, shown: str, password: str, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    announced = False
    while True:
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
        except exc.DBAPIError as error:
            if classify(error) is not Failure.UNREACHABLE or time.monotonic() >= deadline:
                raise _refusal(error, shown, password) from None
            if not announced:
                _log.info("waiting up to %.0f s for %s: %s", wait_s, shown, driver_words(error, password))
                announced = True
            time.sleep(_PAUSE_S)
        else:
            return


def _refusal(error: exc.DBAPIError, shown: str, password: str) -> TablefitError:
    """One sentence that says what to change."""
    words = driver_words(error, password)
    if code_of(error) == _UNKNOWN_DATABASE:
        return InvalidInput(f"The database of {shown} does not exist on its server; create it first ({words}).")
    if classify(error) is Failure.DENIED:
        return InvalidInput(f"The server of {shown} refuses the login; check user and password ({words}).")
    return Unavailable(f"Cannot reach the database {shown}: {words}")
