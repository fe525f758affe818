"""Streams of batches to messages."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from tablefit.imaging.pixel_format import Mode, PixelFormat
from tablefit.rpc import tensors
from tablefit.v1 import data_service_pb2 as pb

from data_service.batch_parts import BatchGroup
from data_service.columns import ColumnArray
from data_service.convert.features import encode_fitted_features
from data_service.convert.snapshots import encode_snapshot
from data_service.convert.streams import FITS, RESAMPLINGS
from data_service.convert.tables import COLUMN_TYPES
from data_service.order import BLOCK_ROWS, WINDOW_BLOCKS
from data_service.stream_columns import BatchColumn
from data_service.stream_opening import Header, OpenStream

_MODE_VALUES: dict[Mode, pb.ImageMode] = {"L": pb.IMAGE_MODE_L, "RGB": pb.IMAGE_MODE_RGB}
_RESAMPLING_VALUES: dict[str, Any] = {name: number for number, name in RESAMPLINGS.items() if number}
_FIT_VALUES: dict[str, Any] = {name: number for number, name in FITS.items() if number}
_STRING_TYPES = {"text": pb.DATA_TYPE_TEXT, "bytes": pb.DATA_TYPE_BYTES}


def encode_stream(stream: OpenStream) -> Iterator[pb.StreamBatchesResponse]:
    """The messages of a stream: its header, then a message for each group."""
    yield pb.StreamBatchesResponse(header=encode_header(stream.header))
    types = {column.name: _data_type(column) for column in stream.header.columns}
    for group in stream.groups:
        yield encode_group(group, types)


def encode_header(header: Header) -> pb.StreamHeader:
    """The message that describes a stream."""
    epoch, image = header.epoch, header.pixel_format
    return pb.StreamHeader(
        snapshot=encode_snapshot(header.snapshot),
        columns=[_encode_column(column, header) for column in header.columns],
        target=header.target,
        row_count=header.part_row_count,
        step_count=epoch.step_count,
        dropped_row_count=epoch.dropped_row_count,
        padded_row_count=epoch.padded_row_count,
        oversampled_row_count=header.oversampled_row_count,
        block_rows=BLOCK_ROWS,
        window_blocks=WINDOW_BLOCKS,
        image=None if image is None else _encode_image(image),
        features=encode_fitted_features(header.features),
    )


def encode_group(group: BatchGroup, types: dict[str, pb.DataType]) -> pb.StreamBatchesResponse:
    """The message of some batches or a part of one; `types` are the element types of its columns."""
    response = pb.StreamBatchesResponse()
    # Made in their places: a message that is put into another one is copied, and these are large.
    message = response.batches
    message.first_step, message.part, message.part_count = group.first_step, group.part, group.part_count
    message.row_counts.extend(group.row_counts)
    tensors.encode_into(message.row_ids, group.row_ids)
    if group.weights is not None:
        tensors.encode_into(message.weights, group.weights)
    for name, column in group.columns.items():
        _encode_values(message.columns.add(column=name), column, types[name])
    return response


def _encode_column(column: BatchColumn, header: Header) -> pb.BatchColumn:
    counts = header.class_counts.get(column.name)
    return pb.BatchColumn(
        column=column.name,
        data_type=_data_type(column),
        row_shape=column.row_shape,
        type=COLUMN_TYPES[column.type] if column.type else pb.COLUMN_TYPE_UNSPECIFIED,
        nullable=column.nullable,
        class_names=column.class_names,
        class_row_counts=counts.row_counts if counts else (),
        class_weights=counts.weights if counts else (),
    )


def _encode_values(message: pb.NamedTensor, column: ColumnArray, data_type: pb.DataType) -> None:
    values: Any = column.values
    if data_type in _STRING_TYPES.values():
        message.tensor.CopyFrom(tensors.encode_strings(values.tolist(), data_type))
    else:
        tensors.encode_into(message.tensor, values)
    if column.is_null is not None and column.is_null.any():
        message.is_null = column.is_null.astype(np.uint8).tobytes()


def _encode_image(wanted: PixelFormat) -> pb.ImageOptions:
    return pb.ImageOptions(
        mode=_MODE_VALUES[wanted.mode],
        height=wanted.height,
        width=wanted.width,
        resampling=_RESAMPLING_VALUES[wanted.resampling],
        fit=_FIT_VALUES[wanted.fit],
    )


def _data_type(column: BatchColumn) -> pb.DataType:
    return _STRING_TYPES.get(column.data_type) or tensors.data_type_number(column.data_type)
