"""The pinned index: what it holds, and which changes below the pin are found when it is opened again."""

import hashlib
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from data_service.index import Index, Indexes, TablePin
from tablefit.errors import Cancelled, WrongState

from data_service import index as index_module
from data_service.schema import Table
from data_service.store import Store
from tests.image_files import png
from tests.stored_rows import append, create_table, execute, open_sqlite

LABELS = ["cat", "Dog", "café", "cat", "Cat", "𝄞", "Dog"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_sqlite(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def table(store: Store) -> Table:
    made = create_table(store)
    append(store, made, [(label, png(seed)) for seed, label in enumerate(LABELS)])
    return made


def forever() -> None:
    """A caller that stays."""


def open_index(store: Store, folder: Path, table: Table, pin: TablePin | None = None) -> Index:
    return Indexes(store, folder).open(table, pin, forever)


def test_an_index_holds_ids_classes_and_digests_in_order_of_id(store: Store, tmp_path: Path, table: Table) -> None:
    index = open_index(store, tmp_path, table)
    assert index.class_names == ("Cat", "Dog", "café", "cat", "𝄞")
    assert index.class_row_counts == (1, 2, 1, 2, 1)
    assert index.ids.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert index.codes.tolist() == [3, 1, 2, 3, 0, 4, 1]
    expected = [hashlib.sha256(png(seed)).digest() for seed in range(7)]
    assert [row.tobytes() for row in index.digests] == expected
    assert (index.sizes, index.channels) == (((6, 5),), (1,))
    assert (index.ids.dtype, index.codes.dtype, index.digests.shape) == (np.int64, np.int32, (7, 32))


def test_a_pin_is_the_digest_that_the_contract_describes(store: Store, tmp_path: Path, table: Table) -> None:
    expected = hashlib.sha256(b"tablefit pin 1\n")
    for seed, label in enumerate(LABELS):
        name = label.encode()
        expected.update(struct.pack("<qI", seed + 1, len(name)) + name + hashlib.sha256(png(seed)).digest())
    assert open_index(store, tmp_path, table).pin == TablePin(7, 7, expected.hexdigest())


def test_pages_make_no_difference(store: Store, tmp_path: Path, table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = open_index(store, tmp_path, table)
    for rows in (1, 2, 7, 8):
        monkeypatch.setattr(index_module, "SCAN_ROWS", rows)
        paged = open_index(store, tmp_path, table)
        assert (paged.pin, paged.class_names, paged.codes.tolist()) == (
            whole.pin,
            whole.class_names,
            whole.codes.tolist(),
        )


def test_different_sizes_and_modes_are_told(store: Store, tmp_path: Path) -> None:
    table = create_table(store)
    sizes = [(4, 4), (6, 5), (4, 4), (1, 2), (2, 1), (3, 3)]
    append(store, table, [("a", png(seed, size, "RGB" if seed else "L")) for seed, size in enumerate(sizes)])
    index = open_index(store, tmp_path, table)
    assert index.sizes == ((4, 4), (6, 5), (1, 2), (2, 1))
    assert index.channels == (1, 3)


def test_an_empty_table_has_no_index(store: Store, tmp_path: Path) -> None:
    with pytest.raises(WrongState, match="Table 'digits' has no rows; ingest some first"):
        open_index(store, tmp_path, create_table(store))


def test_too_many_classes_are_refused(
    store: Store, tmp_path: Path, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "LIMIT_CLASSES", 4)
    with pytest.raises(WrongState, match="too many distinct labels to be classes: expected at most 4 of"):
        open_index(store, tmp_path, table)


def test_rows_added_later_are_not_read(store: Store, tmp_path: Path, table: Table) -> None:
    before = open_index(store, tmp_path, table)
    append(store, table, [("new", png(70)), ("cat", png(71))])
    after = open_index(store, tmp_path, table, before.pin)
    assert (before.pin, before.class_names) == (after.pin, after.class_names)
    assert after.ids.tolist() == before.ids.tolist()
    assert open_index(store, tmp_path, table).pin.row_count == 9


CHANGES = {
    "a deleted row": ("DELETE FROM digits WHERE id = 3", "was deleted", 3),
    "the last row deleted": ("DELETE FROM digits WHERE id = 7", "was deleted", 7),
    "another label": ("UPDATE digits SET label = 'Dog' WHERE id = 4", "got another label", 4),
    "a label that no row had": ("UPDATE digits SET label = 'cow' WHERE id = 4", "got another label", 4),
    "another image": (f"UPDATE digits SET sha256 = '{'0' * 64}' WHERE id = 5", "got another image", 5),
    "another id": ("UPDATE digits SET id = 0 WHERE id = 6", "was added", 0),
    "two changes": ("UPDATE digits SET label = 'cow' WHERE id IN (2, 6)", "got another label", 2),
}


@pytest.mark.parametrize("page_rows", [2, 100])
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_below_the_pin_names_the_first_row(
    store: Store, tmp_path: Path, table: Table, monkeypatch: pytest.MonkeyPatch, name: str, page_rows: int
) -> None:
    monkeypatch.setattr(index_module, "SCAN_ROWS", page_rows)
    statement, what, row_id = CHANGES[name]
    indexes = Indexes(store, tmp_path)
    pin = indexes.open(table, None, forever).pin
    execute(tmp_path, statement)
    with pytest.raises(WrongState) as refused:
        indexes.open(table, pin, forever)
    assert refused.value.message == (
        f"Row {row_id} of table 'digits' {what} after the stream's state of the table was pinned. "
        "Open a new stream without a pin to read the table as it is now."
    )
    assert refused.value.details == {"table": "digits", "row_id": str(row_id)}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_found_by_a_service_that_never_saw_the_rows(
    store: Store, tmp_path: Path, table: Table, name: str
) -> None:
    pin = open_index(store, tmp_path, table).pin
    execute(tmp_path, CHANGES[name][0])
    with pytest.raises(WrongState) as refused:
        open_index(store, tmp_path, table, pin)
    assert refused.value.message.startswith("Table 'digits' was changed after the stream's state of the table")
    assert refused.value.details == {"table": "digits"}


def test_a_row_put_into_a_gap_is_found(store: Store, tmp_path: Path, table: Table) -> None:
    execute(tmp_path, "DELETE FROM digits WHERE id = 3")
    indexes = Indexes(store, tmp_path)
    pin = indexes.open(table, None, forever).pin
    execute(
        tmp_path,
        "INSERT INTO digits SELECT 3, label, image, width, height, channels, media_type, sha256, source_name, "
        "create_time FROM digits WHERE id = 2",
    )
    with pytest.raises(WrongState, match="Row 3 of table 'digits' was added"):
        indexes.open(table, pin, forever)


def test_streams_at_one_pin_share_an_index(store: Store, tmp_path: Path, table: Table) -> None:
    indexes = Indexes(store, tmp_path)
    first = indexes.open(table, None, forever)
    assert indexes.open(table, first.pin, forever) is first
    assert indexes.open(table, None, forever) is first


def test_indexes_that_were_used_last_are_kept(
    store: Store, tmp_path: Path, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "KEPT_INDEXES", 2)
    indexes = Indexes(store, tmp_path)
    kept = [indexes.open(table, None, forever)]
    for seed in (80, 81):
        append(store, table, [("cat", png(seed))])
        kept.append(indexes.open(table, None, forever))
    assert indexes.open(table, kept[2].pin, forever) is kept[2]
    assert indexes.open(table, kept[1].pin, forever) is kept[1]
    assert indexes.open(table, kept[0].pin, forever) is not kept[0]


def test_indexes_leave_no_files_behind(store: Store, tmp_path: Path, table: Table) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    index = open_index(store, folder, table)
    assert list(folder.iterdir()) == []
    assert index.pin.row_count == 7


def test_a_caller_that_has_gone_ends_the_reading(
    store: Store, tmp_path: Path, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "SCAN_ROWS", 2)
    asked = []

    def check() -> None:
        asked.append(True)
        if len(asked) == 3:
            raise Cancelled("gone")

    with pytest.raises(Cancelled, match="gone"):
        Indexes(store, tmp_path).open(table, None, check)
    assert len(asked) == 3
