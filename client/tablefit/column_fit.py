"""Whether the columns of a source fit a table: under which names and types, and what differs.

Knows nothing of how sources are opened, nor of uploads; see `ingesting`.
"""

import unicodedata
from collections.abc import Iterator, Sequence

from tablefit.data import Column, Table
from tablefit.sources import Source, is_columnar
from tablefit.sources.columns import ColumnTypeName, SourceColumn
from tablefit.sources.renaming import RenamedColumns

# So many columns are named in a message.
_LIMIT_LISTED = 5
# Values of these types travel in one form.
_SAME_FORM = ({"text", "category"}, {"image", "bytes"})


def renamed(source: Source, key_column: str) -> Source:
    """The source with names as tables have them: composed letters, and none that is the key of the table."""
    if not is_columnar(source) or isinstance(source, RenamedColumns):
        return source
    names = {}
    for column in source.columns:
        name = unicodedata.normalize("NFC", column.name)
        if key_column and name.casefold() == key_column.casefold():
            name = f"source_{name}"
        if name != column.name:
            names[column.name] = name
    return RenamedColumns(source, names) if names else source


def differences(columns: Sequence[SourceColumn], table: Table) -> list[str]:
    """In what the columns of a source differ from those that the table wants, in words."""
    given = {column.name: column for column in columns}
    wanted = {column.name: column for column in _wanted(table)}
    unknown = [name for name in given if name not in wanted]
    lacking = [name for name, column in wanted.items() if name not in given and not column.nullable]
    found = [f"the table has no column {_listed(unknown)}"] if unknown else []
    found += [f"it lacks {_listed(lacking)}"] if lacking else []
    for name, column in given.items():
        if name in wanted:
            found += _difference(column, wanted[name])
    return found


def _difference(given: SourceColumn, wanted: Column) -> Iterator[str]:
    if not _same_form(given, wanted):
        yield f"its column {given.name!r} is {_type(given)}, that of the table {_type(wanted)}"
    elif given.nullable and not wanted.nullable:
        yield f"its column {given.name!r} has missing values, which that of the table may not have"


def types_to_read(source: Source, table: Table) -> dict[str, ColumnTypeName]:
    """The types of the table's columns that the source has in another form, but may be read in."""
    wanted = {column.name: column for column in _wanted(table)}
    return {
        column.name: wanted[column.name].type  # type: ignore[misc]  # one of the names of types
        for column in source.columns
        if column.name in wanted
        and not _same_form(column, wanted[column.name])
        and "tensor" not in (column.type, wanted[column.name].type)
    }


def _same_form(given: SourceColumn, wanted: Column) -> bool:
    if given.type == "tensor" == wanted.type:
        return (given.data_type, given.shape) == (wanted.data_type, wanted.shape)
    return given.type == wanted.type or any({given.type, wanted.type} <= alike for alike in _SAME_FORM)


def _type(column: SourceColumn | Column) -> str:
    if column.type != "tensor":
        return column.type
    return f"tensor of {column.data_type} {'x'.join(map(str, column.shape or ()))}"


def _wanted(table: Table) -> list[Column]:
    """The columns that callers give."""
    if table.kind == "image":
        return [column for column in table.columns if column.name in ("label", "image")]
    return [column for column in table.columns if column.name != table.key_column]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LIMIT_LISTED} more" if len(names) > _LIMIT_LISTED else ""
    return ", ".join(names[:_LIMIT_LISTED]) + more


def names_of(columns: Sequence[SourceColumn]) -> str:
    """The names of columns for a message."""
    return ", ".join(column.name for column in columns)[:300]
