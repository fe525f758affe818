"""From filter to text: `parse(render(filter))` is equal to `filter`, but for times, which come back as texts."""

import re
from datetime import UTC, datetime

from tablefit.filters.conditions import And, Comparison, Filter, IsNull, Like, Literal, Membership, Not, Or
from tablefit.filters.tokens import KEYWORDS


def render(wanted: Filter) -> str:
    """The text of a filter."""
    match wanted:
        case And(parts):
            return " and ".join(_render_part(part, in_and=True) for part in parts)
        case Or(parts):
            return " or ".join(_render_part(part, in_and=False) for part in parts)
        case Not(IsNull(column)):
            return f"{render_column(column)} is not null"
        case Not(Membership(column, values)):
            return f"{render_column(column)} not in {_render_values(values)}"
        case Not(Like(column, pattern)):
            return f"{render_column(column)} not like {_render_text(pattern)}"
        case Not(And() | Or() as part):
            return f"not ({render(part)})"
        case Not(part):
            return f"not {render(part)}"
    return _render_condition(wanted)


def render_column(name: str) -> str:
    """A column's name as a filter wants it: between backticks unless it is a plain word."""
    if re.fullmatch(r"[^\W\d]\w*", name) and name.lower() not in KEYWORDS:
        return name
    return f"`{name.replace('`', '``')}`"


def _render_condition(wanted: Comparison | Membership | IsNull | Like) -> str:
    column = render_column(wanted.column)
    match wanted:
        case Comparison(_, comparator, value):
            return f"{column} {comparator} {_render_value(value)}"
        case Membership(_, values):
            return f"{column} in {_render_values(values)}"
        case Like(_, pattern):
            return f"{column} like {_render_text(pattern)}"
    return f"{column} is null"


def _render_part(part: Filter, *, in_and: bool) -> str:
    """A part of a list, in parentheses where it would be read otherwise without."""
    is_list = isinstance(part, And | Or) and len(part.parts) > 1
    needs = is_list and (in_and or isinstance(part, Or))
    return f"({render(part)})" if needs else render(part)


def _render_values(values: tuple[Literal, ...]) -> str:
    return f"({', '.join(map(_render_value, values))})"


def _render_value(value: Literal) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case bytes():
            return f"x'{value.hex()}'"
        case datetime():
            return f"'{value.astimezone(UTC).replace(tzinfo=None).isoformat()}'"
    return _render_text(value)


def _render_text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
