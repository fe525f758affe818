"""What a model's file says of itself, as far as using it asks for: its task, its classes, and what it takes.

The file is that of `tablefit.keras.saving`: a ZIP archive with a member of JSON, read here without Keras.
"""

import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tablefit.errors import WrongState

MEMBER = "tablefit.json"
LIMIT_MEMBER_BYTES = 64 * 1024 * 1024
TASKS = ("classification", "binary", "multi_label", "regression")

# Rows that a model computes at once, always as many: a change of the batch's shape builds its graph anew, and has ended
# processes. So few of large images that they take little memory and a single one is not long in coming.
_BATCH_BYTES = 4 * 1024 * 1024
_LIMIT_BATCH_ROWS = 256
_LIMIT_BATCH_IMAGES = 32


@dataclass(frozen=True)
class ImageFormat:
    """The pixels that a model takes, from 0 to 255, and how images of other sizes come to them. `mode` is L or RGB."""

    mode: str
    height: int
    width: int
    resampling: str = "bilinear"
    fit: str = "stretch"

    @property
    def row_shape(self) -> tuple[int, int, int]:
        """(height, width, channel)."""
        return self.height, self.width, 1 if self.mode == "L" else 3


@dataclass(frozen=True)
class ModelFacts:
    """What a model tells and takes.

    `class_names` in order of index: of classification, and of a binary task the two that 0 and 1 stand for. `columns`
    are those of a stream that the network takes as they are; of those that are categories, `categories` has the names
    that its indices stand for.
    """

    task: str
    targets: tuple[str, ...]
    class_names: tuple[str, ...]
    columns: tuple[str, ...]
    image: ImageFormat | None = None
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def takes_images_alone(self) -> bool:
        """Whether an image is all that it takes."""
        return self.image is not None and len(self.columns) == 1

    @property
    def output_count(self) -> int:
        """Numbers that the model gives for a row."""
        return len(self.class_names) if self.task == "classification" else len(self.targets)

    @property
    def batch_rows(self) -> int:
        """Rows of every batch that it computes."""
        if self.image is None:
            return _LIMIT_BATCH_ROWS
        row_bytes = 4 * math.prod(self.image.row_shape)
        return max(1, min(_LIMIT_BATCH_IMAGES, _BATCH_BYTES // row_bytes))


def read_facts(path: Path) -> ModelFacts:
    """The facts of a model's file. Raises WrongState when it has none."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(MEMBER).file_size > LIMIT_MEMBER_BYTES:
                raise WrongState(f"The file of the model says too much of itself: {MEMBER} is too large to be read.")
            return _to_facts(json.loads(archive.read(MEMBER)))
    except FileNotFoundError as error:
        raise WrongState("The file of the model is gone from the service's folder.") from error
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError) as error:
        raise WrongState(f"The file of the model cannot be used: it has no {MEMBER} that can be read.") from error


def _to_facts(values: Mapping[str, Any]) -> ModelFacts:
    image = values["image"]
    return ModelFacts(
        task="classification",
        targets=("label",),
        class_names=tuple(values["class_names"]),
        columns=("image",),
        image=ImageFormat(**image),
    )
