"""Statistics between messages and records."""

from collections.abc import Iterable, Iterator

from tablefit.v1 import data_service_pb2 as pb

from data_service.convert.tables import encode_column
from data_service.convert.values import encode_value
from data_service.statistics import ColumnStatistics, StatisticsRequest
from data_service.store import ImageSize

_MODES = {1: pb.IMAGE_MODE_L, 3: pb.IMAGE_MODE_RGB}


def decode_request(request: pb.ComputeStatisticsRequest) -> StatisticsRequest:
    """Which statistics are wanted."""
    return StatisticsRequest(
        table=request.table,
        columns=tuple(request.columns),
        quantiles=tuple(request.quantiles),
        bin_count=request.bin_count,
        limit_values=request.limit_values,
    )


def encode_statistics(found: Iterable[tuple[ColumnStatistics, int]]) -> Iterator[pb.ComputeStatisticsResponse]:
    """The message of each column."""
    for statistics, column_count in found:
        yield pb.ComputeStatisticsResponse(column=_encode(statistics), column_count=column_count)


def _encode(found: ColumnStatistics) -> pb.ColumnStatistics:
    return pb.ColumnStatistics(
        column=encode_column(found.column),
        row_count=found.row_count,
        null_count=found.null_count,
        distinct_count=found.distinct_count,
        minimum=None if found.minimum is None else encode_value(found.minimum),
        maximum=None if found.maximum is None else encode_value(found.maximum),
        mean=found.mean,
        standard_deviation=found.standard_deviation,
        quantiles=[pb.Quantile(fraction=fraction, value=value) for fraction, value in found.quantiles],
        value_counts=[pb.ValueCount(value=encode_value(value), row_count=count) for value, count in found.value_counts],
        histogram=[pb.HistogramBin(**vars(bar)) for bar in found.histogram],
        byte_sizes=_encode_sizes(found.byte_sizes),
        image_sizes=map(_encode_image_size, found.image_sizes),
    )


def _encode_sizes(sizes: tuple[int, int, int] | None) -> pb.ByteSizes | None:
    return None if sizes is None else pb.ByteSizes(minimum=sizes[0], maximum=sizes[1], total=sizes[2])


def _encode_image_size(size: ImageSize) -> pb.ImageSizeCount:
    mode = _MODES.get(size.channels, pb.IMAGE_MODE_UNSPECIFIED)
    return pb.ImageSizeCount(width=size.width, height=size.height, mode=mode, row_count=size.row_count)
