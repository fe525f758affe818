"""Fixtures of the data service's unit tests: snapshots in a folder, in blocks of a few rows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from data_service.snapshots import Snapshots, cutting
from tests.pinned_rows import GIB

BLOCK_ROWS = 4


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> int:
    """The rows of a block, few of them."""
    monkeypatch.setattr(cutting, "LIMIT_ROWS", BLOCK_ROWS)
    return BLOCK_ROWS


@pytest.fixture
def pins(tmp_path: Path) -> Iterator[Snapshots]:
    """The snapshots of an empty directory."""
    opened = Snapshots(tmp_path / "pins", GIB)
    yield opened
    opened.close()
