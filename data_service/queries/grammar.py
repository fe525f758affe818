"""Reads SQL into sqlglot's tree and writes a tree as SQL; every fault of sqlglot's becomes a sentence.

Leaves to `allowed`, `rules` and `grouping` what may stand in the tree.
"""

import re
from itertools import pairwise
from typing import Literal

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, ParseError, TokenError, UnsupportedError
from sqlglot.tokenizer_core import Token, TokenType
from tablefit.errors import InvalidInput

from data_service.queries.dialects import GENERATORS, PARSERS, TYPE_WORDS

DialectName = Literal["mysql", "sqlite"]

FIELD = "query"
LIMIT_BYTES = 65_536
LIMIT_NESTING = 30
# Words that may begin a type are read in two ways, each time they occur within one another.
LIMIT_NESTED_TYPES = 6
_LIMIT_EXCERPT = 60
# MySQL, MariaDB and the optimizer read what stands in these; everybody else takes them for comments.
_SPOKEN_COMMENTS = ("!", "M!", "+")
_SPOKEN_ADVICE = (
    "expected a query without /*! … */ and /*+ … */, which some servers execute: write what stands in them as plain "
    "SQL or leave it out"
)
_REFUSED_TOKENS = {
    TokenType.ARROW: "expected JSON_EXTRACT(column, path), received ->",
    TokenType.DARROW: "expected JSON_UNQUOTE(JSON_EXTRACT(column, path)), received ->>",
    TokenType.HINT: _SPOKEN_ADVICE,
    TokenType.INTO: "expected a query that only reads, received INTO: leave it out",
}
_MISSING = re.compile(r"Missing (.+) from (\d+):(\d+)", re.DOTALL)
_WORD = re.compile(r"\w[\w ]*")


def refuse(message: str) -> InvalidInput:
    """The error of a query that is refused."""
    return InvalidInput(message, field=FIELD)


def read(text: str, dialect: DialectName) -> exp.Expr:
    """The tree of the one statement in `text`.

    Raises: InvalidInput for a text that is too long, cannot be read, or holds no statement or several.
    """
    _check_characters(text)
    language = Dialect.get_or_raise(dialect)
    try:
        tokens = language.tokenize(text)
        _check_tokens(tokens)
        parser = PARSERS[dialect](dialect=language, error_level=ErrorLevel.IMMEDIATE)
        trees = [tree for tree in parser.parse(tokens, text) if tree is not None]
    except TokenError as error:
        raise refuse(f"expected a query that can be read, received {_fault_of_tokens(error, text)}") from error
    except ParseError as error:
        raise refuse(f"expected a query that can be read, received {_fault_of_tree(error)}") from error
    except RecursionError as error:
        raise refuse("expected a query with fewer operations inside one another: shorten it") from error
    trees = [tree for tree in trees if not isinstance(tree, exp.Semicolon)]
    if len(trees) != 1:
        raise refuse(f"expected one SELECT, received {len(trees) or 'no'} statements")
    return trees[0]


def write(tree: exp.Expr, dialect: DialectName) -> str:
    """The SQL of a tree, with every identifier quoted and without comments."""
    writer = GENERATORS[dialect](
        dialect=dialect,
        identify=True,
        comments=False,
        normalize_functions="upper",
        unsupported_level=ErrorLevel.RAISE,
    )
    try:
        return writer.generate(tree)
    except UnsupportedError as error:
        raise refuse(f"expected a query that {dialect} can run: {error}") from error
    except RecursionError as error:
        raise refuse("expected a query with fewer operations inside one another: shorten it") from error


def calls(sql: str, dialect: DialectName) -> set[str]:
    """Every bare word of `sql` that an opening parenthesis follows, in capitals: functions, and words like IN."""
    tokens = Dialect.get_or_raise(dialect).tokenize(sql)
    quoted = {TokenType.IDENTIFIER, TokenType.STRING}
    return {
        word.text.upper().replace(" ", "_")
        for word, after in pairwise(tokens)
        if after.token_type is TokenType.L_PAREN and word.token_type not in quoted and _WORD.fullmatch(word.text)
    }


def excerpt(tree: exp.Expr, dialect: DialectName) -> str:
    """The beginning of what a tree stands for, for messages."""
    try:
        writer = GENERATORS[dialect](dialect=dialect, comments=False, unsupported_level=ErrorLevel.IGNORE)
        return _shortened(writer.generate(tree))
    except (RecursionError, ValueError):
        return type(tree).__name__


def _check_characters(text: str) -> None:
    if "\0" in text:
        raise refuse("expected a query without NUL characters")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise refuse("expected a query in Unicode, received half of a surrogate pair") from error
    if size > LIMIT_BYTES:
        raise refuse(f"expected a query of at most {LIMIT_BYTES:,} bytes, received {size:,}")


def _check_tokens(tokens: list[Token]) -> None:
    """Refuses what a server may read otherwise than we do, and what takes too long to read."""
    for token in tokens:
        if any(comment.startswith(_SPOKEN_COMMENTS) for comment in token.comments):
            raise refuse(_SPOKEN_ADVICE)
        if fault := _REFUSED_TOKENS.get(token.token_type):
            raise refuse(fault)
    _check_nesting(tokens)


def _check_nesting(tokens: list[Token]) -> None:
    opened: list[bool] = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.token_type is TokenType.L_PAREN:
            opened.append(before is not None and before.token_type in TYPE_WORDS)
        elif token.token_type is TokenType.R_PAREN and opened:
            opened.pop()
        if len(opened) > LIMIT_NESTING:
            raise refuse(f"expected at most {LIMIT_NESTING} parentheses inside one another in a query")
        if sum(opened) > LIMIT_NESTED_TYPES:
            raise refuse(
                f"expected at most {LIMIT_NESTED_TYPES} functions such as DATE() inside one another in a query"
            )


def _fault_of_tree(error: ParseError) -> str:
    fault = error.errors[0] if error.errors else {}
    word = str(fault.get("highlight") or "")
    near = f" near {_shortened(word)!r}" if word else ""
    # sqlglot tells the column at which the word ends.
    place = f" in line {fault['line']}, column {int(fault['col']) - len(word) + 1}" if fault.get("line") else ""
    described = str(fault.get("description") or "")
    # Only this kind of description is meant for people who do not know sqlglot.
    missing = f": {described[0].lower()}{described[1:]}" if described.startswith("Expecting ") else ""
    return f"a fault{near}{place}{missing}"


def _fault_of_tokens(error: TokenError, text: str) -> str:
    missing = _MISSING.fullmatch(str(error.__cause__ or error))
    if missing is None:
        return "a text, name or comment that does not end"
    mark, line, offset = missing.groups()
    column = int(offset) - text.rfind("\n", 0, int(offset))
    return f"a text or name that begins in line {line}, column {column} and does not end with {mark}"


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LIMIT_EXCERPT else f"{line[:_LIMIT_EXCERPT]}…"
