"""What reading and changing rows need to know of a table: its SQL, the column that holds the ids, and its columns.

The same for tables of images, of any columns, and those that others made. Leaves the statements to its neighbours.
"""

from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from data_service.schema import Column, TableKind, TableOrigin
from data_service.store.catalogue import Entry
from data_service.store.layout import foreign_table, general_table, image_table

# Texts are ordered by so many of their first bytes, and then by id: servers sort by a limited number, and the token of
# a page holds them.
ORDERED_BYTES = 4000


_QUERY_NAME = "tablefit_query"


@dataclass(frozen=True)
class RowTable:
    """A table with its rows. `key` names the unique integer column whose values are the ids; it is among `columns`."""

    sql: sa.Table
    key: str
    columns: tuple[Column, ...]

    @property
    def id(self) -> sa.ColumnElement[int]:
        """The column of the ids."""
        return self.sql.c[self.key]

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)


def readable(entry: Entry) -> RowTable:
    """What the rows of an entry are read from, whoever made it, also where it is a query."""
    if entry.origin is not TableOrigin.QUERY:
        return row_table(entry)
    columns = foreign_table(entry.name, entry.columns).c
    # Colons are no parameters.
    text = sa.text(f"({entry.query}) AS {_QUERY_NAME}".replace(":", "\\:"))
    found = sa.select(*(sa.column(column.name, column.type) for column in columns)).select_from(text)
    # As far as reading goes, a subquery is a table.
    return RowTable(cast(sa.Table, found.subquery()), entry.key_column, entry.columns)


def row_table(entry: Entry) -> RowTable:
    """The table of an entry, whoever made it."""
    if entry.origin is not TableOrigin.SERVICE:
        table = foreign_table(entry.name, entry.columns)
    elif entry.kind is TableKind.IMAGE:
        table = image_table(entry.name)
    else:
        table = general_table(entry.name, entry.columns[1:])
    return RowTable(table, entry.key_column, entry.columns)
