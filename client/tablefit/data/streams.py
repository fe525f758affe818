"""Batch streams as the client sees them: options in, header and batches out, taken up again after a break.

A stream breaks when the service or the way to it goes away. `BatchStream` then asks again with the header's snapshot
and the step after the last one it gave out; the service promises equal bytes for equal steps, so the reader notices
only the pause. Leaves the options' messages to `stream_requests`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from tablefit.data.batch_messages import Group, StreamBatches, read_response
from tablefit.data.features import to_fitted_feature
from tablefit.data.stream_requests import MODE_NAMES, StreamOptions, to_request
from tablefit.errors import Internal, InvalidInput, TablefitError
from tablefit.features import FittedFeature
from tablefit.rpc import tensors
from tablefit.rpc.calls import Patience, translated
from tablefit.v1 import data_service_pb2 as pb

_STRINGS = {pb.DATA_TYPE_TEXT: "text", pb.DATA_TYPE_BYTES: "bytes"}


@dataclass(frozen=True)
class SnapshotPin:
    """The snapshot that a stream reads: its id, its rows, and the SHA-256 over them in 64 hexadecimal digits."""

    snapshot_id: str
    row_count: int
    digest: str


@dataclass(frozen=True)
class BatchColumn:
    """A column of the batches. `data_type` is NumPy's name, "text" or "bytes"; `type` is "" for features.

    `class_row_counts` and `class_weights`, which balance the classes, are of the part that is streamed.
    """

    name: str
    data_type: str
    row_shape: tuple[int, ...]
    type: str = ""
    nullable: bool = False
    class_names: tuple[str, ...] = ()
    class_row_counts: tuple[int, ...] = ()
    class_weights: tuple[float, ...] = ()


@dataclass(frozen=True)
class StreamHeader:
    """What a stream holds. `row_count` is of the part that is streamed; `mode`, `height` and `width` of its images."""

    table: str
    table_id: str
    pin: SnapshotPin
    columns: tuple[BatchColumn, ...]
    target: str
    row_count: int
    step_count: int
    dropped_row_count: int = 0
    padded_row_count: int = 0
    oversampled_row_count: int = 0
    row_ids_are_numbers: bool = False
    mode: str = ""
    height: int = 0
    width: int = 0
    features: tuple[FittedFeature, ...] = ()

    def column(self, name: str) -> BatchColumn | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes of the target in order of index; none where the target has no classes or is not streamed."""
        target = self.column(self.target)
        return target.class_names if target else ()

    @property
    def class_row_counts(self) -> tuple[int, ...]:
        """Rows of each class of the target in the part that is streamed."""
        target = self.column(self.target)
        return target.class_row_counts if target else ()

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channel) of one image."""
        return self.height, self.width, 1 if self.mode == "L" else 3


@dataclass(frozen=True)
class Batch:
    """One step's rows, in order.

    `row_ids` int64 (batch,); `columns` by name, with the row as first axis: of image tables "label" int32 (batch,)
    indices into the class names and "image" uint8 (batch, height, width, channel). `is_null` names the columns with
    NULLs in this batch, bool (batch,). `weights` float32 (batch,) under tail "pad", else None. Arrays are read-only.
    """

    step: int
    row_ids: NDArray[np.int64]
    columns: dict[str, NDArray[Any]]
    weights: NDArray[np.float32] | None
    is_null: dict[str, NDArray[np.bool_]] = field(default_factory=dict)


class BatchStream:
    """The batches of one epoch, from `options.start_step` on. Iterate once; close it when you stop early."""

    def __init__(self, start: StreamBatches, peer: str, options: StreamOptions, patience_s: float) -> None:
        self._start, self._peer = start, peer
        self._request = to_request(options)
        self._patience = Patience(patience_s)
        self._call: Any = None
        self._closed = False
        self._next_step = options.start_step
        self.header = self._open_patiently()
        # A header alone is no progress later on: it takes neither the database nor a decoder.
        self._patience.reset()
        # From here on every further call reads the state that this one found.
        self._request.snapshot = self.header.pin.snapshot_id
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
            self._call = self._start(self._request)
            # Closed just now, by a thread that cancelled the call before.
            if self._closed:
                self._call.cancel()
            first = next(self._call)
        return _read_header(first, self._peer)

    def _read_on(self) -> Iterator[Batch]:
        """Batches of the present call, parts joined; ends with the call."""
        parts: list[Batch] = []
        for message in self._messages():
            group = _read(message, self._peer)
            if not isinstance(group, Group):
                raise Internal(f"The {self._peer} sent a second header in a stream.")
            for batch in to_batches(group):
                parts.append(batch)
                if group.part + 1 < group.part_count:
                    continue
                whole = join_parts(parts)
                parts = []
                if whole.step != self._next_step:
                    raise Internal(f"The {self._peer} sent step {whole.step} where step {self._next_step} was due.")
                self._next_step += 1
                yield whole
        if self._next_step < self._end_step and not self._closed:
            raise Internal(f"The {self._peer} ended its stream before step {self._next_step}.")

    def _messages(self) -> Iterator[bytes]:
        """The call's messages. What the consumer of a batch raises must not pass for a failure of the call."""
        while True:
            try:
                with translated(self._peer):
                    message = next(self._call)
            except StopIteration:
                return
            self._patience.reset()
            yield message


