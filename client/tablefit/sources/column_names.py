"""Names of columns: unique, never empty, otherwise as they are given."""

from collections.abc import Mapping, Sequence
from typing import Any

from tablefit.errors import InvalidInput


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names without surrounding spaces; an empty one becomes column_3 by its place, one that stands there already
    (in any case, as databases compare) name_2, name_3 and so on."""
    found: list[str] = []
    taken = {name.strip().casefold() for name in names}
    used: set[str] = set()
    for place, given in enumerate(names, start=1):
        name = given.strip() or f"column_{place}"
        # A name that is made up must not be one that stands further behind.
        unique, count = name, 1
        while unique.casefold() in used or (unique != given.strip() and unique.casefold() in taken):
            count += 1
            unique = f"{name}_{count}"
        used.add(unique.casefold())
        found.append(unique)
    return tuple(found)


def numbered_names(count: int) -> tuple[str, ...]:
    """column_1, column_2 and so on."""
    return tuple(f"column_{place}" for place in range(1, count + 1))


def check_known(names: Mapping[str, Any], columns: Sequence[str], origin: str) -> None:
    """Raises InvalidInput when `names` has a name that is no column."""
    unknown = [name for name in names if name not in columns]
    if unknown:
        raise InvalidInput(
            f"{origin} has no column {', '.join(map(repr, unknown))}; it has {', '.join(columns)}.", field="types"
        )
