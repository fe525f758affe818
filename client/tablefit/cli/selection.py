"""The options that say which rows and columns are meant: --where, --order-by, --columns."""

from typing import Annotated

import typer

from tablefit import filters
from tablefit.cli.help_text import defaulting

WhereOption = Annotated[
    str | None,
    typer.Option(
        "--where",
        metavar="CONDITION",
        help="Only rows that fulfil this: \"age >= 30 and (sex in ('F', 'M') or note is null)\"; also not, like, "
        "between. Texts and times stand between single quotes.",
    ),
]
OrderByOption = Annotated[
    str, typer.Option("--order-by", metavar="ORDER", help=defaulting('Such as "age desc, name".', "by id"))
]


def columns_option(default: str) -> typer.models.OptionInfo:
    """The option --columns with its default in words."""
    found: typer.models.OptionInfo = typer.Option(
        "--columns", metavar="COLUMNS", help=defaulting("Names with commas between them.", default)
    )
    return found


def parse_columns(text: str) -> tuple[str, ...]:
    """The names in "age,sex"; one with a comma in it stands between backticks or double quotes."""
    if any(quote in text for quote in '`"'):
        return tuple(order.column for order in filters.parse_order(text))
    return tuple(name.strip() for name in text.split(",") if name.strip())
