"""Reads SQL into sqlglot's tree and writes a tree as SQL, in the two languages of the engines: nothing is translated.

sqlglot is made for translating, so it knows functions by their meaning and may write others that mean the same. Here a
function keeps the name and the arguments that it was given, so that what is checked is what runs. Leaves to `allowed`
and `rules` what may stand in the tree.
"""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any, ClassVar, Literal

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, ParseError, TokenError, UnsupportedError
from sqlglot.generator import Generator
from sqlglot.generators.mysql import MySQLGenerator
from sqlglot.generators.sqlite import SQLiteGenerator
from sqlglot.parser import Parser
from sqlglot.parsers.mysql import MySQLParser
from sqlglot.parsers.sqlite import SQLiteParser
from sqlglot.tokenizer_core import Token, TokenType
from tablefit.errors import InvalidInput

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
# Functions with words among their arguments, and table functions, which are read in order to be named when refused.
_MYSQL_FORMS = (
    "CAST",
    "CHAR",
    "CONVERT",
    "EXTRACT",
    "GROUP_CONCAT",
    "JSON_TABLE",
    "MATCH",
    "POSITION",
    "SUBSTR",
    "SUBSTRING",
)


def _with_unit(name: str) -> Callable[[list[exp.Expr]], exp.Expr]:
    """Builds a call whose first argument is a word such as DAY, not the name of a column."""

    def build(arguments: list[exp.Expr]) -> exp.Expr:
        unit = exp.var(arguments[0].name.upper()) if arguments else exp.null()
        return exp.Anonymous(this=name, expressions=[unit, *arguments[1:]])

    return build


class _MySQLParser(MySQLParser):
    FUNCTIONS: ClassVar[dict[str, Callable[..., Any]]] = {
        name: _with_unit(name) for name in ("TIMESTAMPADD", "TIMESTAMPDIFF")
    }
    FUNCTION_PARSERS: ClassVar[dict[str, Callable[..., Any]]] = {
        name: MySQLParser.FUNCTION_PARSERS[name] for name in (*_MYSQL_FORMS, "TRIM")
    }

    def _warn_unsupported(self) -> None:
        """Says nothing: a statement that sqlglot does not know is refused."""


class _SQLiteParser(SQLiteParser):
    FUNCTIONS: ClassVar[dict[str, Callable[..., Any]]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Callable[..., Any]]] = {"CAST": SQLiteParser.FUNCTION_PARSERS["CAST"]}

    def _warn_unsupported(self) -> None:
        """Says nothing: a statement that sqlglot does not know is refused."""


def _without_rewriting(transforms: dict[Any, Any]) -> dict[Any, Any]:
    """MariaDB knows REGEXP alone; and a SELECT is written as it was read, or refused."""
    kept = {kind: write for kind, write in transforms.items() if kind is not exp.Select}
    return kept | {exp.RegexpLike: lambda writer, node: writer.binary(node, "REGEXP")}


class _MySQLGenerator(MySQLGenerator):
    TRANSFORMS = _without_rewriting(MySQLGenerator.TRANSFORMS)


class _SQLiteGenerator(SQLiteGenerator):
    TRANSFORMS = _without_rewriting(SQLiteGenerator.TRANSFORMS)
    TYPE_MAPPING = SQLiteGenerator.TYPE_MAPPING | {exp.DType.DECIMAL: "NUMERIC"}

    def identifier_sql(self, expression: exp.Identifier) -> str:
        """In backticks: SQLite takes "nmae" in double quotes for a text where there is no such column."""
        return "`" + expression.name.replace("`", "``") + "`"


_TYPE_WORDS = MySQLParser.TYPE_TOKENS | SQLiteParser.TYPE_TOKENS | {TokenType.INTERVAL}
_PARSERS: dict[str, type[Parser]] = {"mysql": _MySQLParser, "sqlite": _SQLiteParser}
_GENERATORS: dict[str, type[Generator]] = {"mysql": _MySQLGenerator, "sqlite": _SQLiteGenerator}


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
        parser = _PARSERS[dialect](dialect=language, error_level=ErrorLevel.IMMEDIATE)
        trees = [tree for tree in parser.parse(tokens, text) if tree is not None]
    except TokenError as error:
        raise refuse(f"expected a query that can be read, received {_fault_of_tokens(error)}") from error
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
    writer = _GENERATORS[dialect](
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
        word.text.upper()
        for word, after in pairwise(tokens)
        if after.token_type is TokenType.L_PAREN and word.token_type not in quoted and _WORD.fullmatch(word.text)
    }


def excerpt(tree: exp.Expr, dialect: DialectName) -> str:
    """The beginning of what a tree stands for, for messages."""
    try:
        writer = _GENERATORS[dialect](dialect=dialect, comments=False, unsupported_level=ErrorLevel.IGNORE)
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
            opened.append(before is not None and before.token_type in _TYPE_WORDS)
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
    near = f" near {_shortened(str(fault['highlight']))!r}" if fault.get("highlight") else ""
    place = f" in line {fault['line']}, column {fault['col']}" if fault.get("line") else ""
    described = str(fault.get("description") or "")
    # Only this kind of description is meant for people who do not know sqlglot.
    missing = f": {described[0].lower()}{described[1:]}" if described.startswith("Expecting ") else ""
    return f"a fault{near}{place}{missing}"


def _fault_of_tokens(error: TokenError) -> str:
    missing = _MISSING.fullmatch(str(error.__cause__ or error))
    if missing is None:
        return "a text, name or comment that does not end"
    mark, line, column = missing.groups()
    return f"a text or name that begins in line {line}, column {column} and does not end with {mark}"


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LIMIT_EXCERPT else f"{line[:_LIMIT_EXCERPT]}…"
