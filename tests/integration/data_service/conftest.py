"""Fixtures of the data service's tests: a store on each engine, and the service as a process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data_service.schema import NewTable, Table, TableKind
from data_service.store import Store, open_store
from tests.data_program import DataService, data_services


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store in an empty database, on each of the three engines in turn."""
    opened = open_store(database_url)
    yield opened
    opened.close()


@pytest.fixture
def table(store: Store) -> Table:
    """An empty image table."""
    return store.create_table(NewTable("digits", TableKind.IMAGE, "", ""))


@pytest.fixture
def start_service(tmp_path: Path) -> Iterator[Callable[..., DataService]]:
    """Starts data services as processes, each in a directory of its own unless it is named."""
    with data_services(tmp_path) as start:
        yield start
