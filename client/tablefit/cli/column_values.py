"""Columns and their values as they are typed on a command line or stand in a file of JSON.

age:integer?   vector:tensor:float32:2x3        a column: name, type, what tensors hold; ? says that it may be NULL
age=39   photo=@cat.png   vector=[1,2,3]        a value in the type of its column
"""

import base64
import binascii
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tablefit.cli.text_files import read_text
from tablefit.errors import InvalidInput

if TYPE_CHECKING:
    from tablefit.data import Column

_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_FORM = "expected NAME:TYPE such as age:integer or age:integer?, or NAME:tensor:float32:2x3"


def parse_column(text: str) -> "Column":
    """The column that "age:integer?" or "vector:tensor:float32:16" declares; a usage error otherwise."""
    from tablefit.data import Column

    nullable = text.endswith("?")
    name, *words = text.removesuffix("?").split(":")
    if not name or not words or not words[0]:
        raise typer.BadParameter(f"{_FORM}; received {text!r}")
    if words[0] != "tensor" and len(words) == 1:
        return Column(name, words[0], nullable)
    if words[0] != "tensor" or len(words) != 3 or not re.fullmatch(r"[1-9][0-9]*(x[1-9][0-9]*)*", words[2]):
        raise typer.BadParameter(f"{_FORM}; received {text!r}")
    return Column(name, "tensor", nullable, data_type=words[1], shape=tuple(map(int, words[2].split("x"))))


def parse_values(texts: Sequence[str], columns: Sequence["Column"]) -> dict[str, Any]:
    """The values by column that "age=39" and the like give. Raises InvalidInput for one that does not fit."""
    known = {column.name: column for column in columns}
    values: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"expected COLUMN=VALUE such as age=39, received {text!r}")
        if name not in known:
            raise InvalidInput(f"There is no column {name!r}; expected one of {', '.join(known)[:300]}.")
        values[name] = _parse_value(value, known[name])
    return values


def read_rows(path: str, columns: Sequence["Column"]) -> list[dict[str, Any]]:
    """The rows of a file of JSON, "-" for standard input: an array of objects, or an object in each line.

    Byte strings and images stand there in base64, as --json prints them.
    """
    try:
        text = sys.stdin.read() if path == "-" else read_text(Path(path))
        rows = json.loads(text) if text.lstrip().startswith("[") else list(map(json.loads, _lines(text)))
    except ValueError as error:
        raise InvalidInput(f"{path} holds no JSON: {error}.") from error
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise InvalidInput(f'expected an array of objects such as [{{"age": 39}}], or one in each line, in {path}')
    blobs = {column.name for column in columns if column.type in ("image", "bytes")}
    return [_with_bytes(row, blobs) for row in rows]


def _parse_value(text: str, column: "Column") -> Any:
    match column.type:
        case "integer":
            return _number(text, int, column, "an integer")
        case "float":
            return _number(text, float, column, "a number")
        case "boolean":
            return _boolean(text, column)
        case "tensor":
            return _number(text, json.loads, column, "a list of numbers such as [1,2]")
        case "image" | "bytes":
            return _read_file(text, column)
    return text


def _number(text: str, parse: Any, column: "Column", expected: str) -> Any:
    try:
        return parse(text)
    except ValueError:
        raise InvalidInput(f"expected {expected} for the column {column.name!r}, received {text!r:.80}") from None


def _boolean(text: str, column: "Column") -> bool:
    if text.lower() not in _BOOLEANS:
        raise InvalidInput(f"expected true or false for the column {column.name!r}, received {text!r:.80}")
    return _BOOLEANS[text.lower()]


def _read_file(text: str, column: "Column") -> bytes:
    if not text.startswith("@"):
        raise InvalidInput(f"expected {column.name}=@FILE, since its values are bytes; received {text!r:.80}")
    try:
        return Path(text[1:]).read_bytes()
    except OSError as error:
        raise InvalidInput(f"Cannot read {text[1:]}: {error.strerror}.") from error


def _with_bytes(row: Mapping[str, Any], blobs: set[str]) -> dict[str, Any]:
    try:
        return {
            name: base64.b64decode(value, validate=True) if name in blobs and value is not None else value
            for name, value in row.items()
        }
    except (binascii.Error, TypeError, ValueError) as error:
        raise InvalidInput(f"expected bytes in base64 in the columns {', '.join(sorted(blobs))}: {error}.") from error


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]
