"""A dataset from a query: one SELECT that a user wrote becomes one that may run.

The text received never runs. It is read into a tree, every node of the tree is held against lists of what may be there,
and the SQL that runs is written anew from the tree, without comments: MySQL executes what stands in some of them. Needs
no database; leaves to the store to run the query, in a read-only transaction and with a time limit.
"""

from collections.abc import Collection
from dataclasses import dataclass

from data_service.queries.grammar import DialectName, read, refuse, write
from data_service.queries.grouping import check_grouping
from data_service.queries.names_read import tables_read
from data_service.queries.ordering import keep_order
from data_service.queries.output import output_columns
from data_service.queries.rules import check_calls, check_tree

__all__ = ["DialectName", "Query", "check_query", "keep_order"]

# A synonym, such as SOME for ANY, can take one writing more to settle.
_LIMIT_WRITINGS = 2


@dataclass(frozen=True)
class Query:
    """A query that may run.

    `sql` may hold percent signs and colons that mean themselves: run it without parameters (`cursor.execute(sql)`, or
    `exec_driver_sql`), or a driver takes them for its placeholders. It is written for a connection in utf8mb4 whose
    sql_mode has none of NO_BACKSLASH_ESCAPES, HIGH_NOT_PRECEDENCE and IGNORE_SPACE, and its times depend on the
    connection's time_zone. `tables` are the tables and views that it reads, as it names them, each once. `columns` are
    the names of what it returns, or none where a star stands for some of them.
    """

    sql: str
    tables: tuple[str, ...]
    columns: tuple[str, ...]


def check_query(text: str, *, dialect: DialectName, database: str | None, known_tables: Collection[str]) -> Query:
    """The query of `text`, for the database named `database`, which has `known_tables`.

    Raises: InvalidInput naming the field "query", with a sentence that says what to change.
    """
    query = _check_once(text, dialect, database, known_tables)
    for _ in range(_LIMIT_WRITINGS):
        # A server reads what was written, not the tree, so that is held against the lists too.
        again = _check_once(query.sql, dialect, database, known_tables)
        if again == query:
            return query
        query = again
    raise refuse("expected a query that can be written anew unchanged: simplify its expressions and names")


def _check_once(text: str, dialect: DialectName, database: str | None, known_tables: Collection[str]) -> Query:
    tree = read(text, dialect)
    check_tree(tree, dialect)
    check_grouping(tree, dialect)
    tables = tables_read(tree, dialect, database, known_tables)
    columns = output_columns(tree, dialect)
    sql = write(tree, dialect)
    check_calls(sql, dialect)
    return Query(sql, tables, columns)
