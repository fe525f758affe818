"""What evaluations and predictions return, as frozen dataclasses made of messages."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tablefit.data.tables import Column, to_columns
from tablefit.v1 import training_service_pb2 as pb


@dataclass(frozen=True)
class Prediction:
    """What a model says of one input.

    Of classification `class_name` is the most probable class, `probabilities` the classes asked for, the most probable
    first; of labels `probabilities` has each label's column; of regression `values` has each target's value. `failure`
    says why there is no prediction.
    """

    class_name: str
    probabilities: Mapping[str, float]
    values: tuple[float, ...]
    failure: str = ""


@dataclass(frozen=True)
class ClassEvaluation:
    """How a model does on one class or label. Shares of no rows are None."""

    class_name: str
    support: int
    predicted_count: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class WorstRow:
    """A row that a model does badly on. `truth` of classes and labels, `true_values` of regression."""

    row_id: int
    truth: str
    prediction: Prediction
    true_values: tuple[float, ...] = ()


@dataclass(frozen=True)
class Evaluation:
    """How a model does on some rows. `task` is "classification", "binary", "multi_label" or "regression".

    `confusion` int64 (true class, predicted class), in the order of `classes`; empty for other tasks and for more than
    1,000 classes. `targets` has the metrics of each target of a regression.
    """

    model: str
    table: str
    snapshot_id: str
    task: str
    row_count: int
    skipped_row_count: int
    metrics: dict[str, float]
    classes: tuple[ClassEvaluation, ...]
    confusion: NDArray[np.int64]
    worst_rows: tuple[WorstRow, ...]
    targets: dict[str, dict[str, float]]


@dataclass(frozen=True)
class TablePrediction:
    """A table of predictions: rows written by all calls, refused ones, and those that were there before this call."""

    target_table: str
    snapshot_id: str
    row_count: int
    rejected_row_count: int
    resumed_row_count: int
    columns: tuple[Column, ...]


def to_prediction(message: pb.Prediction) -> Prediction:
    """The record of a prediction's message."""
    return Prediction(
        class_name=message.class_name,
        probabilities={one.class_name: one.probability for one in message.probabilities},
        values=tuple(message.values),
        failure=message.failure,
    )


def to_evaluation(message: pb.Evaluation) -> Evaluation:
    """The record of an evaluation's message."""
    counts = np.array(message.confusion_counts, np.int64)
    side = len(message.classes) if len(counts) else 0
    return Evaluation(
        model=message.model,
        table=message.table,
        snapshot_id=message.snapshot_id,
        task=pb.Task.Name(message.task).removeprefix("TASK_").lower(),
        row_count=message.row_count,
        skipped_row_count=message.skipped_row_count,
        metrics=dict(message.metrics),
        classes=tuple(map(_to_class, message.classes)),
        confusion=counts.reshape(side, side),
        worst_rows=tuple(map(_to_worst, message.worst_rows)),
        targets={one.target: dict(one.metrics) for one in message.targets},
    )


def to_table_prediction(message: pb.PredictTableResult) -> TablePrediction:
    """The record of what PredictTable has done."""
    return TablePrediction(
        target_table=message.target_table,
        snapshot_id=message.snapshot_id,
        row_count=message.row_count,
        rejected_row_count=message.rejected_row_count,
        resumed_row_count=message.resumed_row_count,
        columns=to_columns(message.columns),
    )


def _to_class(message: pb.ClassEvaluation) -> ClassEvaluation:
    def share(name: str) -> float | None:
        return getattr(message, name) if message.HasField(name) else None

    counts = (message.support, message.predicted_count)
    return ClassEvaluation(message.class_name, *counts, share("precision"), share("recall"), share("f1"))


def _to_worst(message: pb.WorstRow) -> WorstRow:
    prediction = to_prediction(message.prediction)
    return WorstRow(message.row_id, message.truth, prediction, tuple(message.true_values))
