"""What an architecture is: a network before training, with what can be set of it and what it fits.

Leaves the networks there are to `architectures`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path

from tablefit.data.tasks import Task

# The value of a parameter: a number, a flag, a word, or sizes.
Setting = float | int | bool | str | list[int]


class ParameterKind(StrEnum):
    """What values of a parameter are."""

    NUMBER = "number"
    INTEGER = "integer"
    CHOICE = "choice"
    # Several whole numbers, such as the sizes of layers.
    INTEGERS = "integers"


class InputKind(StrEnum):
    """What a network takes."""

    # One image: `build(data.input_shape, …)`.
    IMAGE = "image"
    # Numbers and categories by column: `build(data.inputs, …)`.
    COLUMNS = "columns"
    # Images and other columns: `build(data.inputs, …)`.
    IMAGE_AND_COLUMNS = "image_and_columns"


@dataclass(frozen=True)
class Parameter:
    """A keyword argument of a `build` function. `default` None means that a value is chosen for the job.

    `minimum` and `maximum` limit numbers, and each of several; a choice is one of `choices`.
    """

    name: str
    description: str
    minimum: float = 0.0
    maximum: float = 0.0
    default: Setting | None = None
    kind: ParameterKind = ParameterKind.NUMBER
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Architecture:
    """A network before training. `minimum_image_size` is the smallest height and the smallest width in pixels.

    `file` is the module of `architectures` that holds its `build` function, by default that of its own name;
    `replacements` are made in its text. `text` is that of a function that stands elsewhere.
    """

    name: str
    description: str
    minimum_image_size: int
    parameters: tuple[Parameter, ...]
    inputs: InputKind = InputKind.IMAGE
    tasks: tuple[Task, ...] = tuple(Task)
    file: str = ""
    replacements: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    @property
    def source(self) -> str:
        """The Python text of its `build` function, which needs `import keras` and nothing else."""
        text = self.text or _read_source(self.file or self.name)
        for old, new in self.replacements.items():
            text = text.replace(old, new)
        return text


@cache
def _read_source(name: str) -> str:
    text = (Path(__file__).parent / "architectures" / f"{name}.py").read_text(encoding="utf-8")
    return text[text.index("def build(") :].rstrip() + "\n"
