"""Values as Python literals, and long calls laid out over lines as a formatter would have them.

Every value becomes a literal, so that no text of a caller's becomes code. Leaves to `script` which calls there are.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LINE_WIDTH = 120


@dataclass(frozen=True)
class Group:
    """Code between brackets: `items` are (what stands before the value, such as "epochs=", and the value).

    One that is `spread` has an item a line, whether or not all fit on one.
    """

    opening: str
    items: tuple[tuple[str, "Code"], ...]
    closing: str
    spread: bool = False


Code = str | Group


def literal(value: Any) -> str:
    """The Python literal of a JSON value. Raises TypeError for anything else, NaN and infinities included."""
    return _flat(to_code(value))


def call(function: str, arguments: Iterable[tuple[str, Code]], *, spread: bool = False) -> Group:
    """A call; an argument without a name has the name ""."""
    return Group(f"{function}(", tuple((f"{name}=" if name else "", code) for name, code in arguments), ")", spread)


def listed(items: Iterable[Code], *, spread: bool = False) -> Group:
    """A list."""
    return Group("[", tuple(("", item) for item in items), "]", spread)


def lay_out(code: Code, *, indent: int = 0, before: str = "", after: int = 0) -> str:
    """The text of code that stands behind `before`: on one line where that fits, else an item a line.

    `after` is the number of characters that follow on its last line.
    """
    flat = _flat(code)
    if isinstance(code, str) or (not code.spread and indent + len(before) + len(flat) + after <= LINE_WIDTH):
        return f"{before}{flat}"
    inner = " " * (indent + 4)
    lines = [f"{inner}{lay_out(item, indent=indent + 4, before=name, after=1)},\n" for name, item in code.items]
    return f"{before}{code.opening}\n{''.join(lines)}{' ' * indent}{code.closing}"


def to_code(value: Any) -> Code:
    """The literal of a JSON value, to be laid out. Raises TypeError for anything else."""
    if isinstance(value, dict):
        return Group("{", tuple((f"{_text(key)}: ", to_code(item)) for key, item in value.items()), "}")
    if isinstance(value, list):
        return listed(map(to_code, value))
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    raise TypeError(f"expected a text or a finite number, received {value!r}")


def _text(value: str) -> str:
    """The literal of a text, in double quotes where that needs no other change, as a formatter would have it."""
    if not isinstance(value, str):
        raise TypeError(f"expected a text, received {value!r}")
    plain = repr(value)
    return f'"{plain[1:-1]}"' if plain[0] == "'" and '"' not in plain and "\\'" not in plain else plain


def _flat(code: Code) -> str:
    if isinstance(code, str):
        return code
    return f"{code.opening}{', '.join(name + _flat(item) for name, item in code.items)}{code.closing}"
