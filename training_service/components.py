"""Finds a component of Keras by the name that a caller gave, and checks its arguments with Keras's own help.

Leaves to the `adviser` what Keras says, and to `native_completion` which components a job has.
"""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tablefit.errors import InvalidInput

from training_service.adviser import Adviser
from training_service.native import Component

LIMIT_TEXT = 256
LIMIT_ITEMS = 1_000
LIMIT_DEPTH = 4
# Words that Keras takes in place of a class, by kind: it then chooses the class that suits targets and outputs.
WORDS: Mapping[str, Mapping[str, str]] = {"metric": {"accuracy": "accuracy", "acc": "accuracy"}}
_NOUNS = {"optimizer": "optimizers", "schedule": "learning rate schedules", "loss": "losses", "metric": "metrics"} | {
    "callback": "callbacks",
    "augmentation": "layers for augmentation",
}


@dataclass(frozen=True)
class Components:
    """Looks components up. Everything raises InvalidInput naming `field`, or Unavailable when Keras cannot be asked."""

    adviser: Adviser

    def resolve(self, kind: str, asked: Component, field: str) -> Component:
        """The component under Keras's own name, its arguments checked by name and as values that a script can hold."""
        found = WORDS.get(kind, {}).get(_plain(asked.name))
        if found is not None and not asked.arguments:
            return Component(found)
        known = self.describe(kind)
        names = {_plain(name): name for name in known}
        if _plain(asked.name) not in names:
            hint = _closest(asked.name, [*known, *WORDS.get(kind, {})]) or f" There are {', '.join(known)}."
            raise InvalidInput(
                f"expected one of Keras's {_NOUNS[kind]}, received {asked.name[:64]!r}.{hint}", field=field
            )
        name = names[_plain(asked.name)]
        self._check_arguments(name, asked.arguments, known[name]["arguments"], field)
        return Component(name, asked.arguments)

    def describe(self, kind: str) -> dict[str, Any]:
        """What Keras has of a kind, by name."""
        components: dict[str, Any] = self.adviser.ask("catalogue", kind=kind)["components"]
        return components

    def try_out(self, kind: str, component: Component, field: str, **context: Any) -> dict[str, Any]:
        """What a trial of a resolved component found; a word of Keras's needs none."""
        if component.name in WORDS.get(kind, {}).values():
            return {"name": component.name}
        answer = self.adviser.ask("trial", kind=kind, name=component.name, arguments=component.arguments, **context)
        if answer["problem"]:
            raise InvalidInput(f"{component.name} cannot be used so: {answer['problem']}", field=field)
        return answer

    def _check_arguments(self, name: str, given: Mapping[str, Any], known: Mapping[str, Any], field: str) -> None:
        for argument, value in given.items():
            if argument not in known:
                has = f"arguments of {name}, which has {', '.join(known) or 'none'}"
                hint = _closest(argument, [*known])
                raise InvalidInput(f"expected {has}, received {argument[:64]!r}.{hint}", field=field)
            check_value(value, f"{name}'s {argument}", field)
        missing = [argument for argument, facts in known.items() if facts["required"] and argument not in given]
        if missing:
            raise InvalidInput(f"expected {' and '.join(missing)} for {name}, received none", field=field)


def check_value(value: Any, what: str, field: str, depth: int = 1) -> None:
    """Raises InvalidInput for a value that is no JSON of moderate size."""
    problem = _problem(value, depth)
    if problem:
        raise InvalidInput(f"expected {problem} for {what}", field=field)
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in items:
        check_value(item, what, field, depth + 1)


def _problem(value: Any, depth: int) -> str:
    """What was expected instead of a value, looking at itself only; empty when it is fine."""
    if depth > LIMIT_DEPTH:
        return f"values nested {LIMIT_DEPTH} deep at most"
    if isinstance(value, str):
        return "" if len(value) <= LIMIT_TEXT else f"a text of at most {LIMIT_TEXT} characters"
    if isinstance(value, dict | list):
        return "" if len(value) <= LIMIT_ITEMS else f"at most {LIMIT_ITEMS:,} values"
    if isinstance(value, float):
        return "" if math.isfinite(value) else "a finite number"
    return "" if value is None or isinstance(value, bool | int) else "a number, text, truth value, list or object"


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _closest(name: str, names: list[str]) -> str:
    """ " Did you mean …?" with the names most like `name`, whatever the case; empty when none is."""
    plain = {_plain(known): known for known in names}
    found = difflib.get_close_matches(_plain(name), plain, n=3, cutoff=0.5)
    return f" Did you mean {' or '.join(plain[one] for one in found)}?" if found else ""
