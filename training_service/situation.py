"""What the options of Keras depend on: the network's inputs and outputs, the classes, and the steps of an epoch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tablefit.data.tasks import Task
from tablefit.data.training_streams import TrainingStream

from training_service.architecture import Architecture, InputKind


@dataclass(frozen=True)
class Situation:
    """What the table and the network settle, for a job with a `seed`.

    `inputs` is what `build` takes, as JSON: the shape of an image, or [shape, number of categories] by column.
    `outputs` are the network's for one row, `class_row_counts` those of the training rows by class name: empty where
    nothing is classified, and None where they are not known. `shape` is that of one image, None where the network takes
    other columns, too. `held_out` says whether rows are.
    """

    steps_per_epoch: int
    class_row_counts: Mapping[str, int | None]
    outputs: int
    shape: Sequence[int] | None
    held_out: bool
    seed: int
    task: Task = Task.CLASSIFICATION
    target_count: int = 1
    inputs: Any = None


def find_situation(stream: TrainingStream, architecture: Architecture, seed: int) -> Situation:
    """The situation of a job that trains a network on the rows of a stream, which it can take."""
    header, aim = stream.header, stream.aim
    is_image = architecture.inputs is InputKind.IMAGE
    names = aim.class_names if aim.task is Task.CLASSIFICATION else ()
    columns = {name: [list(shape), count] for name, (shape, count) in stream.inputs.items()}
    return Situation(
        steps_per_epoch=header.step_count,
        class_row_counts=dict(zip(names, header.class_row_counts or [None] * len(names), strict=True)),
        outputs=aim.output_count,
        shape=header.image_shape if is_image else None,
        held_out=header.row_count < header.pin.row_count,
        seed=seed,
        task=aim.task,
        target_count=len(stream.targets),
        inputs=list(header.image_shape) if is_image else columns,
    )
