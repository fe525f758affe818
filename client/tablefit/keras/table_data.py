"""What a training reads: a snapshot of a table, cut into training and validation rows, in batches of one shape.

Leaves the reading to `tablefit.data`, and which column is what to `arrangement`. Everything here follows from the
arguments and the snapshot, so the same arguments give the same batches in the same order, whoever asks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tablefit.data import Batch, BatchStream, DataClient, StreamHeader, StreamOptions
from tablefit.data.network_inputs import NetworkInputs
from tablefit.data.stream_requests import Split
from tablefit.data.tasks import Task
from tablefit.data.training_streams import TrainingStream, describe_training
from tablefit.errors import WrongState
from tablefit.features import Features, as_feature_set
from tablefit.keras import job
from tablefit.keras.arrangement import Inputs, arrange
from tablefit.keras.class_weights import weights_in_order
from tablefit.keras.waiting import now_s
from tablefit.rpc.calls import call_patiently

# A training waits this long for a data service that went away: long enough to restart it, or the machine it runs on.
PATIENCE_S = 600.0

# (inputs, targets, weights), as Keras takes them.
Arrays = tuple[Inputs, NDArray[Any], NDArray[np.float32]]


class TableData:
    """The rows of a table, view or dataset, for `fit`.

    `snapshot` is the id of the state of the table to read; left out, its state now, of which a snapshot is taken. What
    becomes of the table later does not matter. Of an image table the network takes the image and predicts the label;
    of others it takes all `columns` and `features` (in any form that `tablefit.features` knows) but `target`, which it
    predicts, or several `targets`. The `task` follows from their types, see `tablefit.data.tasks`; "classification"
    also takes integers and booleans as classes.

    `image_size` is (height, width) in pixels and `mode` "L" or "RGB"; left out, images are taken as they are stored.
    `validation_fraction` of each class's rows are held out, chosen by `split_seed`, or those that another `split`
    names; features are fitted on the others. `seed` shuffles those, anew in each epoch; None leaves them in order of
    id. Every batch has exactly `batch_size` rows: the last one of an epoch is filled with rows of weight 0, since a
    change of the batch's shape costs a rebuild at best. `balance` "oversample" repeats rows of small classes.
    `class_weights` says by name how much the training rows of each class count. `data_service` is HOST:PORT; left out,
    TABLEFIT_DATA_SERVICE or 127.0.0.1:7501.

    In a job a data service that is away is waited for: `patience_s` says how long. A script run by hand is told at
    once. Raises NotFound, WrongState, InvalidInput and Unavailable, as the data service answers.
    """

    def __init__(
        self,
        *,
        table: str = "",
        snapshot: str | None = None,
        columns: Sequence[str] = (),
        features: Features = (),
        target: str = "",
        targets: Sequence[str] = (),
        task: str | None = None,
        image_size: tuple[int, int] | None = None,
        mode: str | None = None,
        validation_fraction: float = 0.0,
        split_seed: int = 0,
        split: Split | None = None,
        batch_size: int = 32,
        seed: int | None = 0,
        balance: str = "none",
        data_service: str | None = None,
        patience_s: float | None = None,
        class_weights: Mapping[str, float] | None = None,
    ) -> None:
        # Whoever asks how long a training took means from here on.
        self.opened_at = now_s()
        running = job.current()
        self.reader = f"job {running.job_id}" if running else "a training script"
        self.client = DataClient(data_service)
        self.error: WrongState | None = None
        self._stream_patience_s = PATIENCE_S if patience_s is None else patience_s
        self.patience_s = self._stream_patience_s if running or patience_s else 0.0
        height, width = image_size or (None, None)
        wanted = as_feature_set(features)
        predicted = targets or tuple(filter(None, (target or wanted.target,)))
        options = StreamOptions(
            # The service has compared the two when it made the job; another table may have the name by now.
            table="" if running and snapshot else table,
            snapshot=snapshot or "",
            columns=columns or wanted.columns,
            features=wanted.features,
            validation_fraction=validation_fraction,
            split_seed=split_seed,
            split=split,
            part="training",
            mode=mode,
            height=height,
            width=width,
            balance=balance,
            batch_size=batch_size,
            tail="pad",
            reader=self.reader,
        )
        self.stream = describe_training(self._describe, options, predicted, task)
        self.training = self.stream.header
        self.table = self.training.table
        self.arrangement = arrange(self.training, self.stream.targets, self.stream.task)
        self._class_weights = weights_in_order(class_weights, self.class_names)
        self._training_options, self._validation_options = _pinned(self.stream, seed)
        is_split = split is not None or validation_fraction > 0
        self.validation = self._describe(self._validation_options) if is_split else None
        if running:
            running.send("data", **self._facts())

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Shape of one image as (height, width, channel). Raises WrongState when no image is read."""
        if not self.training.mode:
            raise WrongState(f"expected a table of images, received {self.table!r}; its inputs are in `arrangement`")
        return self.training.image_shape

    @property
    def inputs(self) -> NetworkInputs:
        """Shape and number of categories of each input, by column. Raises InvalidInput for what no network can take."""
        return self.stream.inputs

    @property
    def targets(self) -> tuple[str, ...]:
        """The columns that are predicted."""
        return self.stream.targets

    @property
    def task(self) -> Task | None:
        """What is predicted of them; None: the column as it is."""
        return self.stream.task

    @property
    def output_count(self) -> int:
        """Numbers that a network gives for a row: one for each class or target. Raises InvalidInput without a task."""
        return self.stream.aim.output_count

    @property
    def resampling(self) -> str:
        """The filter that images are resized by."""
        return self._training_options.resampling

    @property
    def image_fit(self) -> str:
        """What becomes of images of other proportions."""
        return self._training_options.fit

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes in order of index; none where no classes are predicted."""
        return self.stream.aim.class_names if self.task else ()

    @property
    def class_count(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    @property
    def batch_size(self) -> int:
        """Rows in every batch."""
        return self._training_options.batch_size

    @property
    def steps_per_epoch(self) -> int:
        """Training batches of one epoch."""
        return self.training.step_count

    @property
    def validation_steps(self) -> int:
        """Batches of one validation; 0 when nothing is held out."""
        return self.validation.step_count if self.validation else 0

    @property
    def validation_rows(self) -> int:
        """Rows held out."""
        return self.validation.row_count if self.validation else 0

    def open_training(self, epoch: int, start_step: int = 0) -> BatchStream:
        """The training batches of an epoch (from 0) from a step (from 0) on."""
        return self._open(replace(self._training_options, epoch=epoch, start_step=start_step))

    def open_validation(self, start_step: int) -> BatchStream:
        """The validation batches from a step (from 0) on; the same in every epoch, in order of id."""
        return self._open(replace(self._validation_options, start_step=start_step))

    def training_arrays(self, batch: Batch) -> Arrays:
        """A training batch for Keras: the weights of its rows sum up to the batch size, those of repeated rows are 0.

        So each step's loss, which Keras divides by the batch's full size, is the mean over the step's own rows. Class
        weights come on top, as Keras's own do: they change the sum.
        """
        weights = _weights(batch)
        inputs, targets = self._arrange(batch)
        weights = weights * np.float32(len(weights) / weights.sum())
        return inputs, targets, weights if self._class_weights is None else weights * self._class_weights[targets]

    def validation_arrays(self, batch: Batch) -> Arrays:
        """A validation batch for Keras: every row has one weight, and the weights of all steps sum up to their sizes.

        So the loss that Keras averages over steps, and every weighted metric, is the exact mean over the held-out rows.
        """
        weights = _weights(batch)
        scale = self.validation_steps * self.batch_size / max(self.validation_rows, 1)
        return *self._arrange(batch), weights * np.float32(scale)

    def _arrange(self, batch: Batch) -> tuple[Inputs, NDArray[Any]]:
        """Inputs and targets. Keras hides what is raised here, so it is kept in `error`."""
        try:
            return self.arrangement.arrange(batch)
        except WrongState as error:
            self.error = error
            raise

    def close(self) -> None:
        """Closes the connection to the data service."""
        self.client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _open(self, options: StreamOptions) -> BatchStream:
        return self.client.stream_batches(options, patience_s=self._stream_patience_s)

    def _describe(self, options: StreamOptions) -> StreamHeader:
        return call_patiently(lambda: self.client.describe_stream(options), self.patience_s)

    @property
    def identity(self) -> dict[str, Any]:
        """What makes two trainings read the same batches in the same order: snapshot, seeds, split and batch size."""
        options = self._training_options
        return {
            "snapshot digest": self.training.pin.digest,
            "rows": self.training.row_count,
            "held-out rows": self.validation_rows,
            "batch size": options.batch_size,
            "seed": options.shuffle_seed,
            "split seed": options.split_seed,
            "columns": [column.name for column in self.training.columns],
        }

    def _facts(self) -> dict[str, Any]:
        return {
            "class_names": self.class_names,
            "training_rows": self.training.row_count,
            "validation_rows": self.validation_rows,
            "steps_per_epoch": self.steps_per_epoch,
            "input_shape": self.training.image_shape if self.training.mode else None,
            "task": self.task,
            "targets": self.targets,
            "columns": [column.name for column in self.arrangement.inputs],
            "pin": asdict(self.training.pin),
        }


def _pinned(stream: TrainingStream, seed: int | None) -> tuple[StreamOptions, StreamOptions]:
    """Options of training and validation that nothing changes any more: no table is asked for, no feature fitted."""
    header = stream.header
    options = replace(
        stream.options,
        table="",
        snapshot=header.pin.snapshot_id,
        features=(),
        fitted_features=header.features,
    )
    return replace(options, shuffle_seed=seed), replace(options, part="validation", balance="none")


def _weights(batch: Batch) -> NDArray[np.float32]:
    """The weights of a padded stream's batch."""
    if batch.weights is None:
        raise TypeError("expected a batch of a stream with tail 'pad', received one without weights")
    return batch.weights
