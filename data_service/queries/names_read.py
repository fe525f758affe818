"""Which tables a query reads: every name in it is a table of the database, or a WITH of the query.

Leaves to `rules` what else may stand in a query.
"""

import difflib
from collections.abc import Collection

from sqlglot import exp

from data_service import names
from data_service.queries.grammar import DialectName, excerpt, refuse

_RESERVED_NAMES = frozenset({"information_schema", "mysql", "performance_schema", "sys"})
_RESERVED_PREFIXES = (names.RESERVED_PREFIX, "sqlite_", "pragma_")
_LIMIT_MATCHES = 3


def tables_read(
    tree: exp.Expr, dialect: DialectName, database: str | None, known_tables: Collection[str]
) -> tuple[str, ...]:
    """The tables and views that `tree` reads, as named there, each once.

    Raises: InvalidInput for a name that is no table of the database or belongs to a server or to this service.
    """
    known = {names.key(name): name for name in known_tables}
    for cte in tree.find_all(exp.CTE):
        _check_reserved(cte.alias)
    for column in tree.find_all(exp.Column):
        _check_database(column.text("db"), database)
    found: dict[str, None] = {}
    for table in tree.find_all(exp.Table, bfs=False):
        if not isinstance(table.this, exp.Identifier):
            raise refuse(f"expected tables and views after FROM and JOIN, received {excerpt(table, dialect)}")
        _check_reserved(table.name)
        if table.text("db"):
            _check_database(table.text("db"), database)
        elif _is_of_the_query(table):
            continue
        _check_known(table.name, known)
        found[table.name] = None
    if not found:
        raise refuse("expected a query that reads a table, received one that reads none")
    return tuple(found)


def _is_of_the_query(table: exp.Table) -> bool:
    """Whether a WITH that is in scope has the name of `table`."""
    below: exp.Expr = table
    while (above := below.parent) is not None:
        within = above.args.get("with_")
        if isinstance(within, exp.With) and within is not below and _is_listed(table.name, within.expressions):
            return True
        if isinstance(above, exp.With):
            index = next(place for place, cte in enumerate(above.expressions) if cte is below)
            if _is_listed(table.name, above.expressions[:index]):
                return True
            _check_not_ahead(table.name, above.expressions[index:])
        below = above
    return False


def _is_listed(name: str, ctes: list[exp.Expr]) -> bool:
    """Whether one of `ctes` is called `name`; on some servers names that differ in case are two names."""
    for cte in ctes:
        if names.key(cte.alias) == names.key(name):
            if cte.alias != name:
                raise refuse(f"expected {cte.alias!r} written as in its WITH, received {name!r}")
            return True
    return False


def _check_not_ahead(name: str, ctes: list[exp.Expr]) -> None:
    """Some engines take a WITH that reads its own name, or one that follows, for a recursive one."""
    if any(names.key(cte.alias) == names.key(name) for cte in ctes):
        raise refuse(
            f"expected a WITH that reads only tables and what stands before it, received {name!r} in it: rename it"
        )


def _check_database(name: str, database: str | None) -> None:
    """Compared exactly: on most servers names of databases that differ in case are two databases."""
    if name and name != database:
        told = f"tables of the database {database!r} alone" if database else "names of tables without a database"
        raise refuse(f"expected {told}, received one of {name!r}")


def _check_reserved(name: str) -> None:
    key = names.key(name)
    if key.startswith(_RESERVED_PREFIXES) or key in _RESERVED_NAMES:
        raise refuse(f"expected tables of the database's users, received {name!r}, which is reserved")


def _check_known(name: str, known: dict[str, str]) -> None:
    if names.key(name) in known:
        return
    close = difflib.get_close_matches(names.key(name), known, n=_LIMIT_MATCHES)
    advice = f"; did you mean {' or '.join(repr(known[key]) for key in close)}?" if close else ""
    raise refuse(f"expected tables and views of the database, received {name!r}, which is not one of them{advice}")
