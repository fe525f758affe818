"""Which type a column of texts has: the first of integer, float, boolean and timestamp that all of its values fit,
integers and floats together being floats; else category or text (see `distinct_texts`). Leaves the values to
`text_values`.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tablefit.sources.columns import ColumnTypeName
from tablefit.sources.distinct_texts import DistinctTexts
from tablefit.sources.text_values import PARSERS, Texts, find_missing, parse


@dataclass
class ColumnInference:
    """What is known of a column after some of its rows. With a `given` type, rows are only checked against it."""

    name: str
    given: ColumnTypeName | None = None
    null_count: int = 0
    value_count: int = 0
    # The first infinity, with its row: refused when all else are numbers, a text like others when not.
    infinity: tuple[int, str] | None = None
    distinct: DistinctTexts = field(default_factory=DistinctTexts)
    _kind: ColumnTypeName | None = None

    def add(self, texts: Texts, missing: Texts, first_row: int) -> None:
        """Takes more rows, of which the first has the index `first_row`. Raises Unfit for a given type."""
        if self.given is not None:
            array = parse(texts, missing, self.given)
            self._count(len(texts), 0 if array.is_null is None else int(array.is_null.sum()))
            return
        is_null = find_missing(texts, missing)
        valid = texts if is_null is None else texts.filter(pa.array(~is_null))
        self._count(len(texts), len(texts) - len(valid))
        if len(valid):
            if self.distinct.may_be_classes:
                self.distinct.add(pc.unique(valid).to_pylist())
            self._narrow(valid, is_null, first_row)

    @property
    def type(self) -> ColumnTypeName:
        """The type that fits all rows so far."""
        if self.given is not None:
            return self.given
        if self._kind != "text":
            return self._kind or "text"
        return "category" if self.distinct.are_classes(self.value_count) else "text"

    @property
    def is_text(self) -> bool:
        """Whether the values are texts of any kind."""
        return self.type in ("text", "category")

    def _count(self, row_count: int, null_count: int) -> None:
        self.null_count += null_count
        self.value_count += row_count - null_count

    def _narrow(self, valid: Texts, is_null: NDArray[np.bool_] | None, first_row: int) -> None:
        if self._kind == "text":
            return
        trimmed = pc.utf8_trim_whitespace(valid)
        for kind, wider in _TRIED[self._kind]:
            values = PARSERS[kind](trimmed)
            if values is not None:
                self._kind = wider
                self._note(values, valid, is_null, first_row)
                return
        self._kind = "text"

    def _note(self, values: NDArray[Any], valid: Texts, is_null: NDArray[np.bool_] | None, first_row: int) -> None:
        """Keeps the first infinity, and counts NaN as missing."""
        if values.dtype.kind != "f":
            return
        nan_count = int(np.isnan(values).sum())
        self.null_count += nan_count
        self.value_count -= nan_count
        if self.infinity is None and np.isinf(values).any():
            index = int(np.argmax(np.isinf(values)))
            row = index if is_null is None else int(np.flatnonzero(~is_null)[index])
            self.infinity = first_row + row, valid[index].as_py()


# What is tried on more rows of a column that was so far of a kind, and what the column then is.
_TRIED: dict[ColumnTypeName | None, tuple[tuple[ColumnTypeName, ColumnTypeName], ...]] = {
    None: (("integer", "integer"), ("float", "float"), ("boolean", "boolean"), ("timestamp", "timestamp")),
    "integer": (("integer", "integer"), ("float", "float")),
    "float": (("float", "float"),),
    "boolean": (("boolean", "boolean"),),
    "timestamp": (("timestamp", "timestamp"),),
}
