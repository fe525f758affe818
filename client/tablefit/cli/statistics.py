"""Statistics of columns as lines of text, with small histograms, for `tablefit table show --stats`."""

import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tablefit.cli import output

if TYPE_CHECKING:
    from tablefit.data import ColumnStatistics

# Values that are named before the rest is counted.
LIMIT_VALUES = 10
_LONGEST_BAR = 40
_LONGEST_LABEL = 30
_INDENT = "  "
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EIGHTHS = " ▏▎▍▌▋▊▉"
# What textwrap does not break at.
_HARD_SPACE = "\u00a0"


def describe(columns: Iterable["ColumnStatistics"], width: int) -> Iterator[str]:
    """The lines that tell of the columns, none longer than `width` as far as names allow."""
    for column in columns:
        yield ""
        yield _heading(column)
        yield from _wrapped(_figures(column), width)
        yield from _chart(_bars(column), width)
        if more := _more_values(column):
            yield _INDENT + more


def _wrapped(figures: Iterable[str], width: int) -> Iterator[str]:
    """The figures beside each other, in lines that break between them only."""
    text = " · ".join(figure.replace(" ", _HARD_SPACE) for figure in figures)
    for line in textwrap.wrap(
        text, width, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False, break_long_words=False
    ):
        yield line.replace(_HARD_SPACE, " ")


def _heading(statistics: "ColumnStatistics") -> str:
    column = statistics.column
    parts = [output.count(statistics.row_count, "row")]
    if column.nullable or statistics.null_count:
        parts.append(output.count(statistics.null_count, "null"))
    if statistics.distinct_count is not None:
        parts.append(output.count(statistics.distinct_count, "value"))
    return f"{output.printable(column.name)}  ({column.type})  {', '.join(parts)}"


def _figures(statistics: "ColumnStatistics") -> Iterator[str]:
    if statistics.minimum is not None:
        yield f"min {_value(statistics.minimum)}"
    for quantile in statistics.quantiles:
        yield f"{quantile.fraction * 100:g}% {_quantile(quantile.value, statistics.column.type)}"
    if statistics.maximum is not None:
        yield f"max {_value(statistics.maximum)}"
    if statistics.mean is not None:
        yield f"mean {_figure(statistics.mean)}"
    if statistics.standard_deviation is not None:
        yield f"deviation {_figure(statistics.standard_deviation)}"
    if statistics.byte_sizes is not None:
        sizes = statistics.byte_sizes
        shortest, longest = output.format_size(sizes.minimum), output.format_size(sizes.maximum)
        yield f"{shortest} to {longest}, {output.format_size(sizes.total)} in all"


def _bars(statistics: "ColumnStatistics") -> list[tuple[str, int]]:
    """What the bars stand for, and how long they are in rows."""
    counts = statistics.value_counts
    is_number = statistics.column.type in ("integer", "float")
    are_few = 0 < (statistics.distinct_count or 0) <= min(LIMIT_VALUES, len(counts))
    if is_number and not are_few:
        return [(f"{_figure(bin.lower)} to {_figure(bin.upper)}", bin.row_count) for bin in statistics.histogram]
    shown = sorted(counts, key=lambda each: each.value) if is_number else counts  # type: ignore[arg-type, return-value]
    bars = [(_value(each.value), each.row_count) for each in shown[:LIMIT_VALUES]]
    sizes = statistics.image_sizes[:LIMIT_VALUES]
    return bars + [(f"{size.height}x{size.width} {size.mode}", size.row_count) for size in sizes]


def _more_values(statistics: "ColumnStatistics") -> str:
    if statistics.column.type in ("integer", "float"):
        return ""
    more = (statistics.distinct_count or 0) - LIMIT_VALUES
    if statistics.value_counts and more > 0:
        return f"and {output.count(more, 'more value')}"
    more = len(statistics.image_sizes) - LIMIT_VALUES
    return f"and {output.count(more, 'more size')}" if more > 0 else ""


def _chart(bars: Sequence[tuple[str, int]], width: int) -> Iterator[str]:
    if not bars:
        return
    labels = [label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…" for label, _ in bars]
    counts = [f"{count:,}" for _, count in bars]
    label_width, count_width = max(map(len, labels)), max(map(len, counts))
    room = min(_LONGEST_BAR, max(width - len(_INDENT) - label_width - count_width - 4, 4))
    most = max(count for _, count in bars) or 1
    for label, count, (_, number) in zip(labels, counts, bars, strict=True):
        yield f"{_INDENT}{label:<{label_width}}  {count:>{count_width}}  {_bar(number / most * room)}".rstrip()


def _bar(length: float) -> str:
    """A bar so many characters long, to the eighth where the terminal has the signs for it; never none but for 0."""
    length = max(length, 1 / 8) if length else 0.0
    if (sys.stdout.encoding or "").lower().replace("-", "") != "utf8":
        return "#" * round(length)
    whole, eighths = divmod(round(length * 8), 8)
    return ("█" * whole + _EIGHTHS[eighths]).rstrip()


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return _figure(value)
    if isinstance(value, datetime):
        return _moment(value)
    return repr(value) if value == "" else output.cell_text(value)


def _quantile(value: float, type_name: str) -> str:
    if type_name == "timestamp":
        return _moment(_EPOCH + timedelta(microseconds=round(value)))
    return _figure(value)


def _figure(value: float) -> str:
    """A number with six digits, in groups of three."""
    text = f"{value:,.6g}" if abs(value) < 1e15 else f"{value:.6g}"
    return text if "e" not in text or abs(value) >= 1e15 or abs(value) < 1e-4 else f"{value:,.0f}"


def _moment(time: datetime) -> str:
    """A time in UTC without what is zero at its end."""
    text = time.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
    return text.removesuffix(" 00:00:00")
