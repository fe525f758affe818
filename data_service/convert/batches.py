"""Streams of batches to messages; those of batches to their bytes at once, so that values are copied once."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from tablefit.imaging.pixel_format import Mode, PixelFormat
from tablefit.rpc import tensors, wire
from tablefit.rpc.tensor_fields import SIZE_WIDTH, Content, Parts, to_content, to_rows_content, to_string_content
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


def encode_stream(stream: OpenStream) -> Iterator[pb.StreamBatchesResponse | bytes]:
    """The messages of a stream: its header, then the bytes of a message for each group."""
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


def encode_group(group: BatchGroup, types: Mapping[str, pb.DataType]) -> bytes:
    """The message of some batches or a part of one; `types` are the element types of its columns."""
    key = wire.key(pb.StreamBatchesResponse.BATCHES_FIELD_NUMBER, wire.BYTES)
    begin = len(key) + SIZE_WIDTH
    parts = Parts(begin)
    parts.add(
        wire.varint_field(pb.BatchGroup.FIRST_STEP_FIELD_NUMBER, group.first_step)
        + wire.bytes_field(pb.BatchGroup.ROW_COUNTS_FIELD_NUMBER, b"".join(map(wire.varint, group.row_counts)))
        + wire.varint_field(pb.BatchGroup.PART_FIELD_NUMBER, group.part)
        + wire.varint_field(pb.BatchGroup.PART_COUNT_FIELD_NUMBER, group.part_count)
    )
    parts.add_tensor(pb.BatchGroup.ROW_IDS_FIELD_NUMBER, to_content(group.row_ids))
    if group.weights is not None:
        parts.add_tensor(pb.BatchGroup.WEIGHTS_FIELD_NUMBER, to_content(group.weights))
    for name, column in group.columns.items():
        parts.add_named_tensor(pb.BatchGroup.COLUMNS_FIELD_NUMBER, name, *_content(column, types[name]))
    return parts.join(key + wire.varint(parts.size - begin, SIZE_WIDTH))


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


def _content(column: ColumnArray, data_type: pb.DataType) -> tuple[Content, bytes]:
    """The values of a column, and its NULLs as the contract has them."""
    values: Any = column.values
    is_null = b""
    if column.is_null is not None and column.is_null.any():
        is_null = column.is_null.astype(np.uint8).tobytes()
    if data_type in _STRING_TYPES.values():
        return to_string_content(values.tolist(), data_type), is_null
    if isinstance(values, list):
        return to_rows_content(values), is_null
    return to_content(values), is_null


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
