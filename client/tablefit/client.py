"""Client: tables, rows and training in one object, for scripts and notebooks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tablefit.data import DataClient, IngestProgress, IngestResult, Rejection, StreamOptions
from tablefit.errors import AlreadyExists, InvalidInput, NotFound, WrongState
from tablefit.exports import Export, ExportOptions, export_table
from tablefit.sources import Source, is_columnar, open_source, upload_id_for
from tablefit.training import Event, JobState, ModelFile, TrainingClient, TrainingJob, TrainingSpec

# Rows asked for at once when a whole table is read; the service cuts and joins messages by bytes anyway.
_READ_BATCH_SIZE = 256


@dataclass(frozen=True)
class Arrays:
    """A whole table as arrays, in order of id.

    `x` uint8 (row, height, width, channel), `y` int32 (row,) indices into `class_names`, `id` int64 (row,).
    """

    x: NDArray[np.uint8]
    y: NDArray[np.int32]
    class_names: tuple[str, ...]
    id: NDArray[np.int64]


class Client:
    """Speaks to a data service and a training service (HOST:PORT each; default: TABLEFIT_DATA_SERVICE and
    TABLEFIT_TRAINING_SERVICE, else 127.0.0.1:7501 and :7502). Connects when it has to.

    All failures are exceptions of `tablefit.errors`. `data` and `training` hold the clients of the single services.
    """

    def __init__(self, data_service: str | None = None, training_service: str | None = None) -> None:
        self.data = DataClient(data_service)
        self.training = TrainingClient(training_service)
        self._add_calls(self.data)

    def _add_calls(self, data: DataClient) -> None:
        """The data client's calls on tables, rows, datasets and snapshots, which are calls of this client as well."""
        self.create_table, self.get_table, self.list_tables = data.create_table, data.get_table, data.list_tables
        self.rename_table, self.describe_table = data.rename_table, data.describe_table
        self.delete_table, self.compute_statistics = data.delete_table, data.compute_statistics
        self.get_row, self.list_rows = data.get_row, data.list_rows
        self.insert_rows, self.update_rows, self.delete_rows = data.insert_rows, data.update_rows, data.delete_rows
        self.create_dataset, self.copy_table, self.append_table = (
            data.create_dataset,
            data.copy_table,
            data.append_table,
        )
        self.split_table, self.sample_table = data.split_table, data.sample_table
        self.relabel_rows, self.deduplicate_rows = data.relabel_rows, data.deduplicate_rows
        self.truncate_table = data.truncate_table
        self.create_snapshot, self.get_snapshot = data.create_snapshot, data.get_snapshot
        self.list_snapshots, self.update_snapshot = data.list_snapshots, data.update_snapshot
        self.delete_snapshot = data.delete_snapshot

    def close(self) -> None:
        """Ends all calls and connections. Jobs go on."""
        self.data.close()
        self.training.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def ingest_folder(
        self,
        table: str,
        path: str | Path,
        *,
        append: bool = False,
        inside: str | None = None,
        on_progress: Callable[[IngestProgress], None] | None = None,
        on_rejection: Callable[[Rejection], None] | None = None,
    ) -> IngestResult:
        """Stores labelled images in a table, which is created when it is absent: a folder of label folders, or any
        other source that `tablefit.sources.open_source` opens; `inside` is explained there.

        Interrupted at any point, the same call goes on where it stopped. A table that holds rows already is added to
        only with `append`. Images that cannot be stored are refused one by one; the rest goes on. Raises WrongState,
        InvalidInput, Unavailable.
        """
        source = open_source(path, inside)
        if is_columnar(source):
            raise InvalidInput(
                f"{path} is a table of the columns {', '.join(column.name for column in source.columns)}; expected "
                "labelled images, such as a header with a column of paths and one of labels (path,label)."
            )
        if not source.row_count:
            raise InvalidInput(f"{path} holds no images.")
        self._ensure_table(table)
        upload_id = self._upload_id(table, path, source, append)
        return self.data.ingest(table, source, upload_id, on_progress=on_progress, on_rejection=on_rejection)

    def to_numpy(
        self,
        table: str,
        *,
        image_size: tuple[int, int] | None = None,
        mode: str | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> tuple[NDArray[np.uint8], NDArray[np.int32], tuple[str, ...]]:
        """The whole table as (x, y, class names): x uint8 (row, height, width, channel), y int32 (row,), by id.

        `image_size` is (height, width), `mode` "L" or "RGB"; both default to what all rows share. Raises WrongState
        when they share none.
        """
        arrays = self.read_arrays(table, image_size=image_size, mode=mode, on_progress=on_progress)
        return arrays.x, arrays.y, arrays.class_names

    def read_arrays(
        self,
        table: str,
        *,
        image_size: tuple[int, int] | None = None,
        mode: str | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> Arrays:
        """As `to_numpy`, with the row ids. `on_progress` gets rows received and rows in all."""
        height, width = image_size or (None, None)
        options = StreamOptions(table=table, mode=mode, height=height, width=width, batch_size=_READ_BATCH_SIZE)
        stream = self.data.stream_batches(options)
        header = stream.header
        x = np.empty((header.row_count, *header.image_shape), np.uint8)
        y = np.empty(header.row_count, np.int32)
        row_ids = np.empty(header.row_count, np.int64)
        done = 0
        try:
            for batch in stream:
                rows = slice(done, done + len(batch.row_ids))
                x[rows], y[rows], row_ids[rows] = batch.columns["image"], batch.columns["label"], batch.row_ids
                done = rows.stop
                if on_progress is not None:
                    on_progress(done, header.row_count)
        finally:
            stream.close()
        return Arrays(x, y, header.class_names, row_ids)

    def export_table(
        self,
        table: str,
        path: str | Path,
        *,
        overwrite: bool = False,
        options: ExportOptions | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> Export:
        """Writes a whole table to an .npz or .parquet file or a folder of images, by the end of its name.

        Raises AlreadyExists, InvalidInput, WrongState; see `tablefit.exports`.
        """
        return export_table(self.data, table, Path(path), options=options, overwrite=overwrite, on_progress=on_progress)

    def train(
        self,
        table: str,
        architecture: str,
        *,
        architecture_parameters: Mapping[str, float] | None = None,
        optimizer: str | None = None,
        learning_rate: float | None = None,
        validation_split: float | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        image_size: tuple[int, int] | None = None,
        mode: str | None = None,
        seed: int | None = None,
        save_model: bool | None = None,
        request_id: str | None = None,
    ) -> "Job":
        """Queues a training job and returns it at once; iterate it for its progress.

        What is None gets the service's default (`Job.record.spec` shows it). Raises NotFound, InvalidInput, WrongState.
        """
        spec = TrainingSpec(
            table=table,
            architecture=architecture,
            architecture_parameters=architecture_parameters or {},
            optimizer=optimizer,
            learning_rate=learning_rate,
            validation_split=validation_split,
            epochs=epochs,
            batch_size=batch_size,
            image_size=image_size,
            mode=mode,
            seed=seed,
            save_model=save_model,
        )
        return Job(self.training, self.training.create_job(spec, request_id=request_id))

    def list_jobs(self, states: Sequence[JobState] = ()) -> Iterator[TrainingJob]:
        """Jobs, newest first."""
        return self.training.list_jobs(states)

    def get_job(self, job_id: str) -> "Job":
        """A job by its id. Raises NotFound."""
        return Job(self.training, self.training.get_job(job_id))

    def cancel_job(self, job_id: str) -> TrainingJob:
        """Asks a job to stop within one step. Raises NotFound, WrongState."""
        return self.training.cancel_job(job_id)

    def download_model(
        self, job_id: str, path: str | Path, *, on_progress: Callable[[int, int], None] | None = None
    ) -> ModelFile:
        """Writes a job's model to `path`, checked. Raises NotFound, WrongState, InvalidInput."""
        return self.training.download_model(job_id, path, on_progress=on_progress)

    def _ensure_table(self, table: str) -> None:
        try:
            self.data.get_table(table)
        except NotFound:
            self._create_unless_there(table)

    def _create_unless_there(self, table: str) -> None:
        """Creates the table, unless another client was quicker. Raises AlreadyExists for one of somebody else's."""
        try:
            self.data.create_table(table)
        except AlreadyExists as refusal:
            try:
                self.data.get_table(table)
            except NotFound:
                raise refusal from None

    def _upload_id(self, table: str, path: str | Path, source: Source, append: bool) -> str:
        """The id of the upload to begin or to go on with."""
        ordinal = 0
        while True:
            upload_id = upload_id_for(path, source, ordinal)
            state = self.data.get_upload(table, upload_id)
            if not state.finished:
                break
            if not append:
                raise WrongState(
                    f"{path} is in table {table} already ({state.committed_rows} rows); "
                    "to add its rows once more, say append=True (--append)."
                )
            ordinal += 1
        if state.table_rows and not state.next_chunk and not append:
            raise WrongState(
                f"Table {table} already holds {state.table_rows} rows; "
                f"to add the {source.row_count} images of {path}, say append=True (--append)."
            )
        return upload_id


class Job:
    """A training job. Iterating gives its events, from the first to the one that ends it, as often as you like."""

    def __init__(self, training: TrainingClient, record: TrainingJob) -> None:
        self._training = training
        self.record = record

    @property
    def job_id(self) -> str:
        """The id that the service gave."""
        return self.record.job_id

    @property
    def state(self) -> JobState:
        """Where the job stood when `record` was read last."""
        return self.record.state

    def __iter__(self) -> Iterator[Event]:
        return self.watch()

    def watch(self, after_sequence: int = 0) -> Iterator[Event]:
        """Events after `after_sequence`, then new ones as they come. Raises Unavailable."""
        yield from self._training.watch_job(self.job_id, after_sequence)
        self.refresh()

    def refresh(self) -> TrainingJob:
        """Reads the job anew."""
        self.record = self._training.get_job(self.job_id)
        return self.record

    def wait(self) -> TrainingJob:
        """Waits for the job's end and returns it; look at its state and failure."""
        for _ in self._training.watch_job(self.job_id, self.record.last_sequence):
            pass
        return self.refresh()

    def cancel(self) -> TrainingJob:
        """Asks the job to stop within one step. Raises WrongState when it has ended otherwise."""
        self.record = self._training.cancel_job(self.job_id)
        return self.record

    def download(self, path: str | Path) -> ModelFile:
        """Writes the trained model to `path`, checked. Raises WrongState before the job has succeeded."""
        return self._training.download_model(self.job_id, path)

    def __repr__(self) -> str:
        return f"Job({self.job_id!r}, {self.state}, table={self.record.spec.table!r})"
