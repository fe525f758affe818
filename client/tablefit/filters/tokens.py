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


def fault(message: str, text: str, position: int) -> InvalidInput:
    """The error for a filter that cannot be understood, or does not fit its table, at `position` (from 0) of `text`.

    A note holds the text around the place and a caret below it: tracebacks and the command line show that.
    """
    error = InvalidInput(message, field="filter", details={"position": str(position)})
    start = max(0, position - _SHOWN_BEFORE)
    before = _on_one_line(text[start:position])
    behind = _on_one_line(text[position : position + _SHOWN_BEHIND])
    error.add_note(f"  {before}{behind}".rstrip() + f"\n  {'':{len(before)}}^")
    return error


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
    """The pieces of `text`, the end as the last. Raises InvalidInput for a character that begins none."""
    position = 0
    while position < len(text):
        match = _PATTERN.match(text, position)
        if match is None:
            raise fault(_no_token(text[position], position), text, position)
        if match.lastgroup != "space":
            yield _to_token(match)
        position = match.end()
    yield Token("end", "", len(text.rstrip()), "the end")


def expected(what: str, token: Token, text: str) -> InvalidInput:
    """The error for `token` where `what` should stand."""
    return fault(f"expected {what} at position {token.position}, received {token.shown}", text, token.position)


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
