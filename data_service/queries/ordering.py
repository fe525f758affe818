"""Keeps the order of a query's rows when it stands in parentheses behind FROM.

MySQL and MariaDB forget the ORDER BY of such a query unless it has a LIMIT. Leaves all else to its neighbours.
"""

from sqlglot import exp

from data_service.queries.grammar import DialectName, read, write

# The most rows that MySQL counts: its manual's own way of saying all of them.
_ALL_ROWS = 2**64 - 1


def keep_order(sql: str, dialect: DialectName) -> str:
    """The query, with a LIMIT of all rows where it has an order and no limit; SQLite needs none."""
    if dialect == "sqlite":
        return sql
    tree = read(sql, dialect)
    query = tree
    while isinstance(query, exp.Subquery) and not query.args.get("order"):
        query = query.this
    if not query.args.get("order") or query.args.get("limit"):
        return sql
    query.set("limit", exp.Limit(expression=exp.Literal.number(_ALL_ROWS)))
    return write(tree, dialect)
