"""Pages of lists: how large they are, and the tokens that lead from one to the next."""

import base64
import json
from collections.abc import Sequence
from typing import Any

from tablefit.errors import InvalidInput

DEFAULT_SIZE = 100
LIMIT_SIZE = 1_000


def page_size(asked: int) -> int:
    """How many things a page holds. Raises InvalidInput below 0."""
    if asked < 0:
        raise InvalidInput(f"expected a page_size of 0 to {LIMIT_SIZE}, received {asked}", field="page_size")
    return min(asked or DEFAULT_SIZE, LIMIT_SIZE)


def write_token(of: Sequence[str], position: int) -> str:
    """A token that leads to `position` in the list that `of` describes."""
    text = json.dumps([*of, position], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_token(of: Sequence[str], token: str) -> int | None:
    """The position that a token leads to, None without one. Raises InvalidInput for a token of another list."""
    if not token:
        return None
    try:
        values: Any = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, RecursionError):
        values = None
    fits = isinstance(values, list) and values[:-1] == [*of] and type(values[-1]) is int
    if not fits or not 0 <= values[-1] < 2**62:
        raise InvalidInput(
            "expected the next_page_token of the page before, asked for with the same filter", field="page_token"
        )
    position: int = values[-1]
    return position
