"""The member `tablefit.json` of a saved model, as records: what the model takes and gives, and where it comes from."""

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tablefit.errors import InvalidInput
from tablefit.features import FittedFeature
from tablefit.features.fitted_json import fitted_from_json, fitted_to_json

MEMBER = "tablefit.json"
# The text that stands for NULL in an input of texts. Numbers have NaN.
NULL_TEXT = "\0NULL"
# Far more than features and class names take.
_LIMIT_MEMBER_BYTES = 1024 * 1024 * 1024


@dataclass(frozen=True)
class ModelImage:
    """How the images of a column are made before the model sees them: sizes in pixels, `mode` "L" or "RGB"."""

    mode: str
    height: int
    width: int
    resampling: str
    fit: str


@dataclass(frozen=True)
class ModelColumn:
    """A column of the table that the model reads or predicts; of tensors with element type and one row's shape.

    `class_names` are those of categories that the network takes, or gives, by their index.
    """

    name: str
    type: str
    nullable: bool = False
    data_type: str = ""
    row_shape: tuple[int, ...] = ()
    class_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawInput:
    """An input of the model by its `name`: the values of `column` as `form` says, with the batch as first axis.

        number       float64, NaN for NULL; booleans are 0 and 1
        text, bytes  string; NULL_TEXT for NULL
        image        float32 (height, width, channel), 0 to 255
        time         int64, microseconds since 1970 UTC
        time_parts   float32 (part,), the `parts` of a time in UTC; NaN for NULL
        tensor       elements of `data_type`
        code         int32: i + 1 for `words[i]`, one more than the last of these for NULL, 0 for others

    `row_shape` is that of one row.
    """

    name: str
    column: str
    form: str
    data_type: str
    row_shape: tuple[int, ...] = ()
    parts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class NetworkInput:
    """What the trained network itself takes, by column of a stream: element type and one row's shape."""

    name: str
    data_type: str
    row_shape: tuple[int, ...]


@dataclass(frozen=True)
class ModelFacts:
    """Everything that is known of a saved model.

    `inputs` are the model's own: raw values. `network` names the part of it that was trained, which takes
    `network_inputs`, a stream's columns; empty where the model is that network. `images` are by column. `history` has
    a value for each epoch, `metrics` the last of them. `confusion`, counts by [class of the row][class predicted], is
    over the held-out rows; empty where there are none, or no classes.
    """

    class_names: tuple[str, ...]
    table: str
    pin: Mapping[str, Any]
    task: str = ""
    architecture: str = ""
    job_id: str | None = None
    inputs: tuple[RawInput, ...] = ()
    network: str = ""
    network_inputs: tuple[NetworkInput, ...] = ()
    columns: tuple[ModelColumn, ...] = ()
    targets: tuple[ModelColumn, ...] = ()
    features: tuple[FittedFeature, ...] = ()
    images: Mapping[str, ModelImage] = field(default_factory=dict)
    history: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    confusion: tuple[tuple[int, ...], ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The value of the member."""
        values = {name: value for name, value in vars(self).items() if name != "features"}
        plain: dict[str, Any] = json.loads(json.dumps(values, default=asdict))
        return plain | {"features": list(map(fitted_to_json, self.features)), "image": _only(plain["images"])}

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> "ModelFacts":
        """The facts that `to_json` wrote. Raises KeyError and TypeError for other values."""
        known = {name: values[name] for name in ModelFacts.__dataclass_fields__ if name in values}
        read = {name: reader(known[name]) for name, reader in _READERS.items() if name in known}
        return ModelFacts(**(known | read))


def holds_facts(path: str | os.PathLike[str]) -> bool:
    """Whether the file is one of a model that says something of itself."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return MEMBER in archive.namelist()


def read_facts(path: str | os.PathLike[str]) -> ModelFacts:
    """What the model's file says of itself. Raises InvalidInput when it is not one that tablefit saved."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(MEMBER).file_size > _LIMIT_MEMBER_BYTES:
                raise InvalidInput(
                    f"expected a {MEMBER} of at most {_LIMIT_MEMBER_BYTES:,} bytes in {os.fspath(path)!r}"
                )
            return ModelFacts.from_json(json.loads(archive.read(MEMBER)))
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise InvalidInput(
            f"expected a model that tablefit saved, received {os.fspath(path)!r}, which has no {MEMBER} of this "
            "release; keras.saving.load_model may open it"
        ) from error


def _only(images: Mapping[str, Any]) -> Any:
    """The options of the one column of images, for readers that know of no others."""
    return next(iter(images.values())) if len(images) == 1 else None


def _records(kind: Any) -> Any:
    """Reads a list of records of this kind; lists in them are tuples."""
    return lambda values: tuple(kind(**{name: _tupled(value) for name, value in one.items()}) for one in values)


def _tupled(value: Any) -> Any:
    return tuple(map(_tupled, value)) if isinstance(value, list) else value


_READERS: Mapping[str, Any] = {
    "class_names": tuple,
    "inputs": _records(RawInput),
    "network_inputs": _records(NetworkInput),
    "columns": _records(ModelColumn),
    "targets": _records(ModelColumn),
    "features": lambda values: tuple(map(fitted_from_json, values)),
    "images": lambda images: {name: ModelImage(**values) for name, values in images.items()},
    "history": lambda history: {name: tuple(values) for name, values in history.items()},
    "confusion": _tupled,
}
