"""The loss and metrics of a job: those it names, else those that suit its task."""

from tablefit.data.tasks import Task

from training_service.native import Component, Native
from training_service.task_defaults import task_defaults


def losses_and_metrics(native: Native, task: Task, target_count: int) -> tuple[Component, tuple[Component, ...]]:
    """The loss and the metrics."""
    return native.loss or default_loss(task), native.metrics or default_metrics(task, target_count)


def default_loss(task: Task) -> Component:
    """The loss that suits a task."""
    return Component(task_defaults(task, 1).loss)


def default_metrics(task: Task, target_count: int) -> tuple[Component, ...]:
    """The metrics that suit a task with so many targets."""
    return tuple(Component(name, dict(arguments)) for name, arguments in task_defaults(task, target_count).metrics)
