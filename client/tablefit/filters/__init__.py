"""Filters: conditions on rows, as text or as objects.

    parse("age >= 30 and (education in ('Masters', 'Doctorate') or note is null)")
    And((Comparison("age", ">=", 30), Or((Membership("education", ("Masters", "Doctorate")), IsNull("note")))))

Texts stand between single quotes ('it''s'), odd column names between backticks or double quotes, byte strings as
x'00ff', times as texts such as '2024-05-01T12:00:00' (UTC). As in SQL, what compares with NULL is neither true nor
false; texts are compared by their UTF-8 bytes, and `like` minds the case.

Modules: `conditions` holds the objects, `tokens` and `parsing` the way from text, `rendering` the way back, `fitting`
the types of a table's columns. Leaves messages to `tablefit.data.filters`.
"""

from tablefit.filters.conditions import (
    And,
    Comparison,
    Filter,
    IsNull,
    Like,
    Literal,
    Membership,
    Not,
    Or,
    Order,
)
from tablefit.filters.fitting import fit, fit_value
from tablefit.filters.parsing import parse, parse_order
from tablefit.filters.rendering import render

__all__ = [
    "And",
    "Comparison",
    "Filter",
    "IsNull",
    "Like",
    "Literal",
    "Membership",
    "Not",
    "Or",
    "Order",
    "fit",
    "fit_value",
    "parse",
    "parse_order",
    "render",
]
