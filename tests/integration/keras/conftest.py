"""A data service for the tests that train."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.data_program import DataService
from tests.integration.keras.shades import store_shades


@pytest.fixture(scope="module")
def service_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the data service keeps its files."""
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="module")
def data_service(service_directory: Path) -> Iterator[DataService]:
    """A data service on SQLite, in a process of its own, with the table "shades" of 27 rows."""
    service = DataService(service_directory)
    store_shades(service.address, "shades", service_directory / "shades")
    yield service
    service.kill()
