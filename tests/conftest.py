"""The fixtures of all tests: database servers, and an empty database on each engine."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import engines
from tests.lean import sitecustomize

# How long an example takes says more about the machine than about what is tested.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# Whoever starts the tests in the background of a script leaves Ctrl-C ignored, and the programs under test inherit it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Every Python that the tests start begins with tests/lean/sitecustomize.py.
_LEAN = str(Path(sitecustomize.__file__).parent)
_PATHS = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path not in ("", _LEAN)]
os.environ["PYTHONPATH"] = os.pathsep.join([_LEAN, *_PATHS])

# PyMySQL reads the certificates of all authorities for each connection, some 60 ms; no test's server has one of theirs.
os.environ["SSL_CERT_FILE"] = os.devnull


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: of a file that takes a minute or more, begun before all others")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files come first, so that no worker is left with one when the others have ended."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def mysql_server() -> Iterator[engines.Server]:
    """A real MySQL; started when the first test asks for it."""
    with engines.serve("mysql") as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[engines.Server]:
    """A real MariaDB; started when the first test asks for it."""
    with engines.serve("mariadb") as server:
        yield server


@pytest.fixture(params=["mysql", "mariadb"])
def database_server(request: pytest.FixtureRequest) -> engines.Server:
    """Each of the two servers in turn."""
    return request.getfixturevalue(f"{request.param}_server")


@pytest.fixture(params=["sqlite", "mysql", "mariadb"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Each of the three engines in turn."""
    return request.param


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, on each of the three engines in turn."""
    if engine_name == "sqlite":
        yield f"sqlite:///{tmp_path / 'tables.db'}"
        return
    server = request.getfixturevalue(f"{engine_name}_server")
    url = server.create_database()
    yield url
    server.drop_database(url)
