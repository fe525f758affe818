"""Batch streams as the client sees them: options in, header and batches out, taken up again after a break.

A stream breaks when the service or the way to it goes away. `BatchStream` then asks again with the header's pin and
the step after the last one it gave out; the service promises equal bytes for equal steps, so the reader notices only
the pause.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tablefit.errors import Internal, InvalidInput, TablefitError
from tablefit.rpc import tensors
from tablefit.rpc.calls import Patience, translated
from tablefit.v1 import data_service_pb2 as pb
from tablefit.v1.data_service_pb2_grpc import DataServiceStub

PARTS = {"training": pb.SPLIT_PART_TRAINING, "validation": pb.SPLIT_PART_VALIDATION}
TAILS = {"keep": pb.TAIL_KEEP, "drop": pb.TAIL_DROP, "pad": pb.TAIL_PAD}
MODES = {"L": pb.IMAGE_MODE_L, "RGB": pb.IMAGE_MODE_RGB}
_MODE_NAMES = {number: name for name, number in MODES.items()}


@dataclass(frozen=True)
class TablePin:
    """A state of a table: rows at or below `last_id`, and the SHA-256 over them."""

    row_count: int
    last_id: int
    digest: str


@dataclass(frozen=True)
class StreamOptions:
    """What to stream. Only `table` is required; left-out sizes and modes mean those stored, when all rows share them.

    `part` is "training" or "validation" of the split by `validation_fraction` and `split_seed`, or None for all rows.
    `shuffle_seed` None means ascending id. `tail` is "keep", "drop" or "pad". `step_count` 0 means to the end.
    """

    table: str
    pin: TablePin | None = None
    validation_fraction: float = 0.0
    split_seed: int = 0
    part: str | None = None
    mode: str | None = None
    height: int | None = None
    width: int | None = None
    shuffle_seed: int | None = None
    epoch: int = 0
    batch_size: int = 32
    tail: str = "keep"
    start_step: int = 0
    step_count: int = 0
    reader: str = ""


@dataclass(frozen=True)
class StreamHeader:
    """What a stream holds. `class_row_counts` and `row_count` are of the part that is streamed."""

    table_id: str
    class_names: tuple[str, ...]
    class_row_counts: tuple[int, ...]
    pin: TablePin
    row_count: int
    step_count: int
    dropped_row_count: int
    padded_row_count: int
    mode: str
    height: int
    width: int

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channel) of one image."""
        return self.height, self.width, 1 if self.mode == "L" else 3


@dataclass(frozen=True)
class Batch:
    """One step's rows, in order.

    `row_ids` int64 (batch,); `columns["label"]` int32 (batch,) indices into the class names; `columns["image"]` uint8
    (batch, height, width, channel); `weights` float32 (batch,) under tail "pad", else None. Arrays are read-only.
    """

    step: int
    row_ids: NDArray[np.int64]
    columns: dict[str, NDArray[Any]]
    weights: NDArray[np.float32] | None


class BatchStream:
    """The batches of one epoch, from `options.start_step` on. Iterate once; close it when you stop early."""

    def __init__(self, stub: DataServiceStub, peer: str, options: StreamOptions, patience_s: float) -> None:
        self._stub, self._peer = stub, peer
        self._request = to_request(options)
        self._patience = Patience(patience_s)
        self._call: Any = None
        self._closed = False
        self._next_step = options.start_step
        self.header = self._open_patiently()
        # From here on every further call reads the state that this one found.
        self._request.pin.CopyFrom(to_pin_message(self.header.pin))
        count = options.step_count or self.header.step_count
        self._end_step = min(options.start_step + count, self.header.step_count)

    def __iter__(self) -> Iterator[Batch]:
        is_broken = False
        while self._next_step < self._end_step and not self._closed:
            try:
                if is_broken:
                    self._open_for_the_rest()
                yield from self._read_on()
            except TablefitError as error:
                if self._closed:
                    return
                self._patience.wait_or_raise(error)
                is_broken = True

    def close(self) -> None:
        """Ends the stream at once, from any thread; an iteration under way ends."""
        self._closed = True
        if self._call is not None:
            self._call.cancel()

    def _open_patiently(self) -> StreamHeader:
        while True:
            try:
                return self._open()
            except TablefitError as error:
                self._patience.wait_or_raise(error)

    def _open_for_the_rest(self) -> None:
        if self._request.step_count:
            self._request.step_count = self._end_step - self._next_step
        self._open()

    def _open(self) -> StreamHeader:
        self._request.start_step = self._next_step
        with translated(self._peer):
            self._call = self._stub.StreamBatches(self._request)
            # Closed just now, by a thread that cancelled the call before.
            if self._closed:
                self._call.cancel()
            first = next(self._call)
        self._patience.reset()
        return to_header(first.header)

    def _read_on(self) -> Iterator[Batch]:
        """Batches of the present call, parts joined; ends with the call."""
        parts: list[pb.Batch] = []
        for message in self._messages():
            for part in message.batches.batches:
                parts.append(part)
                if part.part + 1 < part.part_count:
                    continue
                batch = join_parts(parts)
                parts = []
                if batch.step != self._next_step:
                    raise Internal(f"The {self._peer} sent step {batch.step} where step {self._next_step} was due.")
                self._next_step += 1
                yield batch
        if self._next_step < self._end_step and not self._closed:
            raise Internal(f"The {self._peer} ended its stream before step {self._next_step}.")

    def _messages(self) -> Iterator[pb.StreamBatchesResponse]:
        """The call's messages. What the consumer of a batch raises must not pass for a failure of the call."""
        while True:
            try:
                with translated(self._peer):
                    message = next(self._call)
            except StopIteration:
                return
            self._patience.reset()
            yield message


