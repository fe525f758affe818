"""How files of columns are read, where that is not found out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tablefit.errors import InvalidInput
from tablefit.sources.columns import ColumnTypeName, check_types

# What a file is read as, where its content allows several: labelled images, paths and labels of images, columns.
SourceKind = Literal["images", "manifest", "table"]

# Texts that stand for a missing value in CSV. "-" is none: it is as often a value of its own.
MISSING = (
    "", "?", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NULL", "null", "None"
)  # fmt: skip


@dataclass(frozen=True)
class TableReadOptions:
    """How a table is read; what is None is found out.

    `types` sets types by column. The rest is for CSV and TSV: `has_header`, the `names` of the columns (instead of a
    header's), the `delimiter`, the texts that mean a `missing` value, and whether spaces behind a delimiter are
    `skip_spaces`: found out, they are where every delimiter has one.
    """

    types: Mapping[str, ColumnTypeName] = field(default_factory=dict)
    has_header: bool | None = None
    names: tuple[str, ...] | None = None
    delimiter: str | None = None
    missing: tuple[str, ...] = MISSING
    skip_spaces: bool | None = None

    def __post_init__(self) -> None:
        check_types(tuple(self.types.values()))
        if self.delimiter is not None and (len(self.delimiter.encode()) != 1 or self.delimiter in '"\r\n'):
            raise InvalidInput(f"expected a delimiter of one character, received {self.delimiter!r}", field="delimiter")

    def digest_text(self) -> str:
        """A text that differs where tables may be read otherwise."""
        given = (sorted(self.types.items()), self.has_header, self.names, self.delimiter, self.missing)
        return repr((*given, self.skip_spaces))
