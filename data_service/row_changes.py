"""Inserts, changes and deletes rows for single requests: what may be set, which rows are chosen, how many at once.

Leaves the transaction to the store, and which values a column takes to `values`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from tablefit.errors import InvalidInput

from data_service.chunks import IncomingChunk, prepare
from data_service.columns import ColumnArray, to_microseconds
from data_service.filters import Filter, check_filter
from data_service.row_pages import check_keyed
from data_service.schema import Cell, Column, ColumnType, TableKind
from data_service.store import Entry, Store, check_changeable
from data_service.tables import LIMIT_ID_CHARACTERS, check_text
from data_service.values import check_form, find_faults
from data_service.verification import RowVerifier, label_fault, sentence, text_fault

LIMIT_INSERTED_ROWS = 1000
LIMIT_CHANGED_ROWS = 100_000
LIMIT_IDS = 10_000

# What callers may set of an image table; the rest follows from the image.
_IMAGE_COLUMNS = ("label", "image", "source_name")
_NUMBERS: Mapping[ColumnType, tuple[type, Any]] = {
    ColumnType.INTEGER: (int, np.int64),
    ColumnType.BOOLEAN: (bool, np.bool_),
}


@dataclass(frozen=True)
class Selection:
    """Which rows: those with these ids, or those that fulfil the filter; exactly one is given."""

    ids: Sequence[int] | None = None
    filter: Filter | None = None


def insert(store: Store, entry: Entry, rows: IncomingChunk, request_id: str, verifier: RowVerifier) -> list[int]:
    """Stores all rows or none, and returns their ids; with a `request_id` a repeated call returns the same ones."""
    check_changeable(entry)
    check_text(request_id, LIMIT_ID_CHARACTERS, "request_id")
    if rows.row_count > LIMIT_INSERTED_ROWS:
        raise InvalidInput(
            f"expected at most {LIMIT_INSERTED_ROWS:,} rows, received {rows.row_count:,}; ingest more of them instead",
            field="rows.row_count",
        )
    if not rows.source_names:
        rows = IncomingChunk(0, rows.row_count, [""] * max(rows.row_count, 0), rows.columns)
    chunk = prepare(rows, entry, verifier)
    if chunk.rejections:
        first = chunk.rejections[0]
        raise InvalidInput(f"expected rows that can be stored; row {first.index} cannot: {first.reason}", field="rows")
    return store.insert_rows(entry.table_id, request_id, chunk)


def update(
    store: Store,
    entry: Entry,
    selection: Selection,
    values: Mapping[str, Cell],
    validate_only: bool,
    verifier: RowVerifier,
) -> int:
    """Gives the chosen rows new values; how many they are. Only counts them under `validate_only`."""
    check_changeable(entry)
    where = _where(entry, selection)
    checked = _check_values(entry, values, verifier)
    if validate_only:
        return store.count_rows(entry.table_id, where)
    return store.update_rows(entry.table_id, where, checked, LIMIT_CHANGED_ROWS)


def delete(store: Store, entry: Entry, selection: Selection, validate_only: bool) -> int:
    """Deletes the chosen rows; how many they are. Only counts them under `validate_only`."""
    check_changeable(entry)
    where = _where(entry, selection)
    if validate_only:
        return store.count_rows(entry.table_id, where)
    return store.delete_rows(entry.table_id, where, LIMIT_CHANGED_ROWS)


def _where(entry: Entry, selection: Selection) -> Filter | Sequence[int]:
    check_keyed(entry)
    if selection.filter is not None:
        return check_filter(selection.filter, entry.columns)
    if selection.ids is None:
        raise InvalidInput(
            "expected the ids of rows or a filter that chooses them, received neither", field="selection"
        )
    ids = list(dict.fromkeys(selection.ids))
    if not 1 <= len(ids) <= LIMIT_IDS:
        raise InvalidInput(f"expected 1 to {LIMIT_IDS:,} ids, received {len(ids):,}", field="ids")
    return ids


def _check_values(entry: Entry, values: Mapping[str, Cell], verifier: RowVerifier) -> dict[str, Cell]:
    """The values as they are stored, with those that follow from an image; else InvalidInput."""
    is_image_table = entry.kind is TableKind.IMAGE
    settable = {
        column.name: column
        for column in entry.columns
        if (column.name in _IMAGE_COLUMNS if is_image_table else column.name != entry.key_column)
    }
    if not values:
        raise InvalidInput("expected at least one value to set, received none", field="values")
    unknown = next((name for name in values if name not in settable), None)
    if unknown is not None:
        raise InvalidInput(
            f"expected columns out of {', '.join(settable)[:300]}; {unknown[:80]!r} cannot be set", field="values"
        )
    checked = {name: _check_cell(settable[name], value, verifier) for name, value in values.items()}
    if reason := verifier.store.refuse_bytes(sum(map(_byte_count, checked.values())), "request"):
        raise InvalidInput(sentence(reason), field="values")
    return _complete_image(checked, verifier) if is_image_table else checked


def _check_cell(column: Column, value: Cell, verifier: RowVerifier) -> Cell:
    if value is None:
        if not column.nullable:
            raise InvalidInput(f"The column {column.name!r} is declared not to hold NULL.", field="values")
        return None
    array = check_form(column, _one(column, value), "values")
    for _, reason in find_faults(column, array, verifier):
        raise InvalidInput(sentence(reason), field="values")
    return float(array.values[0]) if column.type is ColumnType.FLOAT else value


def _byte_count(value: Cell) -> int:
    return len(value.encode()) if isinstance(value, str) else len(value) if isinstance(value, bytes) else 0


def _one(column: Column, value: Cell) -> ColumnArray:
    """The value as a column of one row; the form of one of another type never fits the column."""
    if isinstance(value, str):
        return ColumnArray([value])
    if column.type is ColumnType.TIMESTAMP and isinstance(value, datetime):
        return ColumnArray(np.array([to_microseconds(value)], np.int64))
    if column.type is ColumnType.FLOAT and isinstance(value, int | float) and not isinstance(value, bool):
        return ColumnArray(np.array([value], np.float64))
    if column.type is ColumnType.TENSOR and isinstance(value, bytes):
        return _tensor(column, value)
    kind, dtype = _NUMBERS.get(column.type, (bytes, None))
    if type(value) is not kind:
        raise InvalidInput(
            f"expected a value of type {column.type.value} for the column {column.name!r}, received another",
            field="values",
        )
    return ColumnArray([value] if isinstance(value, bytes) else np.array([value], dtype))


def _tensor(column: Column, value: bytes) -> ColumnArray:
    dtype = np.dtype(column.data_type)
    expected = int(np.prod(column.shape, dtype=np.int64)) * dtype.itemsize
    if len(value) != expected:
        raise InvalidInput(
            f"expected {expected:,} bytes for the tensor column {column.name!r}, received {len(value):,}",
            field="values",
        )
    return ColumnArray(np.frombuffer(value, dtype).reshape((1, *column.shape)))


def _complete_image(values: Mapping[str, Cell], verifier: RowVerifier) -> dict[str, Cell]:
    """The values with what decoding tells of a new image."""
    reason = label_fault(str(values["label"])) if "label" in values else ""
    reason = reason or text_fault(str(values.get("source_name", "")), "source name")
    if reason:
        raise InvalidInput(sentence(reason), field="values")
    image = values.get("image")
    if not isinstance(image, bytes):
        return dict(values)
    facts = verifier.inspect(image)
    return {**values, **vars(facts), "sha256": hashlib.sha256(image).hexdigest()}
