"""Words, names, values and signs of a filter's text, and the error that points at one of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tablefit.errors import InvalidInput

KEYWORDS = frozenset(("and", "or", "not", "in", "is", "null", "like", "between", "true", "false"))

_PATTERN = re.compile(
    r"""(?P<space>\s+)
    |(?P<bytes>[xX]'(?:[0-9a-fA-F]{2})*')
    |(?P<text>'(?:[^']|'')*')
    |(?P<column>`(?:[^`]|``)+`|"(?:[^"]|"")+")
    |(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?!\w))
    |(?P<word>[^\W\d]\w*)
    |(?P<sign><=|>=|<>|!=|==|[=<>(),])""",
    re.VERBOSE,
)
# Of a long text so many characters are shown before and behind the place of an error.
_SHOWN_BEFORE, _SHOWN_BEHIND = 50, 30


class FilterFault(InvalidInput):
    """A filter that cannot be understood, or does not fit its table. `position` counts characters from 0.

    `message` is one sentence; as text the error also has the line and a caret below the place.
    """

    def __init__(self, message: str, text: str, position: int) -> None:
        super().__init__(message, field="filter")
        self.text = text
        self.position = position

    @property
    def pointer(self) -> tuple[str, str]:
        """The text around the place on one line, and the line with the caret below it."""
        start = max(0, self.position - _SHOWN_BEFORE)
        before = _on_one_line(self.text[start : self.position])
        behind = _on_one_line(self.text[self.position : self.position + _SHOWN_BEHIND])
        return f"{before}{behind}".rstrip(), f"{'':{len(before)}}^"

    def __str__(self) -> str:
        return "\n  ".join((self.message, *self.pointer))


@dataclass(frozen=True)
class Token:
    """A piece of the text. `kind`: "keyword", "column", "text", "number", "bytes", "sign" or "end".

    `value` is what it means: a keyword in lower case, a name or text without its quotes.
    """

    kind: str
    value: str
    position: int
    shown: str


def tokenize(text: str) -> Iterator[Token]:
    """The pieces of `text`, the end as the last. Raises FilterFault for a character that begins none."""
    position = 0
    while position < len(text):
        match = _PATTERN.match(text, position)
        if match is None:
            raise FilterFault(_no_token(text[position], position), text, position)
        if match.lastgroup != "space":
            yield _to_token(match)
        position = match.end()
    yield Token("end", "", len(text.rstrip()), "the end")


def expected(what: str, token: Token, text: str) -> FilterFault:
    """The error for `token` where `what` should stand."""
    return FilterFault(f"expected {what} at position {token.position}, received {token.shown}", text, token.position)


def _to_token(match: re.Match[str]) -> Token:
    kind, found, position = str(match.lastgroup), match[0], match.start()
    value = found
    if kind == "word":
        kind = "keyword" if found.lower() in KEYWORDS else "column"
        value = found.lower() if kind == "keyword" else found
    elif kind in ("text", "column"):
        value = found[1:-1].replace(found[0] * 2, found[0])
    elif kind == "bytes":
        value = found[2:-1]
    return Token(kind, value, position, found if len(found) <= 40 else f"{found[:40]}…")


def _no_token(character: str, position: int) -> str:
    if character in "'`\"":
        closing = {"'": "a text", "`": "a column", '"': "a column"}[character]
        return f"expected {closing} that is closed by {character} at position {position}, received no end of it"
    return f"expected a column, value or comparison at position {position}, received {character!r}"


def _on_one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
