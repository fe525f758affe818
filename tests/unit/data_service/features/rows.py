"""A table for the tests of features: its columns, its rows, and the rows cut into chunks."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from data_service.columns import ColumnArray
from data_service.features import Batch, FeatureSpec, Fitted, apply, check_features, fit
from data_service.features.spec import Transform
from data_service.features.values import (
    Booleans,
    Categories,
    Integers,
    Numbers,
    Pixels,
    Times,
    Value,
    from_column,
    to_categories,
)
from data_service.schema import Column, ColumnType

EPOCH = datetime(1970, 1, 1)
COLUMNS = [
    Column("age", ColumnType.FLOAT, True),
    Column("visits", ColumnType.INTEGER, True),
    Column("member", ColumnType.BOOLEAN, True),
    Column("city", ColumnType.CATEGORY, True),
    Column("trade", ColumnType.CATEGORY, True),
    Column("signup", ColumnType.TIMESTAMP, True),
    Column("photo", ColumnType.IMAGE, False),
]
_TYPES = {column.name: column.type for column in COLUMNS}


def numbers(*values: float | None) -> Numbers:
    return Numbers(np.array([np.nan if value is None else value for value in values], dtype=np.float64))


def column(name: str, *values: object, blank: object) -> Value:
    """The values of a column as rows come in; None is NULL."""
    is_null = np.array([value is None for value in values])
    filled = [blank if value is None else value for value in values]
    values = filled if isinstance(blank, str) else np.array(filled)
    return from_column(_TYPES[name], ColumnArray(values, is_null if is_null.any() else None))


def integers(*values: int | None) -> Value:
    return column("visits", *values, blank=0)


def booleans(*values: bool | None) -> Value:
    return column("member", *values, blank=False)


def texts(*values: str | None) -> Value:
    return column("city", *values, blank="")


def times(*values: datetime | None) -> Value:
    microseconds = [None if time is None else (time - EPOCH) // timedelta(microseconds=1) for time in values]
    return column("signup", *microseconds, blank=0)


def batch(ids: Sequence[int] | None = None, **values: Value) -> Batch:
    count = len(next(iter(values.values())).values) if ids is None else len(ids)
    return Batch(np.array(range(1, count + 1) if ids is None else ids, dtype=np.int64), values)


def one(transform: Transform, *inputs: str, output: str = "new") -> FeatureSpec:
    return FeatureSpec(output, inputs, transform)


def fitted(rows: Batch, *features: FeatureSpec) -> Fitted:
    """The features, fitted to these rows."""
    return fit(check_features(features, COLUMNS), lambda: [rows])


def applied(transform: Transform, value: Value, name: str = "age") -> list[object]:
    """A feature of one column, fitted to its values and applied to them."""
    count = len(value.codes if isinstance(value, Categories) else value.values)
    rows = Batch(np.arange(1, count + 1), {name: value})
    return apply(fitted(rows, one(transform, name)), rows)["new"].tolist()


def cut(rows: Batch, sizes: Iterable[int]) -> Callable[[], Iterator[Batch]]:
    """The rows in chunks of these sizes, the last one as large as it takes."""
    ends = [0, *np.cumsum(list(sizes)).tolist(), len(rows.ids)]

    def chunks() -> Iterator[Batch]:
        for start, end in pairwise(ends):
            if start < len(rows.ids):
                part = slice(start, min(end, len(rows.ids)))
                yield Batch(rows.ids[part], {name: _part(value, part) for name, value in rows.values.items()})

    return chunks


def _part(value: Value, part: slice) -> Value:
    """Some rows of a value; categories with codes of their own, as chunks may have them."""
    if isinstance(value, Categories):
        names = [None if code < 0 else value.names[code] for code in value.codes[part].tolist()]
        return to_categories([name or "" for name in names], np.array([name is None for name in names], dtype=bool))
    if isinstance(value, Integers | Booleans | Times | Pixels):
        return type(value)(value.values[part], None if value.is_null is None else value.is_null[part])
    return type(value)(value.values[part])


def pixels(*shape: int) -> Pixels:
    """Pixels of every level."""
    return Pixels((np.arange(np.prod(shape)) * 37 % 256).astype(np.uint8).reshape(shape))
