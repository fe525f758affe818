"""Opens streams of batches: from options and a table to a header and groups of batches, in order of step.

    options > index (pin) > splits (part) > order (places) > steps (pieces) > blocks (pixels) > batch_parts (groups)

What a group holds follows from the options and the pinned table alone. A stream holds no database connection between
its reads and at most one group in memory; it is driven by whoever iterates over it, so a slow reader costs nothing.
Leaves messages to `convert.batches`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tablefit.errors import Cancelled, OutOfOrder, WrongState

from data_service import pixels
from data_service.batch_parts import BatchPart, BatchSource
from data_service.block_cache import BlockCache
from data_service.blocks import ImageReads, PixelReader
from data_service.decoding import Decoder
from data_service.index import Index, Indexes, RowScans, TablePin
from data_service.order import BLOCK_ROWS, WINDOW_BLOCKS, Ascending, Order
from data_service.pixels import Mode, PixelFormat
from data_service.readers import Readers
from data_service.schema import Table
from data_service.splits import Part, split_part
from data_service.steps import Epoch
from data_service.stream_options import LIMIT_SIDE, ImageOptions, StreamOptions, check_options
from data_service.working_sets import WorkingSets


class Tables(RowScans, ImageReads, Protocol):
    """What streams are made from."""

    def get_table(self, name: str) -> Table:
        """The table of that name."""
        ...


@dataclass(frozen=True)
class Header:
    """Describes a stream; as `StreamHeader` of the contract."""

    table_id: str
    class_names: tuple[str, ...]
    class_row_counts: tuple[int, ...]
    pin: TablePin
    epoch: Epoch
    pixel_format: PixelFormat


@dataclass(frozen=True)
class OpenStream:
    """A stream: what it gives, and then that, in groups of about one message."""

    header: Header
    groups: Iterator[list[BatchPart]]


class Batches:
    """Opens streams. Keeps its files in `directory`, which no other process uses. For use by many threads."""

    def __init__(
        self,
        store: Tables,
        readers: Readers,
        directory: Path,
        *,
        cache_limit_bytes: int,
        limit_pixels: int = pixels.LIMIT_PIXELS,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._store = store
        self._readers = readers
        self._directory = directory
        self._decoder = Decoder(limit_pixels)
        self._indexes = Indexes(store, directory)
        self._cache = BlockCache(directory / "blocks", cache_limit_bytes)
        self._working_sets = WorkingSets()

    @contextmanager
    def open(self, options: StreamOptions, is_wanted: Callable[[], bool] = lambda: True) -> Iterator[OpenStream]:
        """A stream, for as long as the context lasts; the table cannot be deleted through this service until then.

        `is_wanted` says whether the caller is still there; it is asked between reads. Raises InvalidInput, NotFound,
        WrongState, OutOfOrder; so does iterating, and Cancelled once the caller has gone.
        """
        check = _checker(is_wanted)
        check_options(options)
        table = self._store.get_table(options.table)
        with self._readers.hold(table.table_id, options.reader):
            index = self._indexes.open(table, options.pin, check)
            pixel_format = _pixel_format(index, options.image, table)
            part = self._part(index, options, table)
            epoch = _epoch(part, options, table)
            header = Header(table.table_id, index.class_names, part.class_row_counts, index.pin, epoch, pixel_format)
            needed_bytes = _window_rows(index, part, options) * pixel_format.row_bytes
            name = (index.pin.digest, pixel_format)
            with self._working_sets.join(name, needed_bytes, self._cache.allowed_bytes()) as fits:
                reader = PixelReader(
                    self._store,
                    self._cache,
                    table,
                    index,
                    pixel_format,
                    keeps_blocks=fits,
                    decoder=self._decoder,
                    check=check,
                )
                steps = range(0) if options.header_only else _steps(epoch, options)
                source = BatchSource(index, part, _order(part, options), epoch, reader)
                yield OpenStream(header, source.groups(steps))

    def close(self) -> None:
        """Forgets the indexes that are kept for later streams and ends the threads; open streams keep their index."""
        self._indexes.close()
        self._decoder.close()

    def _part(self, index: Index, options: StreamOptions, table: Table) -> Part:
        split = options.split
        if split is None:
            return Part(None, index.class_row_counts)
        part = split_part(
            index.ids,
            index.codes,
            index.class_row_counts,
            fraction=split.fraction,
            seed=split.seed,
            part=split.part,
            directory=self._directory,
        )
        if part.row_count == 0:
            raise WrongState(
                f"Table {table.name!r} has too few rows for a validation part of {split.fraction}: of "
                f"{index.pin.row_count} rows in {len(index.class_names)} classes none can be held out. "
                "Ask for a larger fraction or ingest more rows.",
                details={"table": table.name},
            )
        return part


def _checker(is_wanted: Callable[[], bool]) -> Callable[[], None]:
    def check() -> None:
        if not is_wanted():
            raise Cancelled("The caller of the stream has gone.")

    return check


def _order(part: Part, options: StreamOptions) -> Order | Ascending:
    shuffle = options.shuffle
    return Order(part.row_count, shuffle.seed, shuffle.epoch) if shuffle else Ascending()


def _epoch(part: Part, options: StreamOptions, table: Table) -> Epoch:
    epoch = Epoch(part.row_count, options.batch_size, options.tail)
    if epoch.step_count == 0:
        raise WrongState(
            f"There are {part.row_count} rows of table {table.name!r} to stream, fewer than one batch of "
            f"{options.batch_size}, and the tail is to be dropped, which leaves nothing. Keep or pad the tail, "
            "or ask for smaller batches.",
            details={"table": table.name},
        )
    if options.start_step > epoch.step_count:
        raise OutOfOrder(
            f"expected a start_step of 0 to {epoch.step_count}, where the epoch ends, received {options.start_step}"
        )
    return epoch


def _steps(epoch: Epoch, options: StreamOptions) -> range:
    stop = options.start_step + options.step_count if options.step_count else epoch.step_count
    return range(options.start_step, min(stop, epoch.step_count))


def _pixel_format(index: Index, wanted: ImageOptions, table: Table) -> PixelFormat:
    """The options with nothing left out. Raises WrongState when what is left out differs between rows."""
    mode = wanted.mode or _stored_mode(index, table)
    if wanted.height:
        return PixelFormat(mode, wanted.height, wanted.width)
    sizes = ", ".join(f"{width} x {height}" for width, height in index.sizes)
    if len(index.sizes) > 1:
        raise WrongState(
            f"The images of table {table.name!r} have different sizes ({sizes} and maybe more). Ask for one size.",
            details={"table": table.name},
        )
    width, height = index.sizes[0]
    if not (1 <= width <= LIMIT_SIDE and 1 <= height <= LIMIT_SIDE):
        raise WrongState(
            f"The images of table {table.name!r} are {sizes} pixels. Ask for an image size of at most "
            f"{LIMIT_SIDE:,} x {LIMIT_SIDE:,}.",
            details={"table": table.name},
        )
    return PixelFormat(mode, height, width)


def _stored_mode(index: Index, table: Table) -> Mode:
    modes: dict[tuple[int, ...], Mode] = {(1,): "L", (3,): "RGB"}
    mode = modes.get(index.channels)
    if mode is None:
        raise WrongState(
            f"Some images of table {table.name!r} are grey and some have colours. Ask for the image mode L or RGB.",
            details={"table": table.name},
        )
    return mode


def _window_rows(index: Index, part: Part, options: StreamOptions) -> int:
    """About how many rows of the table a reader comes back to before it is through with them."""
    if options.shuffle is None:
        return min(index.pin.row_count, 2 * BLOCK_ROWS)
    # A block of the part reaches over more of the table, and into two blocks of the table that it shares with others.
    spread = -(-BLOCK_ROWS * index.pin.row_count // part.row_count) + 2 * BLOCK_ROWS
    return min(index.pin.row_count, WINDOW_BLOCKS * spread)
