"""What a model's file says of itself, as far as using it asks for: its task, its classes, and what it takes.

Leaves the file to `tablefit.models`, which reads it without Keras.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tablefit.errors import InvalidInput, WrongState
from tablefit.features import FittedFeature
from tablefit.models import ModelColumn, ModelImage, RawInput
from tablefit.models import ModelFacts as SavedFacts
from tablefit.models import read_facts as read_saved_facts
from tablefit.models.columns_read import needed_features

# Rows that a model computes at once, always as many: a change of the batch's shape builds its graph anew, and has ended
# processes. So few of large images that they take little memory and a single one is not long in coming.
_BATCH_BYTES = 4 * 1024 * 1024
_LIMIT_BATCH_ROWS = 256
_LIMIT_BATCH_IMAGES = 32


@dataclass(frozen=True)
class ModelFacts:
    """What a model tells and takes.

    `class_names` in order of index: of classification, and of a binary task the two that 0 and 1 stand for. The network
    takes `inputs` of a stream: `columns` as they are, the others computed by `features`. Of columns that are
    categories, `categories` has the names that the network's indices stand for. A row has the values of
    `row_columns`, of which `raw_inputs` are made.
    """

    task: str
    targets: tuple[str, ...]
    class_names: tuple[str, ...]
    inputs: tuple[str, ...]
    columns: tuple[str, ...]
    image: ModelImage | None = None
    features: tuple[FittedFeature, ...] = ()
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    row_columns: tuple[ModelColumn, ...] = ()
    raw_inputs: tuple[RawInput, ...] = ()

    @property
    def takes_images_alone(self) -> bool:
        """Whether an image is all that it takes, as it is."""
        return self.image is not None and not self.features and len(self.inputs) == 1

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channel) of the images that it takes. Raises WrongState when it takes none."""
        if self.image is None:
            raise WrongState("The model takes no images.")
        return self.image.height, self.image.width, 1 if self.image.mode == "L" else 3

    @property
    def output_count(self) -> int:
        """Numbers that the model gives for a row."""
        return len(self.class_names) if self.task == "classification" else len(self.targets)

    @property
    def batch_rows(self) -> int:
        """Rows of every batch that it computes."""
        if self.image is None:
            return _LIMIT_BATCH_ROWS
        return max(1, min(_LIMIT_BATCH_IMAGES, _BATCH_BYTES // (4 * math.prod(self.image_shape))))


def read_facts(path: Path) -> ModelFacts:
    """The facts of a model's file. Raises WrongState when it has none that can be used."""
    try:
        return _to_facts(read_saved_facts(path))
    except FileNotFoundError as error:
        raise WrongState("The file of the model is gone from the service's folder.") from error
    except (OSError, InvalidInput) as error:
        raise WrongState("The file of the model cannot be used: it is not one that tablefit saved.") from error


def _to_facts(saved: SavedFacts) -> ModelFacts:
    inputs = tuple(one.name for one in saved.network_inputs)
    features = needed_features(saved.features, inputs)
    computed = {fitted.feature.output for fitted in features}
    columns = tuple(name for name in inputs if name not in computed)
    named = {column.name: column for column in saved.columns}
    task = saved.task or ("classification" if saved.class_names else "")
    if not task:
        raise WrongState("The model was trained to tell a column as it is, and says no task by which to use it.")
    return ModelFacts(
        task=task,
        targets=tuple(target.name for target in saved.targets),
        class_names=saved.class_names,
        inputs=inputs,
        columns=columns,
        image=next(iter(saved.images.values()), None),
        features=features,
        categories={name: named[name].class_names for name in columns if named[name].type == "category"},
        row_columns=saved.columns,
        raw_inputs=saved.inputs,
    )
