"""The loss and the metrics of each task, where a job names none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tablefit.data.tasks import Task

# A metric: the word that Keras has for it, or the name of its class with arguments.
Metric = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class TaskDefaults:
    """A loss by Keras's word for it, and metrics."""

    loss: str
    metrics: tuple[Metric, ...]


def task_defaults(task: Task, output_count: int) -> TaskDefaults:
    """What is minimised and measured for a network with that many outputs."""
    if task is Task.MULTI_LABEL:
        area: Metric = ("AUC", {"multi_label": True, "num_labels": output_count, "name": "auc"})
        return TaskDefaults("binary_crossentropy", (("binary_accuracy", {}), area))
    return _DEFAULTS[task]


_DEFAULTS: Mapping[Task, TaskDefaults] = {
    Task.CLASSIFICATION: TaskDefaults("sparse_categorical_crossentropy", (("accuracy", {}),)),
    Task.BINARY: TaskDefaults("binary_crossentropy", (("accuracy", {}), ("AUC", {"name": "auc"}))),
    Task.REGRESSION: TaskDefaults("mean_squared_error", (("mean_absolute_error", {}),)),
}
