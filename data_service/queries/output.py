"""The names of a query's columns, where the text tells them.

Leaves to whoever runs the query the names behind a star.
"""

from sqlglot import exp

from data_service import names
from data_service.queries.grammar import DialectName, excerpt, refuse


def output_columns(tree: exp.Expr, dialect: DialectName) -> tuple[str, ...]:
    """The names of the columns of `tree`, or none where a star stands for some of them.

    Raises: InvalidInput for an expression without a name, and for a name that occurs twice.
    """
    select = tree
    while not isinstance(select, exp.Select):
        # The first SELECT of a UNION names the columns.
        select = select.this
    columns = [_name(column, dialect) for column in select.expressions if not _is_star(column)]
    _check_distinct(columns)
    return tuple(columns) if len(columns) == len(select.expressions) else ()


def _is_star(column: exp.Expr) -> bool:
    return isinstance(column, exp.Star) or (isinstance(column, exp.Column) and isinstance(column.this, exp.Star))


def _name(column: exp.Expr, dialect: DialectName) -> str:
    if not isinstance(column, exp.Alias | exp.Column):
        shown = excerpt(column, dialect)
        raise refuse(f"expected an alias for {shown}: write {shown} AS and a name for the column")
    if not column.output_name.strip():
        raise refuse(f"expected a name that is not blank, received {excerpt(column, dialect)}")
    return column.output_name


def _check_distinct(columns: list[str]) -> None:
    seen: set[str] = set()
    for column in columns:
        if names.key(column) in seen:
            raise refuse(f"expected columns of different names, received {column!r} twice: give one an alias")
        seen.add(names.key(column))
