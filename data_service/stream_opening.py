"""Makes one stream of a snapshot out of options: its header, and what its batches are taken from.

    columns, part (split, balance), features > order > share (rank) > steps > gathered groups

What is worked out for a stream is remembered with the rows of the snapshot, for the next epoch. Leaves which snapshot
that is, and how long it stays, to `batches`.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from tablefit.errors import OutOfOrder, WrongState
from tablefit.imaging.pixel_format import PixelFormat

from data_service import features
from data_service.batch_parts import BatchGroup, BatchSource
from data_service.decoded_blocks import DecodedColumn
from data_service.decoders import Decoders
from data_service.dividing import divide, oversample
from data_service.features import Fitted
from data_service.features.spec import FittedFeature
from data_service.fitting_rows import fit_features
from data_service.gathering import Gatherer
from data_service.order import BLOCK_ROWS, WINDOW_BLOCKS, Ascending, Order
from data_service.pinned_rows import PinnedRows
from data_service.rereading import DatabaseRereader, RowReads
from data_service.schema import ColumnType
from data_service.snapshots import SnapshotRecord
from data_service.split_rules import PartName
from data_service.splits import Part
from data_service.steps import Epoch, Share
from data_service.stored_formats import pixel_format
from data_service.stream_columns import BatchColumn, StreamColumns, choose
from data_service.stream_options import StreamOptions
from data_service.working_sets import WorkingSets


@dataclass(frozen=True)
class StreamMeans:
    """What all streams share: where values are read again, who decodes, and the folder of mapped files."""

    store: RowReads
    decoders: Decoders
    working_sets: WorkingSets
    directory: Path


@dataclass(frozen=True)
class ClassCounts:
    """Rows of each class of a column in the part that is streamed."""

    row_counts: tuple[int, ...]

    @property
    def weights(self) -> tuple[float, ...]:
        """Weights that balance the classes; 0 for one without rows."""
        present = sum(count > 0 for count in self.row_counts)
        total = sum(self.row_counts)
        return tuple(total / (present * count) if count else 0.0 for count in self.row_counts)


@dataclass(frozen=True)
class Header:
    """Describes a stream; as `StreamHeader` of the contract."""

    snapshot: SnapshotRecord
    columns: tuple[BatchColumn, ...]
    class_counts: dict[str, ClassCounts]
    target: str
    part_row_count: int
    oversampled_row_count: int
    epoch: Epoch
    pixel_format: PixelFormat | None
    features: tuple[FittedFeature, ...]


@dataclass(frozen=True)
class OpenStream:
    """A stream: what it gives, and then that, in groups of about one message."""

    header: Header
    groups: Iterator[BatchGroup]


class Opening:
    """A stream of one snapshot in the making; `stack` ends with the stream."""

    def __init__(
        self,
        means: StreamMeans,
        rows: PinnedRows,
        record: SnapshotRecord,
        options: StreamOptions,
        check: Callable[[], None],
        stack: ExitStack,
    ) -> None:
        self._means = means
        self._rows = rows
        # As it is now: that of `rows` may be from before the snapshot was used again.
        self._record = record
        self._options = options
        self._check = check
        self._stack = stack
        self._chosen = choose(options, rows.record.columns)
        self._rereader = DatabaseRereader(means.store, rows, check)
        self._formats = {
            name: pixel_format(rows, name, options.image)
            for name in self._chosen.gathered
            if rows.columns[name].type is ColumnType.IMAGE
        }

    def stream(self) -> OpenStream:
        options, rows = self._options, self._rows
        part = self._part(options.split.part if options.split else "training")
        fitted = self._fitted()
        columns = StreamColumns(rows, self._chosen, self._formats, fitted)
        counts = {column.name: _class_counts(rows, column, part) for column in columns.columns if column.class_names}
        epoch_part = self._balanced(part)
        epoch = _epoch(epoch_part, options, rows)
        header = Header(
            snapshot=self._record,
            columns=columns.columns,
            class_counts=counts,
            target=self._chosen.target,
            part_row_count=part.row_count,
            oversampled_row_count=epoch_part.row_count - part.row_count,
            epoch=epoch,
            pixel_format=next(iter(self._formats.values()), None),
            features=columns.fitted_features,
        )
        if options.header_only:
            return OpenStream(header, iter(()))
        share = Share(epoch, options.rank, options.world_size)
        gatherer = self._gatherer(self._chosen.gathered, epoch_part)
        source = BatchSource(rows, epoch_part, _order(epoch_part, options), share, columns, gatherer)
        return OpenStream(header, source.groups(_steps(epoch, options)))

    def _part(self, name: PartName) -> Part:
        split = self._options.split
        if split is None:
            return Part(None, self._rows.row_count)
        wanted = replace(split, part=name)
        # Named by what is written, since 1 equals True, and 0.0 equals -0.0.
        return self._rows.remembered(
            ("part", repr(wanted), self._chosen.target),
            lambda: divide(self._rows, wanted, self._chosen.target, self._means.directory),
        )

    def _balanced(self, part: Part) -> Part:
        options = self._options
        if options.balance == "none":
            return part
        seed = options.shuffle.seed if options.shuffle else 0
        return self._rows.remembered(
            ("oversampled", repr(options.split), self._chosen.target, seed),
            lambda: oversample(self._rows, part, self._chosen.target, seed, self._means.directory),
        )

    def _fitted(self) -> Fitted | None:
        options, plan = self._options, self._chosen.plan
        if not plan.steps:
            return None
        if options.fitted_features:
            return features.from_fitted(options.fitted_features, self._rows.record.columns)
        training = self._part("training")
        rule = options.split and repr((options.split.rule, options.split.stratification))
        formats = tuple(sorted((name, wanted.name) for name, wanted in self._formats.items()))
        return self._rows.remembered(
            ("fitted", repr(options.features), rule, self._chosen.target, formats),
            lambda: fit_features(plan, self._rows, training, self._gatherer(plan.columns, training), self._check),
        )

    def _gatherer(self, names: tuple[str, ...], part: Part) -> Gatherer:
        decoded = {}
        for name in names:
            wanted = self._formats.get(name)
            if wanted is not None:
                decoded[name] = self._decoded(name, wanted, part)
        return Gatherer(self._rows, names, decoded, self._rereader)

    def _decoded(self, name: str, wanted: PixelFormat, part: Part) -> DecodedColumn:
        means = self._means
        needed_bytes = _window_rows(self._rows, part, self._options) * wanted.row_bytes
        shared = (self._rows.record.digest, name, wanted)
        joined = means.working_sets.join(shared, needed_bytes, means.decoders.cache.allowed_bytes())
        return DecodedColumn(
            self._rows,
            name,
            wanted,
            decoders=means.decoders,
            rereader=self._rereader,
            keeps_blocks=self._stack.enter_context(joined),
            check=self._check,
        )


def _order(part: Part, options: StreamOptions) -> Order | Ascending:
    shuffle = options.shuffle
    return Order(part.row_count, shuffle.seed, shuffle.epoch) if shuffle else Ascending()


def _epoch(part: Part, options: StreamOptions, rows: PinnedRows) -> Epoch:
    epoch = Epoch(part.row_count, options.batch_size, options.tail)
    table = rows.record.table
    if epoch.step_count == 0:
        raise WrongState(
            f"There are {part.row_count} rows of table {table!r} to stream, fewer than one batch of "
            f"{options.batch_size}, and the tail is to be dropped, which leaves nothing. Keep or pad the tail, "
            "or ask for smaller batches.",
            details={"table": table},
        )
    if options.start_step > epoch.step_count:
        raise OutOfOrder(
            f"expected a start_step of 0 to {epoch.step_count}, where the epoch ends, received {options.start_step}"
        )
    return epoch


def _steps(epoch: Epoch, options: StreamOptions) -> range:
    stop = options.start_step + options.step_count if options.step_count else epoch.step_count
    return range(options.start_step, min(stop, epoch.step_count))


def _class_counts(rows: PinnedRows, column: BatchColumn, part: Part) -> ClassCounts:
    classes = rows.classes(column.name)
    if part.positions is None:
        return ClassCounts(classes.row_counts)
    return ClassCounts(classes.count(part.positions))


def _window_rows(rows: PinnedRows, part: Part, options: StreamOptions) -> int:
    """About how many rows of the table a reader comes back to before it is through with them."""
    if options.shuffle is None:
        return min(rows.row_count, 2 * BLOCK_ROWS)
    # A block of the part reaches over more of the table, and into two blocks of the table that it shares with others.
    spread = -(-BLOCK_ROWS * rows.row_count // part.row_count) + 2 * BLOCK_ROWS
    return min(rows.row_count, WINDOW_BLOCKS * spread)
