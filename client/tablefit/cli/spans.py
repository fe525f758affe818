"""Spans of time as options take them."""

import re
from datetime import timedelta

import typer

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_span(text: str) -> timedelta:
    """The span that "30d" or "12h" means; a usage error otherwise."""
    found = re.fullmatch(r"([1-9][0-9]{0,5})([smhdw])", text.strip().lower())
    if found is None:
        raise typer.BadParameter(f"expected a span such as 90m, 12h, 30d or 4w, received {text!r}")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
