"""Holds every node of a query's tree against the tables of `allowed`.

Leaves the names of tables to `names_read` and those of columns to `output`.
"""

import difflib
import re

from sqlglot import exp

from data_service.queries import allowed, phrases
from data_service.queries.grammar import DialectName, calls, excerpt, refuse

QUERIES = (exp.Select, exp.Union, exp.Except, exp.Intersect)
_BARE_WORD = re.compile(r"[A-Za-z0-9_]+")
_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_HEX = re.compile(r"[0-9A-Fa-f]+")
_BITS = re.compile(r"[01]+")
_FRAMES = frozenset({"ROWS", "RANGE", "GROUPS", "CURRENT ROW", "UNBOUNDED", "PRECEDING", "FOLLOWING"})
_EXCLUDED = frozenset({"NO OTHERS", "CURRENT ROW", "GROUP", "TIES"})
# SQLite's functions of time, which mean the present where a time is missing or "now".
_SQLITE_TIMES = {"DATE": 0, "TIME": 0, "DATETIME": 0, "JULIANDAY": 0, "UNIXEPOCH": 0, "STRFTIME": 1}
_PRESENT = frozenset({"now", "localtime", "utc"})


def check_tree(tree: exp.Expr, dialect: DialectName) -> None:
    """Raises InvalidInput for the first node that a query may not hold."""
    root = tree
    while isinstance(root, exp.Subquery):
        if root.args.get("alias") or root.args.get("joins"):
            raise refuse("expected SELECT * FROM before a query in parentheses that is joined or has a name")
        root = root.this
    if not isinstance(root, QUERIES):
        raise refuse(f"expected a SELECT, received {phrases.call_kind(type(root))}")
    for node in tree.walk(bfs=False):
        _check_node(node, dialect)


def check_calls(sql: str, dialect: DialectName) -> None:
    """Raises InvalidInput where the SQL that would run calls a function that is not on the list."""
    for name in sorted(calls(sql, dialect) - allowed.WORDS_BEFORE_PARENTHESES):
        _check_function(name, dialect)


def _check_node(node: exp.Expr, dialect: DialectName) -> None:
    kind = type(node)
    parts = allowed.parts_of(kind, dialect)
    if parts is None:
        raise refuse(f"expected a query without {phrases.call_kind(kind)}{_why(kind, node, dialect)}")
    for part, value in node.args.items():
        if part not in parts and (value or value == 0) and value is not False:
            raise refuse(f"expected a query without {phrases.call_part(kind, part)}: leave it out")
    fault = _find_fault(node, dialect)
    if fault:
        raise refuse(f"{fault}, received {excerpt(node, dialect)}")


def _why(kind: type[exp.Expr], node: exp.Expr, dialect: DialectName) -> str:
    # Words such as CURRENT_USER are functions that need no parentheses.
    reason = phrases.REASONS.get(kind.sql_name()) if issubclass(kind, exp.Func) else None
    return f": {reason}" if reason else f", received {excerpt(node, dialect)}"


def _find_fault(node: exp.Expr, dialect: DialectName) -> str:
    """What to write instead, where the words or values of an allowed node are not."""
    match node:
        case exp.Anonymous():
            _check_call(node, dialect)
        case exp.Join():
            return _find_fault_of_join(node, dialect)
        case exp.Select() if not node.expressions:
            return "expected columns after SELECT"
        case exp.Literal() if not node.is_string and not _NUMBER.fullmatch(str(node.this)):
            return "expected a decimal number"
        case exp.Var() if not _BARE_WORD.fullmatch(str(node.this)):
            return "expected a plain word"
        case exp.HexString() if not _HEX.fullmatch(str(node.this)):
            return "expected hexadecimal digits"
        case exp.HexString() if len(str(node.this)) % 2 and not node.args.get("is_integer"):
            return "expected an even number of hexadecimal digits"
        case exp.BitString() if not _BITS.fullmatch(str(node.this)):
            return "expected bits of 0 and 1"
        case exp.Introducer() if str(node.name).lower() not in allowed.INTRODUCERS:
            return (
                f"expected a text with no character set before it, or one of {', '.join(sorted(allowed.INTRODUCERS))}"
            )
        case exp.DataType() if node.this not in allowed.TYPES[dialect]:
            return f"expected a cast to {allowed.TYPES_CALLED[dialect]}"
        case exp.WindowSpec():
            return _find_fault_of_frame(node)
        case exp.Window() if node.args.get("over") not in (None, "OVER"):
            return "expected OVER before a window"
    return ""


def _find_fault_of_join(join: exp.Join, dialect: DialectName) -> str:
    words = allowed.JOINS[dialect]
    if any(join.text(part) and join.text(part).upper() not in words[part] for part in words):
        return f"expected a join that {dialect} has"
    return ""


def _find_fault_of_frame(spec: exp.WindowSpec) -> str:
    words = {value for part, value in spec.args.items() if isinstance(value, str) and part != "exclude"}
    if not words <= _FRAMES or str(spec.args.get("exclude") or "NO OTHERS") not in _EXCLUDED:
        return "expected a window of ROWS, RANGE or GROUPS"
    return ""


def _check_call(call: exp.Anonymous, dialect: DialectName) -> None:
    if not isinstance(call.this, str):
        raise refuse(f"expected functions without quotes around their names, received {excerpt(call, dialect)}")
    name = call.this.upper()
    _check_function(name, dialect)
    if name == "UNIX_TIMESTAMP" and not call.expressions:
        raise refuse("expected UNIX_TIMESTAMP with an argument: without one it tells the present time")
    if dialect == "sqlite" and name in _SQLITE_TIMES and _tells_the_present(call, _SQLITE_TIMES[name]):
        raise refuse(
            f"expected a time of a column or a fixed one, received {excerpt(call, dialect)}, which depends on the "
            "present or on the place"
        )


def _tells_the_present(call: exp.Anonymous, place: int) -> bool:
    texts = (argument.name for argument in call.expressions if isinstance(argument, exp.Literal) and argument.is_string)
    return len(call.expressions) <= place or any(text.strip().lower() in _PRESENT for text in texts)


def _check_function(name: str, dialect: DialectName) -> None:
    if name in phrases.REASONS:
        raise refuse(f"expected a query without {name}: {phrases.REASONS[name]}")
    if name not in allowed.FUNCTIONS[dialect]:
        close = difflib.get_close_matches(name, allowed.FUNCTIONS[dialect], n=3)
        advice = f"; near it are {', '.join(close)}" if close else ""
        raise refuse(f"expected only functions that are on the list of safe ones, received {name}{advice}")