def read_header(stub: DataServiceStub, peer: str, options: StreamOptions) -> StreamHeader:
    """Asks for the header alone."""
    request = to_request(options)
    request.header_only = True
    with translated(peer):
        return to_header(next(stub.StreamBatches(request)).header)


def join_parts(parts: list[pb.Batch]) -> Batch:
    """One batch from its parts, in order; a whole batch is not copied."""
    weighted = parts[0].HasField("weights")
    columns = {
        named.column: _join([part.columns[index].tensor for part in parts])
        for index, named in enumerate(parts[0].columns)
    }
    return Batch(
        step=parts[0].step,
        row_ids=_join([part.row_ids for part in parts]),
        columns=columns,
        weights=_join([part.weights for part in parts]) if weighted else None,
    )


def _join(messages: list[pb.Tensor]) -> NDArray[Any]:
    arrays = [tensors.decode(message) for message in messages]
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def to_request(options: StreamOptions) -> pb.StreamBatchesRequest:
    """The message that asks for `options`."""
    request = pb.StreamBatchesRequest(
        table=options.table,
        batch_size=options.batch_size,
        tail=_number(TAILS, options.tail, "tail"),
        start_step=options.start_step,
        step_count=options.step_count,
        reader=options.reader,
    )
    if options.pin is not None:
        request.pin.CopyFrom(to_pin_message(options.pin))
    if options.part is not None:
        part = _number(PARTS, options.part, "split.part")
        request.split.CopyFrom(
            pb.Split(validation_fraction=options.validation_fraction, seed=options.split_seed, part=part)
        )
    if options.mode is not None:
        request.image.mode = _number(MODES, options.mode, "image.mode")
    request.image.height = options.height or 0
    request.image.width = options.width or 0
    if options.shuffle_seed is not None:
        request.shuffle.CopyFrom(pb.Shuffle(seed=options.shuffle_seed, epoch=options.epoch))
    return request


def to_pin_message(pin: TablePin) -> pb.TablePin:
    """The message of a pin."""
    return pb.TablePin(row_count=pin.row_count, last_id=pin.last_id, digest=pin.digest)


def to_header(message: pb.StreamHeader) -> StreamHeader:
    """The record of a header message."""
    pin = message.pin
    return StreamHeader(
        table_id=message.table_id,
        class_names=tuple(message.class_names),
        class_row_counts=tuple(message.class_row_counts),
        pin=TablePin(pin.row_count, pin.last_id, pin.digest),
        row_count=message.row_count,
        step_count=message.step_count,
        dropped_row_count=message.dropped_row_count,
        padded_row_count=message.padded_row_count,
        mode=_MODE_NAMES[message.image.mode],
        height=message.image.height,
        width=message.image.width,
    )


def _number(numbers: dict[str, Any], name: str, field: str) -> Any:
    if name not in numbers:
        raise InvalidInput(f"expected {field} to be one of {', '.join(numbers)}, received {name!r}", field=field)
    return numbers[name]
