"""What commands print: JSON, columns, and figures as people read them.

Pure formatting first, printing last. Leaves moving progress to `tablefit.cli.meter` and the end of a command, with its
exit status, to `tablefit.cli.ending`.
"""

import base64
import dataclasses
import json
import math
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from pathlib import PurePath
from typing import Any, TextIO

Cell = object


def to_json(value: Any) -> Any:
    """`value` in JSON's own types: times as ISO 8601 in UTC, bytes as base64, NaN and infinities as null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if _is_array(value):
        return to_json(value.tolist())
    return _to_json_scalar(value)


def _to_json_scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return to_json(value.value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, PurePath):
        return well_formed(str(value))
    return well_formed(value) if isinstance(value, str) else value


def _is_array(value: Any) -> bool:
    """Whether it is one of NumPy's arrays, which is not imported for that."""
    return hasattr(value, "tolist") and hasattr(value, "dtype")


def json_text(value: Any, *, indent: int | None = None) -> str:
    """`value` as strictly valid JSON in ASCII, so that it survives any locale; one line unless `indent` is given."""
    return json.dumps(to_json(value), allow_nan=False, indent=indent)


def well_formed(text: str) -> str:
    """`text` with what no UTF-8 text can hold (bytes of a file name that were no UTF-8) written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def printable(text: str) -> str:
    """`text` on one line and harmless to a terminal: control characters are written as escapes."""
    clean = well_formed(text)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in clean)


def cell_text(value: Any) -> str:
    """One value as a person reads it in a table."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bytes):
        return f"<{format_size(len(value))}>"
    if _is_array(value):
        return f"<{value.dtype.name} {'x'.join(map(str, value.shape))}>"
    return printable(str(value))


def count(number: int, noun: str, plural: str = "") -> str:
    """A number and its noun: "1 row", "1,797 rows"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def format_size(size_bytes: int) -> str:
    """A size in the unit that keeps it short: "812 bytes", "1.4 MiB"."""
    if size_bytes < 1024:
        return count(size_bytes, "byte")
    size = float(size_bytes)
    for unit in ("KiB", "MiB", "GiB"):
        size /= 1024
        if size < 1000:
            return f"{size:.1f} {unit}" if size < 10 else f"{size:.0f} {unit}"
    return f"{size / 1024:.1f} TiB"


def format_duration(seconds: float) -> str:
    """A time span: "0.4 s", "12 s", "3:05", "1:02:09"."""
    if not math.isfinite(seconds):
        return "-"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def format_moment(time: datetime, now: datetime | None = None) -> str:
    """A point in time in twelve characters, local: "Mar 01 12:00", or "Mar 01  2024" when that is long ago."""
    age = (now or datetime.now(UTC)) - time
    return time.astimezone().strftime("%b %d %H:%M" if abs(age.days) < 180 else "%b %d  %Y")


def format_rate(per_second: float) -> str:
    """A rate without its unit: "0.4", "12", "1,234"; "-" when unknown."""
    if not math.isfinite(per_second) or per_second < 0:
        return "-"
    return f"{per_second:.1f}" if per_second < 10 else f"{per_second:,.0f}"


def format_figure(value: float) -> str:
    """A loss or a metric: four decimals, or a power of ten where these would say nothing."""
    if not math.isfinite(value):
        return str(value)
    small = 0 < abs(value) < 0.001
    return f"{value:.2e}" if small or abs(value) >= 100_000 else f"{value:.4f}"


def is_terminal() -> bool:
    """Whether standard output is one."""
    return sys.stdout.isatty()


def write_line(stream: TextIO, text: str) -> None:
    """Writes a line at once, without characters that the stream's encoding lacks."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    stream.flush()


def say(text: str = "") -> None:
    """Prints a line on standard output."""
    write_line(sys.stdout, text)


def tell(text: str) -> None:
    """Prints sentences for people on standard output; in a terminal their lines break between words."""
    write_line(sys.stdout, _broken(text, sys.stdout))


def warn(text: str) -> None:
    """Prints sentences for people on standard error; in a terminal their lines break between words."""
    write_line(sys.stderr, _broken(text, sys.stderr))


def print_json(value: Any) -> None:
    """Prints one JSON document."""
    say(json_text(value, indent=2))


def print_json_line(value: Any) -> None:
    """Prints one line of a JSON stream."""
    say(json_text(value))


def print_json_items(items: Iterable[Any]) -> None:
    """Prints one JSON array without holding its items."""
    opening = "["
    for item in items:
        sys.stdout.write(f"{opening or ','}\n  {json_text(item)}")
        opening = ""
    say("[]" if opening else "\n]")


def print_fields(fields: Sequence[tuple[str, Cell]]) -> None:
    """Prints names and values below each other."""
    width = max(len(name) for name, _ in fields) + 2
    for name, value in fields:
        text = cell_text(value)
        if is_terminal():
            room = max(shutil.get_terminal_size().columns - width, 20)
            text = f"\n{'':{width}}".join(textwrap.wrap(text, room, break_on_hyphens=False))
        say(f"{name:<{width}}{text}".rstrip())


def print_columns(headings: Sequence[str], rows: Sequence[Sequence[Cell]], *, heading: bool = True) -> None:
    """Prints rows under headings: folded to a terminal's width, whole lines elsewhere. Numbers stand to the right."""
    if is_terminal():
        _print_for_terminal(headings, rows, heading)
        return
    texts = [[cell_text(value) for value in row] for row in rows]
    lines = [[name.upper() for name in headings], *texts] if heading else texts
    widths = [max(len(line[index]) for line in lines) for index in range(len(headings))] if lines else []
    numeric = _numeric_columns(rows)
    for line in lines:
        parts = [
            text.rjust(width) if index in numeric else text.ljust(width)
            for index, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        say("  ".join(parts).rstrip())


def _print_for_terminal(headings: Sequence[str], rows: Sequence[Sequence[Cell]], heading: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=heading, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    numeric = _numeric_columns(rows)
    for index, name in enumerate(headings):
        table.add_column(name.upper(), justify="right" if index in numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell_text(value)) for value in row))
    Console(file=sys.stdout, highlight=False).print(table)


def _numeric_columns(rows: Sequence[Sequence[Cell]]) -> frozenset[int]:
    def is_number(value: Cell) -> bool:
        return isinstance(value, (int, float)) and not isinstance(value, bool)

    if not rows:
        return frozenset()
    return frozenset(index for index in range(len(rows[0])) if all(is_number(row[index]) for row in rows))


def _broken(text: str, stream: TextIO) -> str:
    """`text` with lines that fit the terminal; indented lines are commands, which stay whole to be copied."""
    if not stream.isatty():
        return text
    width = shutil.get_terminal_size().columns
    lines: list[str] = []
    for line in text.split("\n"):
        whole = line.startswith("  ") or not line
        lines += [line] if whole else textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)