def read_header(start: StreamBatches, peer: str, options: StreamOptions) -> StreamHeader:
    """Asks for the header alone."""
    request = to_request(options)
    request.header_only = True
    with translated(peer):
        first = next(start(request))
    return _read_header(first, peer)


def to_batches(group: Group) -> Iterator[Batch]:
    """The batches of a message, as views into it."""
    start = 0
    for place, row_count in enumerate(group.row_counts):
        rows = slice(start, start + row_count)
        start += row_count
        yield Batch(
            step=group.first_step + place,
            row_ids=group.row_ids[rows],
            columns={name: values[rows] for name, values in group.columns.items()},
            weights=None if group.weights is None else group.weights[rows],
            is_null={name: flags[rows] for name, flags in group.is_null.items() if flags[rows].any()},
        )


def join_parts(parts: Sequence[Batch]) -> Batch:
    """One batch from its parts, in order; a whole batch is not copied."""
    first = parts[0]
    if len(parts) == 1:
        return first
    with_nulls = {name for part in parts for name in part.is_null}
    weights = [part.weights for part in parts if part.weights is not None]
    return Batch(
        step=first.step,
        row_ids=np.concatenate([part.row_ids for part in parts]),
        columns={name: np.concatenate([part.columns[name] for part in parts]) for name in first.columns},
        weights=np.concatenate(weights) if weights else None,
        is_null={name: np.concatenate([_flags(part, name) for part in parts]) for name in with_nulls},
    )


def _flags(part: Batch, name: str) -> NDArray[np.bool_]:
    return part.is_null.get(name, np.zeros(len(part.row_ids), dtype=np.bool_))


def _read(message: bytes, peer: str) -> pb.StreamHeader | Group:
    try:
        return read_response(message)
    # Texts that are not UTF-8 are a ValueError.
    except (DecodeError, InvalidInput, ValueError) as error:
        raise Internal(f"The {peer} sent a message that is none of a batch stream: {error}.") from error


def _read_header(message: bytes, peer: str) -> StreamHeader:
    header = _read(message, peer)
    if isinstance(header, Group):
        raise Internal(f"The {peer} sent batches where the header of their stream was due.")
    return to_header(header)


def to_header(message: pb.StreamHeader) -> StreamHeader:
    """The record of a header message."""
    snapshot = message.snapshot
    return StreamHeader(
        table=snapshot.table,
        table_id=snapshot.table_id,
        pin=SnapshotPin(snapshot.snapshot_id, snapshot.row_count, snapshot.digest),
        columns=tuple(map(_to_column, message.columns)),
        target=message.target,
        row_count=message.row_count,
        step_count=message.step_count,
        dropped_row_count=message.dropped_row_count,
        padded_row_count=message.padded_row_count,
        oversampled_row_count=message.oversampled_row_count,
        row_ids_are_numbers=snapshot.row_ids_are_numbers,
        mode=MODE_NAMES.get(message.image.mode, ""),
        height=message.image.height,
        width=message.image.width,
        features=tuple(map(to_fitted_feature, message.features)),
    )


def _to_column(message: pb.BatchColumn) -> BatchColumn:
    type_name = pb.ColumnType.Name(message.type).removeprefix("COLUMN_TYPE_").lower() if message.type else ""
    return BatchColumn(
        name=message.column,
        data_type=_STRINGS.get(message.data_type) or tensors.numpy_name(message.data_type),
        row_shape=tuple(message.row_shape),
        type=type_name,
        nullable=message.nullable,
        class_names=tuple(message.class_names),
        class_row_counts=tuple(message.class_row_counts),
        class_weights=tuple(message.class_weights),
    )
