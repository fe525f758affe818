"""Fixtures of the data service's tests: a store on each engine, another SQL client, the service as a process."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sql

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
def plain_sql(database_url: str) -> Iterator[Callable[[str], list[Any]]]:
    """Runs statements as any other SQL client would."""
    engine = sql.create_engine(database_url)

    def run(statement: str) -> list[Any]:
        with engine.begin() as connection:
            result = connection.exec_driver_sql(statement)
            return list(result.all()) if result.returns_rows else []

    yield run
    engine.dispose()


@pytest.fixture
def start_service(tmp_path: Path) -> Iterator[Callable[..., DataService]]:
    """Starts data services as processes, each in a directory of its own unless it is named."""
    with data_services(tmp_path) as start:
        yield start
