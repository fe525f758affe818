"""Where in a feature file something stands, and the sentence that says what is wrong there."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tablefit.errors import InvalidInput

_LIMIT_SHOWN = 80


@dataclass(frozen=True)
class Place:
    """A part of a feature file: `source` is its name, `words` say where in it."""

    source: str
    words: str = ""
    field: str = "features"

    def wrong(self, message: str) -> InvalidInput:
        """The error to raise: `message` goes on after where it is."""
        where = ", ".join(filter(None, (self.source, self.words)))
        return InvalidInput(f"{where}: {message}", field=self.field)

    def unknown(self, what: str, name: Any, known: Iterable[str]) -> InvalidInput:
        """The error for a name that is none of those known, with the one it may have been meant to be."""
        names = list(known)
        close = difflib.get_close_matches(name.lower(), names, n=1) if isinstance(name, str) else []
        meant = f"; did you mean {close[0]}?" if close else ""
        return self.wrong(f"expected {what} out of {', '.join(names)}, received {shown(name)}{meant}")

    def text(self, value: Any, what: str) -> str:
        """`value` as a name; YAML reads some words and numbers as something else."""
        if isinstance(value, str) and value:
            return value
        quotes = "; put it in quotes" if isinstance(value, bool | int | float) else ""
        raise self.wrong(f"expected {what}, received {shown(value)}{quotes}")

    def texts(self, value: Any, what: str) -> tuple[str, ...]:
        """`value` as a list of names, each once; one name stands for a list of one."""
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list | tuple):
            raise self.wrong(f"expected a list of names of {what}s, received {shown(value)}")
        names = tuple(self.text(name, f"the name of a {what}") for name in values)
        for name in names:
            if names.count(name) > 1:
                raise self.wrong(f"expected each {what} once, received {name!r} {names.count(name)} times")
        return names


def shown(value: Any) -> str:
    """A value for a message, cut to a sensible length."""
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= _LIMIT_SHOWN else f"{text[:_LIMIT_SHOWN]}…"
