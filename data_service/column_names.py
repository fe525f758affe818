"""The columns that a general table may be created with: their names, types and shapes.

A name is kept as given, in NFC, and may be anything printable that all engines take between quotes. Leaves to the store
what only one engine refuses, such as more columns than fit its rows.
"""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from tablefit.errors import InvalidInput

from data_service import names
from data_service.schema import KEY_COLUMN, Column, ColumnType

LIMIT_COLUMNS = 1000
LIMIT_DESCRIPTION_CHARACTERS = 1000
LIMIT_AXES = 8
# One value has to fit a statement.
LIMIT_TENSOR_BYTES = 16 * 1024 * 1024

_FIELD = "table.columns"
# Control characters, halves of surrogate pairs, unassigned and private ones, ends of lines and paragraphs.
_UNPRINTABLE = {"Cc", "Cs", "Cn", "Co", "Zl", "Zp"}


def check_columns(columns: Sequence[Column]) -> tuple[Column, ...]:
    """`columns` with their names in NFC when a table may be created with them; else InvalidInput."""
    if not 1 <= len(columns) <= LIMIT_COLUMNS:
        raise InvalidInput(f"expected 1 to {LIMIT_COLUMNS:,} columns, received {len(columns):,}", field=_FIELD)
    checked = tuple(_check(column, f"{_FIELD}[{place}]") for place, column in enumerate(columns))
    seen: dict[str, str] = {}
    for place, column in enumerate(checked):
        key = names.key(column.name)
        if key in seen:
            raise InvalidInput(
                f"expected each column once, whatever its case; received {seen[key]!r} and {column.name!r}",
                field=f"{_FIELD}[{place}].name",
            )
        seen[key] = column.name
    return checked


def _check(column: Column, field: str) -> Column:
    name = unicodedata.normalize("NFC", column.name)
    fault = _name_fault(name)
    if fault:
        raise InvalidInput(f"expected a column name {fault}, received {name[:80]!r}", field=f"{field}.name")
    if len(column.description) > LIMIT_DESCRIPTION_CHARACTERS or "\0" in column.description:
        raise InvalidInput(
            f"expected a description of at most {LIMIT_DESCRIPTION_CHARACTERS:,} characters without NUL",
            field=f"{field}.description",
        )
    if column.type is ColumnType.TENSOR:
        _check_tensor(column, field)
    elif column.data_type or column.shape:
        raise InvalidInput(
            f"expected data_type and shape for tensor columns only, received them for {name!r}", field=f"{field}.shape"
        )
    return replace(column, name=name, sql_type="")


def _name_fault(name: str) -> str:
    """How the name should be instead; empty when it may be used."""
    if not 1 <= len(name) <= names.LIMIT_CHARACTERS:
        return f"of 1 to {names.LIMIT_CHARACTERS} characters"
    if any(unicodedata.category(letter) in _UNPRINTABLE or ord(letter) > 0xFFFF for letter in name):
        return "of printable characters up to U+FFFF"
    if name != name.strip():
        return "that neither begins nor ends with a space"
    if names.key(name) == KEY_COLUMN.name:
        return f'other than "{KEY_COLUMN.name}", which the service adds itself'
    if names.key(name).startswith(names.RESERVED_PREFIX):
        return f'that does not begin with "{names.RESERVED_PREFIX}", which is reserved'
    return ""


def _check_tensor(column: Column, field: str) -> None:
    if not column.data_type:
        raise InvalidInput(f"expected a data_type for the tensor column {column.name!r}", field=f"{field}.data_type")
    if not 0 <= len(column.shape) <= LIMIT_AXES or min(column.shape, default=1) < 1:
        raise InvalidInput(
            f"expected a shape of up to {LIMIT_AXES} sizes of at least 1, received {list(column.shape)[:20]}",
            field=f"{field}.shape",
        )
    size_bytes = math.prod(column.shape) * np.dtype(column.data_type).itemsize
    if size_bytes > LIMIT_TENSOR_BYTES:
        raise InvalidInput(
            f"expected tensors of at most {LIMIT_TENSOR_BYTES:,} bytes, received a shape that takes {size_bytes:,}",
            field=f"{field}.shape",
        )
