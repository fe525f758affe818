"""Statistics of a table's columns, as the database computed them; None or empty where they do not fit the type."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tablefit.data.link import Link, OnProgress
from tablefit.data.tables import Column, to_column
from tablefit.data.values import CellValue, to_cell
from tablefit.rpc.calls import translated
from tablefit.v1 import data_service_pb2 as pb

_MODES = {pb.IMAGE_MODE_L: "L", pb.IMAGE_MODE_RGB: "RGB"}


@dataclass(frozen=True)
class Quantile:
    """The value below which that fraction of the values lies; of times, microseconds since 1970 in UTC."""

    fraction: float
    value: float


@dataclass(frozen=True)
class ValueCount:
    """A value and how many rows have it."""

    value: CellValue
    row_count: int


@dataclass(frozen=True)
class HistogramBin:
    """How many values lie from `lower` to below `upper`; the last one holds its upper edge, too."""

    lower: float
    upper: float
    row_count: int


@dataclass(frozen=True)
class ByteSizes:
    """Bytes of the shortest and the longest value, and of all together."""

    minimum: int
    maximum: int
    total: int


@dataclass(frozen=True)
class ImageSizeCount:
    """How many images have one size and mode ("L", "RGB")."""

    width: int
    height: int
    mode: str
    row_count: int


@dataclass(frozen=True)
class ColumnStatistics:
    """Statistics of one column. Quantiles are those of numpy.quantile, the deviation that of numpy.std."""

    column: Column
    row_count: int
    null_count: int
    distinct_count: int | None
    minimum: CellValue
    maximum: CellValue
    mean: float | None
    standard_deviation: float | None
    quantiles: tuple[Quantile, ...]
    value_counts: tuple[ValueCount, ...]
    histogram: tuple[HistogramBin, ...]
    byte_sizes: ByteSizes | None
    image_sizes: tuple[ImageSizeCount, ...]


def compute_statistics(
    link: Link,
    table: str,
    *,
    columns: Sequence[str] = (),
    quantiles: Sequence[float] = (),
    bin_count: int = 0,
    limit_values: int = 0,
    on_progress: OnProgress | None = None,
) -> tuple[ColumnStatistics, ...]:
    """The statistics of the columns, all unless some are named; `on_progress` gets columns done and in all.

    Defaults: quantiles 0.05, 0.25, 0.5, 0.75 and 0.95, 10 bars, the 20 most frequent values. Raises NotFound,
    InvalidInput.
    """
    request = pb.ComputeStatisticsRequest(
        table=table, columns=columns, quantiles=quantiles, bin_count=bin_count, limit_values=limit_values
    )
    return tuple(_follow(link, request, on_progress))


def _follow(
    link: Link, request: pb.ComputeStatisticsRequest, on_progress: OnProgress | None
) -> Iterator[ColumnStatistics]:
    call = link.stub.ComputeStatistics(request)
    try:
        with translated(link.peer):
            for done, answer in enumerate(call, 1):
                if on_progress is not None:
                    on_progress(done, answer.column_count)
                yield to_statistics(answer.column)
    finally:
        call.cancel()


def to_statistics(message: pb.ColumnStatistics) -> ColumnStatistics:
    """The record of a ColumnStatistics message."""
    column = to_column(message.column)
    sizes = message.byte_sizes
    return ColumnStatistics(
        column=column,
        row_count=message.row_count,
        null_count=message.null_count,
        distinct_count=message.distinct_count if message.HasField("distinct_count") else None,
        minimum=to_cell(message.minimum, column),
        maximum=to_cell(message.maximum, column),
        mean=message.mean if message.HasField("mean") else None,
        standard_deviation=message.standard_deviation if message.HasField("standard_deviation") else None,
        quantiles=tuple(Quantile(each.fraction, each.value) for each in message.quantiles),
        value_counts=tuple(ValueCount(to_cell(each.value, column), each.row_count) for each in message.value_counts),
        histogram=tuple(HistogramBin(each.lower, each.upper, each.row_count) for each in message.histogram),
        byte_sizes=ByteSizes(sizes.minimum, sizes.maximum, sizes.total) if message.HasField("byte_sizes") else None,
        image_sizes=tuple(
            ImageSizeCount(each.width, each.height, _MODES.get(each.mode, "unknown"), each.row_count)
            for each in message.image_sizes
        ),
    )
