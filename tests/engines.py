"""Database servers for tests: private ones in a temporary folder, or those that the environment names.

A private server listens on a free loopback port, can be killed and started again on the same data and port, and never
outlives the test session. Leaves to `engine_programs` where the programs are found, and to `leash` the dying.
"""

import fcntl
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, unquote, urlsplit

import pymysql
import pytest

from tests import engine_programs

START_TIMEOUT_S = 60
_FOLDER_PREFIX = "tablefit-engine-"

# Small and quick, but honest: every commit reaches the operating system, so killing the server loses nothing that was
# committed, and the doublewrite buffer stays on.
_OPTIONS = (
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--socket=server.sock",
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-buffer-pool-size=64M",
    "--skip-log-bin",
    "--secure-file-priv=",
)
_OWN_OPTIONS = {
    "mysql": ("--mysqlx=OFF", "--performance-schema=OFF", "--innodb-redo-log-capacity=64M"),
    "mariadb": ("--innodb-log-file-size=64M",),
}


class Server:
    """A database server: databases and accounts on it. `url` has no database."""

    def __init__(self, engine: str, host: str, port: int, user: str, password: str) -> None:
        self.engine = engine
        self.host = host
        self.port = port
        self._user = user
        self._password = password

    @classmethod
    def at(cls, engine: str, url: str) -> "Server":
        """The server that somebody else runs at `mysql+pymysql://USER:PASSWORD@HOST:PORT/`."""
        parts = urlsplit(url)
        if not parts.hostname or not parts.username:
            raise ValueError("expected mysql+pymysql://USER:PASSWORD@HOST:PORT/, received a URL without host or user")
        return cls(engine, parts.hostname, parts.port or 3306, unquote(parts.username), unquote(parts.password or ""))

    @property
    def url(self) -> str:
        """Where the server is, for SQLAlchemy."""
        return self._url(self._user, self._password)

    def connect(self, database: str | None = None) -> "pymysql.Connection[Any]":
        """A connection of the test's own, with autocommit; the caller closes it."""
        return pymysql.connect(
            host=self.host,
            port=self.port,
            user=self._user,
            # PyMySQL sends text as Latin-1; the servers keep passwords as UTF-8.
            password=self._password.encode(),
            database=database,
            charset="utf8mb4",
            autocommit=True,
        )

    def execute(self, statement: str, arguments: tuple[Any, ...] | None = None) -> list[tuple[Any, ...]]:
        """Runs one statement on a connection of its own and returns its rows."""
        with self.connect() as connection, connection.cursor() as cursor:
            # A test that left a transaction open shall fail within seconds, not hang for ever.
            cursor.execute("SET SESSION lock_wait_timeout = 20")
            cursor.execute(statement, arguments)
            return list(cursor.fetchall())

    def version(self) -> str:
        """What the server says that it is."""
        return str(self.execute("SELECT CONCAT(VERSION(), ' ', @@version_comment)")[0][0])

    def create_database(self) -> str:
        """Makes an empty database under a name of its own and returns its URL."""
        name = f"test_{secrets.token_hex(6)}"
        self.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        return self._url(self._user, self._password, name)

    def drop_database(self, url: str) -> None:
        """Removes the database of a URL from `create_database`."""
        self.execute(f"DROP DATABASE IF EXISTS {urlsplit(url).path[1:]}")

    def create_account(self, password: str, database_url: str, *, grant: str = "ALL", plugin: str | None = None) -> str:
        """Makes an account with `password` that may do `grant` in the database of `database_url`.

        Returns the database's URL under that account. `plugin` names the way of identifying, such as
        caching_sha2_password; without it the server's own default.
        """
        user, name = f"user_{secrets.token_hex(4)}", urlsplit(database_url).path[1:]
        identified = f"IDENTIFIED WITH {plugin} BY %s" if plugin else "IDENTIFIED BY %s"
        self.execute(f"CREATE USER '{user}'@'%%' {identified}", (password,))
        self.execute(f"GRANT {grant} ON {name}.* TO '{user}'@'%'")
        return self._url(user, password, name)

    def kill(self) -> None:
        """Only a private server can be killed."""
        pytest.skip(f"the {self.engine} server at {self.host}:{self.port} is not this test's to kill")

    def _url(self, user: str, password: str, database: str = "") -> str:
        login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
        return f"mysql+pymysql://{login}@{self.host}:{self.port}/{database}"


