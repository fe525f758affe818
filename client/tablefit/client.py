"""Client: tables, rows and training in one object, for scripts and notebooks."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, Unpack

import numpy as np
from numpy.typing import NDArray

from tablefit.arrays import Arrays, read_columns, read_images
from tablefit.data import DataClient, IngestProgress, IngestResult, Rejection, StreamOptions, Table
from tablefit.data.stream_requests import Split
from tablefit.exports import Export, ExportOptions, export_table
from tablefit.features import Feature, Features
from tablefit.ingesting import Ingestible, Reading, prepare
from tablefit.job import Job
from tablefit.sources import ScanProgress
from tablefit.sources.columns import ColumnTypeName
from tablefit.sources.options import MISSING, SourceKind, TableReadOptions
from tablefit.training import TrainingClient, TrainingJob, TrainingSpec
from tablefit.training.architectures import Setting
from tablefit.training.native import NativeOptions

# Rows asked for at once when a whole table is read; the service cuts and joins messages by bytes anyway.
_READ_BATCH_SIZE = 256
_READ_BATCH_SIZE_OF_COLUMNS = 4096


class Client:
    """Speaks to a data service and a training service (HOST:PORT each; default: TABLEFIT_DATA_SERVICE and
    TABLEFIT_TRAINING_SERVICE, else 127.0.0.1:7501 and :7502). Connects when it has to.

    All failures are exceptions of `tablefit.errors`. `data` and `training` hold the clients of the single services.
    """

    def __init__(self, data_service: str | None = None, training_service: str | None = None) -> None:
        self.data = DataClient(data_service)
        self.training = TrainingClient(training_service)
        self._add_calls(self.data)
        self._add_job_calls(self.training)
        self._add_inference(self.training)
        self._add_model_calls(self.training)

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

    def _add_job_calls(self, training: TrainingClient) -> None:
        """The training client's calls on jobs, which are calls of this client as well."""
        self.list_jobs, self.watch_log = training.list_jobs, training.watch_log
        self.compare_jobs = training.compare_jobs
        self.delete_job, self.prioritize_job = training.delete_job, training.prioritize_job

    def rerun_job(
        self,
        job_id: str,
        changes: Mapping[str, Any] | None = None,
        *,
        fresh_data: bool = False,
        resume: bool = False,
        request_id: str | None = None,
    ) -> Job:
        """Queues a job like an earlier one, but for `changes`; see `TrainingClient.rerun_job`."""
        made = self.training.rerun_job(job_id, changes, fresh_data=fresh_data, resume=resume, request_id=request_id)
        return Job(self.training, made)

    def _add_inference(self, training: TrainingClient) -> None:
        """The training client's calls on trained models at work, which are calls of this client as well."""
        self.evaluate_model, self.predict = training.evaluate_model, training.predict
        self.predict_stream, self.predict_table = training.predict_stream, training.predict_table

    def _add_model_calls(self, training: TrainingClient) -> None:
        """The training client's calls on trained models, which are calls of this client as well."""
        self.list_models, self.get_model = training.list_models, training.get_model
        self.update_model, self.delete_model = training.update_model, training.delete_model
        self.download_model, self.export_model = training.download_model, training.export_model

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

    def ingest(
        self,
        table: str,
        source: Ingestible,
        *,
        kind: SourceKind | None = None,
        types: Mapping[str, ColumnTypeName] | None = None,
        has_header: bool | None = None,
        names: Sequence[str] | None = None,
        missing: Sequence[str] | None = None,
        delimiter: str | None = None,
        inside: str | None = None,
        append: bool = False,
        on_progress: Callable[[IngestProgress], None] | None = None,
        on_rejection: Callable[[Rejection], None] | None = None,
        on_scan: ScanProgress | None = None,
        on_create: Callable[[Table], None] | None = None,
    ) -> IngestResult:
        """Stores labelled images or a table of any columns, in a table that is created when it is absent.

        `source` is a path (see `tablefit.sources.open_source`, also for `kind` and `inside`), a data frame of pandas,
        pyarrow or polars, a list of dicts or a function that begins a new iteration over them, or a Source. Types of
        columns are found out unless `types` gives them; the options from `has_header` to `delimiter` are explained in
        `tablefit.sources.options`. A column "id" is stored as "source_id", since the service numbers the rows.

        Interrupted at any point, the same call goes on where it stopped. A table that holds rows already is added to
        only with `append`, and one whose columns differ is refused before anything is sent. Rows that cannot be stored
        are refused one by one; the rest goes on. `on_create` gets the table when it had to be made, `on_scan` the
        bytes that a first reading has done and all there are. Raises WrongState, InvalidInput, Unavailable.
        """
        options = TableReadOptions(
            types=types or {},
            has_header=has_header,
            names=None if names is None else tuple(names),
            delimiter=delimiter,
            missing=MISSING if missing is None else tuple(missing),
        )
        reading = Reading(source, kind, inside, options, on_scan)
        opened, upload_id = prepare(self.data, table, reading, append=append, on_create=on_create)
        return self.data.ingest(table, opened, upload_id, on_progress=on_progress, on_rejection=on_rejection)

    def to_numpy(
        self,
        table: str,
        *,
        image_size: tuple[int, int] | None = None,
        mode: str | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> tuple[NDArray[np.uint8], NDArray[np.int32], tuple[str, ...]]:
        """A table of labelled images as (x, y, class names): x uint8 (row, height, width, channel), y int32 (row,).

        `image_size` is (height, width), `mode` "L" or "RGB"; both default to what all rows share. Raises WrongState
        when they share none, InvalidInput for a table of other columns, which `to_arrays` reads.
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
        return read_images(self.data, options, on_progress)

    def to_arrays(
        self,
        table: str,
        *,
        columns: Sequence[str] = (),
        features: Sequence[Feature] = (),
        target: str = "",
        split: Split | None = None,
        part: str | None = None,
        image_size: tuple[int, int] | None = None,
        mode: str | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> dict[str, NDArray[Any]]:
        """A table, view or dataset as an array for each column, and "id", in order of id.

        Categories are int32 indices into the array NAME_names, -1 for NULL; what may be NULL has NAME_is_null beside
        it; times are datetime64[us] in UTC, texts and byte strings objects. The rest is as in a stream with the same
        columns, features, target and split, to which its arrays are equal. Raises as `StreamBatches` does: WrongState
        for a table without rows, InvalidInput for a column that is none.
        """
        height, width = image_size or (None, None)
        options = StreamOptions(
            table=table,
            columns=columns,
            features=features,
            target=target,
            split=split,
            part=part,
            mode=mode,
            height=height,
            width=width,
            batch_size=_READ_BATCH_SIZE_OF_COLUMNS,
        )
        return read_columns(self.data, options, on_progress)

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
        architecture: str = "",
        *,
        architecture_parameters: Mapping[str, Setting] | None = None,
        optimizer: str | None = None,
        learning_rate: float | None = None,
        validation_split: float | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        image_size: tuple[int, int] | None = None,
        mode: str | None = None,
        seed: int | None = None,
        save_model: bool | None = None,
        time_limit_s: float | None = None,
        priority: int | None = None,
        columns: Sequence[str] = (),
        features: Features = (),
        targets: Sequence[str] = (),
        task: str | None = None,
        split: Split | None = None,
        snapshot: str | None = None,
        balance: str | None = None,
        checkpoint_every_steps: int | None = None,
        checkpoint_every_s: float | None = None,
        data_patience_s: float | None = None,
        report_gradient_norm: bool | None = None,
        request_id: str | None = None,
        **native: Unpack[NativeOptions],
    ) -> Job:
        """Queues a training job and returns it at once; iterate it for its progress.

        What is None gets the service's default (`Job.record.spec` shows it); `native` are the fields of TrainingSpec
        that name what Keras has, such as `metrics` and `callbacks`. Raises NotFound, InvalidInput, WrongState.
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
            time_limit_s=time_limit_s,
            priority=priority,
            columns=columns,
            features=features,
            targets=targets,
            task=task,
            split=split,
            snapshot=snapshot,
            balance=balance,
            checkpoint_every_steps=checkpoint_every_steps,
            checkpoint_every_s=checkpoint_every_s,
            data_patience_s=data_patience_s,
            report_gradient_norm=report_gradient_norm,
            **native,
        )
        return Job(self.training, self.training.create_job(spec, request_id=request_id))

    def get_job(self, job_id: str) -> Job:
        """A job by its id. Raises NotFound."""
        return Job(self.training, self.training.get_job(job_id))

    def cancel_job(self, job_id: str) -> TrainingJob:
        """Asks a job to stop within one step. Raises NotFound, WrongState."""
        return self.training.cancel_job(job_id)
