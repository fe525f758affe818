"""Counts how a model does on rows that come in batches: metrics, each class, the confusion, the worst rows.

Nothing here depends on how rows are divided into batches, but for the last digits of sums. Leaves keeping the worst
rows to `worst_rows`, and reading to `evaluating`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from training_service.inference.facts import ModelFacts
from training_service.inference.outcomes import THRESHOLD, Floats, class_names_of
from training_service.inference.worst_rows import Worst, WorstRow

# Larger matrices are of no use to people and would not fit a message.
LIMIT_CONFUSION_CLASSES = 1_000
# What Keras takes for 0 under a logarithm.
_EPSILON = 1e-7

Metrics = dict[str, float]


@dataclass(frozen=True)
class ClassEvaluation:
    """How a model does on one class or label; shares are None where they have no meaning."""

    class_name: str
    support: int
    predicted_count: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class Evaluation:
    """The result. `confusion` int64 (true class, predicted class), empty where there is none.

    `targets` has the metrics of each target of a regression.
    """

    row_count: int
    metrics: Metrics
    classes: tuple[ClassEvaluation, ...] = ()
    confusion: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    worst: tuple[WorstRow, ...] = ()
    targets: Mapping[str, Metrics] = field(default_factory=dict)


class Classes:
    """Of classification and binary tasks: `truth` int (row,), class indices."""

    def __init__(self, facts: ModelFacts, worst_count: int) -> None:
        self._names = class_names_of(facts)
        self._worst = Worst(worst_count)
        self._loss = 0.0
        self._rows = 0
        self._hits = np.zeros(len(self._names), np.int64)
        self._support, self._predicted = np.zeros_like(self._hits), np.zeros_like(self._hits)
        side = len(self._names) if len(self._names) <= LIMIT_CONFUSION_CLASSES else 0
        self._confusion = np.zeros((side, side), np.int64)

    def add(self, row_ids: NDArray[np.int64], truth: NDArray[np.integer], outputs: Floats) -> None:
        """Counts some rows; outputs (row, class)."""
        likelihood = outputs[np.arange(len(truth)), truth]
        predicted = np.argmax(outputs, axis=1)
        self._rows += len(truth)
        self._loss += float(-np.log(np.clip(likelihood, _EPSILON, 1.0)).sum())
        np.add.at(self._support, truth, 1)
        np.add.at(self._predicted, predicted, 1)
        np.add.at(self._hits, truth[truth == predicted], 1)
        if self._confusion.size:
            np.add.at(self._confusion, (truth, predicted), 1)
        self._worst.add(1.0 - likelihood, row_ids, truth[:, np.newaxis], outputs)

    def result(self) -> Evaluation:
        """The evaluation of all rows added."""
        classes = _evaluate_each(self._names, self._support, self._predicted, self._hits)
        there = [found for found in classes if found.support]
        metrics = {
            "loss": self._loss / self._rows,
            "accuracy": int(self._hits.sum()) / self._rows,
            "macro_precision": _mean(found.precision or 0.0 for found in there),
            "macro_recall": _mean(found.recall or 0.0 for found in there),
            "macro_f1": _mean(found.f1 or 0.0 for found in there),
        }
        worst = tuple(row for _, row in self._worst.rows())
        return Evaluation(self._rows, metrics, classes, self._confusion, worst)


class Labels:
    """Of multi-label tasks: `truth` bool (row, label)."""

    def __init__(self, facts: ModelFacts, worst_count: int) -> None:
        self._names = facts.targets
        self._worst = Worst(worst_count)
        self._loss = 0.0
        self._rows = self._right_rows = 0
        self._right = 0
        self._hits = np.zeros(len(self._names), np.int64)
        self._support, self._predicted = np.zeros_like(self._hits), np.zeros_like(self._hits)

    def add(self, row_ids: NDArray[np.int64], truth: NDArray[np.bool_], outputs: Floats) -> None:
        """Counts some rows; outputs (row, label)."""
        likelihood = np.where(truth, outputs, 1.0 - outputs)
        predicted = outputs >= THRESHOLD
        self._rows += len(truth)
        self._loss += float(-np.log(np.clip(likelihood, _EPSILON, 1.0)).mean(axis=1).sum())
        self._right += int((truth == predicted).sum())
        self._right_rows += int((truth == predicted).all(axis=1).sum())
        self._support += truth.sum(axis=0)
        self._predicted += predicted.sum(axis=0)
        self._hits += (truth & predicted).sum(axis=0)
        self._worst.add(1.0 - likelihood.min(axis=1), row_ids, truth, outputs)

    def result(self) -> Evaluation:
        """The evaluation of all rows added."""
        together = int(self._support.sum() + self._predicted.sum())
        metrics = {
            "loss": self._loss / self._rows,
            "accuracy": self._right / (self._rows * len(self._names)),
            "subset_accuracy": self._right_rows / self._rows,
            "micro_f1": 2 * int(self._hits.sum()) / together if together else 0.0,
        }
        classes = _evaluate_each(self._names, self._support, self._predicted, self._hits)
        return Evaluation(self._rows, metrics, classes, worst=tuple(row for _, row in self._worst.rows()))


class Numbers:
    """Of regression: `truth` float (row, target)."""

    def __init__(self, facts: ModelFacts, worst_count: int) -> None:
        self._names = facts.targets
        self._worst_count = worst_count
        self._worst = [Worst(worst_count) for _ in self._names]
        self._rows = 0
        self._squares, self._sizes = np.zeros(len(self._names)), np.zeros(len(self._names))
        self._mean, self._spread = np.zeros(len(self._names)), np.zeros(len(self._names))

    def add(self, row_ids: NDArray[np.int64], truth: Floats, outputs: Floats) -> None:
        """Counts some rows; outputs (row, target)."""
        error = np.abs(outputs - truth)
        self._squares += (error**2).sum(axis=0)
        self._sizes += error.sum(axis=0)
        self._add_spread(truth)
        for place, worst in enumerate(self._worst):
            worst.add(error[:, place], row_ids, truth, outputs)

    def result(self) -> Evaluation:
        """The evaluation of all rows added. Metrics over all targets are means of those of each."""
        each = {name: self._metrics(place) for place, name in enumerate(self._names)}
        metrics = {"mse": _mean(one["mse"] for one in each.values()), "mae": _mean(one["mae"] for one in each.values())}
        metrics = {"loss": metrics["mse"], **metrics, "rmse": float(np.sqrt(metrics["mse"]))}
        if all("r2" in one for one in each.values()):
            metrics["r2"] = _mean(one["r2"] for one in each.values())
        return Evaluation(self._rows, metrics, worst=self._worst_rows(), targets=each)

    def _add_spread(self, truth: Floats) -> None:
        """Mean and sum of squared deviations of two sets together (Chan, Golub, LeVeque 1979)."""
        count, mean = len(truth), truth.mean(axis=0)
        all_rows = self._rows + count
        apart = mean - self._mean
        self._spread += ((truth - mean) ** 2).sum(axis=0) + apart**2 * (self._rows * count / all_rows)
        self._mean += apart * (count / all_rows)
        self._rows = all_rows

    def _metrics(self, place: int) -> Metrics:
        mse, spread = self._squares[place] / self._rows, self._spread[place]
        found = {"mse": float(mse), "rmse": float(np.sqrt(mse)), "mae": float(self._sizes[place] / self._rows)}
        return {**found, "r2": float(1.0 - self._squares[place] / spread)} if spread > 0 else found

    def _worst_rows(self) -> tuple[WorstRow, ...]:
        deviations = np.sqrt(self._spread / self._rows)
        found: dict[int, tuple[float, WorstRow]] = {}
        for place, worst in enumerate(self._worst):
            for badness, row in worst.rows():
                scaled = badness / (deviations[place] or 1.0)
                if row.row_id not in found or found[row.row_id][0] < scaled:
                    found[row.row_id] = (scaled, row)
        ordered = sorted(found.values(), key=lambda item: (-item[0], item[1].row_id))
        return tuple(row for _, row in ordered[: self._worst_count])


Counting = Classes | Labels | Numbers


def begin(facts: ModelFacts, worst_count: int) -> Counting:
    """The counting that suits the model's task."""
    return _COUNTINGS[facts.task](facts, worst_count)


_COUNTINGS: Mapping[str, type[Classes] | type[Labels] | type[Numbers]] = {
    "classification": Classes,
    "binary": Classes,
    "multi_label": Labels,
    "regression": Numbers,
}


def _evaluate_each(
    names: Sequence[str], support: NDArray[np.int64], predicted: NDArray[np.int64], hits: NDArray[np.int64]
) -> tuple[ClassEvaluation, ...]:
    counts = zip(names, support.tolist(), predicted.tolist(), hits.tolist(), strict=True)
    return tuple(
        ClassEvaluation(
            name,
            there,
            found,
            precision=right / found if found else None,
            recall=right / there if there else None,
            f1=2 * right / (there + found) if there + found else None,
        )
        for name, there, found, right in counts
    )


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0