class PrivateServer(Server):
    """A server of this test session, with its data in a temporary folder."""

    def __init__(self, engine: str, programs: engine_programs.Programs, folder: Path) -> None:
        super().__init__(engine, "127.0.0.1", _free_port(), "root", "")
        self._programs = programs
        self.folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._log: list[str] = []
        self._initialize()

    def start(self) -> None:
        """Starts the server, unless it runs, on the same data and port; returns when it answers."""
        if self._process and self._process.poll() is None:
            return
        self._process = _on_a_leash(self._command())
        ready = threading.Event()
        threading.Thread(target=self._follow, args=(self._process.stderr, ready), daemon=True).start()
        if not ready.wait(START_TIMEOUT_S) or self._process.poll() is not None:
            self.kill()
            raise RuntimeError(f"{self.engine} did not start:\n" + "".join(self._log[-30:]))

    def kill(self) -> None:
        """Kills the server with SIGKILL, unless it is dead, and returns when it is."""
        if self._process and self._process.stdin:
            self._process.stdin.close()
            self._process.wait(START_TIMEOUT_S)

    def execute(self, statement: str, arguments: tuple[Any, ...] | None = None) -> list[tuple[Any, ...]]:
        """As of any server; one that a test has left dead is started first."""
        self.start()
        return super().execute(statement, arguments)

    def _initialize(self) -> None:
        command = [*self._programs.initialize, f"--datadir={self.folder / 'data'}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=START_TIMEOUT_S)
        if done.returncode:
            raise RuntimeError(f"{self.engine} could not make its data folder:\n{done.stdout}\n{done.stderr}")
        # Host names are not resolved, so the account that both engines make for "localhost" is out of reach.
        account = "'root'@'127.0.0.1'"
        lines = [f"CREATE USER IF NOT EXISTS {account};", f"GRANT ALL ON *.* TO {account} WITH GRANT OPTION;"]
        self._init_file().write_text("\n".join(lines) + "\n")

    def _command(self) -> list[str]:
        places = [f"--datadir={self.folder / 'data'}", f"--init-file={self._init_file()}", f"--port={self.port}"]
        # MariaDB begins by removing the temporary tables of whoever else has them there.
        places.append(f"--tmpdir={self.folder}")
        return [*self._programs.server, *places, *_OPTIONS, *_OWN_OPTIONS[self.engine]]

    def _init_file(self) -> Path:
        return self.folder / "accounts.sql"

    def _follow(self, stream: IO[str], ready: threading.Event) -> None:
        with stream:
            for line in stream:
                self._log.append(line)
                if "ready for connections" in line:
                    ready.set()
        ready.set()


@contextmanager
def serve(engine: str) -> Iterator[Server]:
    """A server of "mysql" or "mariadb" for the time of the block: the one in the environment, else a private one."""
    variable = {"mysql": engine_programs.MYSQL_URL_VARIABLE, "mariadb": engine_programs.MARIADB_URL_VARIABLE}[engine]
    if url := os.environ.get(variable):
        yield Server.at(engine, url)
        return
    programs = {"mysql": engine_programs.find_mysql, "mariadb": engine_programs.find_mariadb}[engine]()
    if programs is None:
        pytest.fail(f"no {engine} server here: run `make engines`, or set {variable}")
    with _folder() as folder:
        server = PrivateServer(engine, programs, folder)
        try:
            server.start()
            yield server
        finally:
            server.kill()


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for one server, locked while it is in use."""
    remove_left_folders()
    # Under its final name only once it is locked, lest another session takes it for one that was left.
    fresh = Path(tempfile.mkdtemp(prefix=f".{_FOLDER_PREFIX}"))
    with (fresh / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = fresh.rename(fresh.with_name(fresh.name[1:]))
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


def remove_left_folders() -> None:
    """Removes the folders of sessions that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER_PREFIX}*"):
        _remove_if_left(folder)


def _remove_if_left(folder: Path) -> None:
    try:
        with (folder / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        # In use by another session, another user's, or just removed by its owner.
        return


def _on_a_leash(command: list[str]) -> subprocess.Popen[str]:
    leash = str(Path(__file__).with_name("leash.py"))
    return subprocess.Popen(
        [sys.executable, leash, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # Ctrl-C is for the tests, which then end their servers in order.
        start_new_session=True,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
