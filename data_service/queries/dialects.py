"""The two languages as sqlglot reads and writes them, changed so that nothing is translated.

sqlglot is made for translating, so it knows functions by their meaning and may write others that mean the same. Here a
function keeps the name and the arguments that it was given, so that what is checked is what runs. Leaves to `grammar`
when a text may be read at all.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.generator import Generator
from sqlglot.generators.mysql import MySQLGenerator
from sqlglot.generators.sqlite import SQLiteGenerator
from sqlglot.parser import Parser
from sqlglot.parsers.mysql import MySQLParser
from sqlglot.parsers.sqlite import SQLiteParser
from sqlglot.tokenizer_core import Token, TokenType

_WRITTEN = "written"
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
    "TRIM",
)


def _hexadecimal(parser: Parser, token: Token) -> exp.Expr:
    """Tells 0x41 from x'41', which MariaDB takes for a number and for a text."""
    is_number = parser.sql[token.start : token.start + 2] == "0x"
    return exp.HexString(this=token.text, is_integer=is_number or None)


def _marked(node: exp.Expr | None) -> exp.Expr | None:
    """Tells the parentheses that stand in the text from those that sqlglot adds as it reads."""
    if isinstance(node, exp.Paren):
        node.meta[_WRITTEN] = True
    return node


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
        name: MySQLParser.FUNCTION_PARSERS[name] for name in _MYSQL_FORMS
    }
    NUMERIC_PARSERS: ClassVar[dict[TokenType, Callable[..., Any]]] = {
        **MySQLParser.NUMERIC_PARSERS,
        TokenType.HEX_STRING: _hexadecimal,
    }
    PRIMARY_PARSERS: ClassVar[dict[TokenType, Callable[..., Any]]] = {
        **MySQLParser.PRIMARY_PARSERS,
        TokenType.HEX_STRING: _hexadecimal,
    }

    def _parse_paren(self) -> exp.Expr | None:
        return _marked(super()._parse_paren())

    def _warn_unsupported(self) -> None:
        """Says nothing: a statement that sqlglot does not know is refused."""


class _SQLiteParser(SQLiteParser):
    FUNCTIONS: ClassVar[dict[str, Callable[..., Any]]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Callable[..., Any]]] = {"CAST": SQLiteParser.FUNCTION_PARSERS["CAST"]}

    def _warn_unsupported(self) -> None:
        """Says nothing: a statement that sqlglot does not know is refused."""

    def _parse_paren(self) -> exp.Expr | None:
        return _marked(super()._parse_paren())


def _without_rewriting(transforms: dict[Any, Any]) -> dict[Any, Any]:
    """MariaDB knows REGEXP alone; and a SELECT is written as it was read, or refused."""
    kept = {kind: write for kind, write in transforms.items() if kind is not exp.Select}
    return kept | {exp.RegexpLike: lambda writer, node: writer.binary(node, "REGEXP")}


class _MySQLGenerator(MySQLGenerator):
    TRANSFORMS = _without_rewriting(MySQLGenerator.TRANSFORMS) | {
        exp.HexString: lambda writer, node: f"0x{node.this}" if node.args.get("is_integer") else f"x'{node.this}'"
    }


class _SQLiteGenerator(SQLiteGenerator):
    TRANSFORMS = _without_rewriting(SQLiteGenerator.TRANSFORMS)
    TYPE_MAPPING = SQLiteGenerator.TYPE_MAPPING | {exp.DType.DECIMAL: "NUMERIC"}

    def identifier_sql(self, expression: exp.Identifier) -> str:
        """In backticks: SQLite takes "nmae" in double quotes for a text where there is no such column."""
        return "`" + expression.name.replace("`", "``") + "`"


TYPE_WORDS = MySQLParser.TYPE_TOKENS | SQLiteParser.TYPE_TOKENS | {TokenType.INTERVAL}
PARSERS: dict[str, type[Parser]] = {"mysql": _MySQLParser, "sqlite": _SQLiteParser}
GENERATORS: dict[str, type[Generator]] = {"mysql": _MySQLGenerator, "sqlite": _SQLiteGenerator}


def is_written(paren: exp.Paren) -> bool:
    """Whether a pair of parentheses stood in the text."""
    return bool(paren.meta.get(_WRITTEN))
