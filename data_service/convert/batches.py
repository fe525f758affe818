"""Messages of StreamBatches to options, and streams to messages."""

from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray
from tablefit.errors import InvalidInput
from tablefit.rpc import tensors
from tablefit.v1 import data_service_pb2 as pb

from data_service.batch_parts import BatchPart
from data_service.batches import Header, OpenStream
from data_service.index import TablePin
from data_service.order import BLOCK_ROWS, WINDOW_BLOCKS
from data_service.pixels import Mode
from data_service.splits import PartName
from data_service.steps import Tail
from data_service.stream_options import ImageOptions, ShuffleOptions, SplitOptions, StreamOptions

_TAILS: dict[int, Tail] = {
    pb.TAIL_UNSPECIFIED: "keep",
    pb.TAIL_KEEP: "keep",
    pb.TAIL_DROP: "drop",
    pb.TAIL_PAD: "pad",
}
_PARTS: dict[int, PartName] = {
    pb.SPLIT_PART_UNSPECIFIED: "training",
    pb.SPLIT_PART_TRAINING: "training",
    pb.SPLIT_PART_VALIDATION: "validation",
}
_MODES: dict[int, Mode | None] = {
    pb.IMAGE_MODE_UNSPECIFIED: None,
    pb.IMAGE_MODE_L: "L",
    pb.IMAGE_MODE_RGB: "RGB",
}
_MODE_VALUES: dict[Mode, pb.ImageMode] = {"L": pb.IMAGE_MODE_L, "RGB": pb.IMAGE_MODE_RGB}


def decode_request(request: pb.StreamBatchesRequest, peer: str) -> StreamOptions:
    """The options that a request means; `peer` names the caller when the request does not."""
    if request.tail not in _TAILS:
        raise InvalidInput(f"expected a tail of this service's contract, received {request.tail}", field="tail")
    return StreamOptions(
        table=request.table,
        reader=request.reader or f"a stream to {peer}",
        batch_size=request.batch_size,
        snapshot=request.snapshot,
        pin=_decode_pin(request.pin) if request.HasField("pin") else None,
        split=_decode_split(request.split) if request.HasField("split") else None,
        image=_decode_image(request.image),
        shuffle=ShuffleOptions(request.shuffle.seed, request.shuffle.epoch) if request.HasField("shuffle") else None,
        tail=_TAILS[request.tail],
        start_step=request.start_step,
        step_count=request.step_count,
        header_only=request.header_only,
    )


def encode_stream(stream: OpenStream) -> Iterator[pb.StreamBatchesResponse]:
    """The messages of a stream: its header, then a message for each group."""
    yield pb.StreamBatchesResponse(header=encode_header(stream.header))
    for group in stream.groups:
        yield pb.StreamBatchesResponse(batches=pb.BatchGroup(batches=map(encode_part, group)))


def encode_header(header: Header) -> pb.StreamHeader:
    """The message that describes a stream."""
    pixel_format, epoch = header.pixel_format, header.epoch
    return pb.StreamHeader(
        table_id=header.table_id,
        columns=[
            pb.TensorSchema(column="label", data_type=pb.DATA_TYPE_INT32),
            pb.TensorSchema(column="image", data_type=pb.DATA_TYPE_UINT8, row_shape=pixel_format.row_shape),
        ],
        class_names=header.class_names,
        class_row_counts=header.class_row_counts,
        pin=pb.TablePin(row_count=header.pin.row_count, last_id=header.pin.last_id, digest=header.pin.digest),
        row_count=epoch.row_count,
        step_count=epoch.step_count,
        dropped_row_count=epoch.dropped_row_count,
        padded_row_count=epoch.padded_row_count,
        block_rows=BLOCK_ROWS,
        window_blocks=WINDOW_BLOCKS,
        image=pb.ImageOptions(
            mode=_MODE_VALUES[pixel_format.mode], height=pixel_format.height, width=pixel_format.width
        ),
    )


def encode_part(part: BatchPart) -> pb.Batch:
    """The message of a batch or a part of one."""
    columns: dict[str, NDArray[Any]] = {"label": part.labels, "image": part.images}
    return pb.Batch(
        step=part.step,
        part=part.part,
        part_count=part.part_count,
        row_ids=tensors.encode(part.row_ids),
        weights=None if part.weights is None else tensors.encode(part.weights),
        columns=[pb.NamedTensor(column=name, tensor=tensors.encode(values)) for name, values in columns.items()],
    )


def _decode_pin(pin: pb.TablePin) -> TablePin:
    return TablePin(pin.row_count, pin.last_id, pin.digest)


def _decode_split(split: pb.Split) -> SplitOptions:
    if split.part not in _PARTS:
        raise InvalidInput(
            f"expected a split part of this service's contract, received {split.part}", field="split.part"
        )
    return SplitOptions(split.validation_fraction, split.seed, _PARTS[split.part])


def _decode_image(image: pb.ImageOptions) -> ImageOptions:
    if image.mode not in _MODES:
        raise InvalidInput(
            f"expected an image mode of this service's contract, received {image.mode}", field="image.mode"
        )
    return ImageOptions(_MODES[image.mode], image.height, image.width)
