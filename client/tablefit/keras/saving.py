"""Writes and reads trained models: a `.keras` file that Keras opens by itself, with a member of our own beside Keras's.

    model.keras (a ZIP archive)
      metadata.json, config.json, model.weights.h5    Keras's own
      tablefit.json                                   class names, image size and mode, table, versions

The network takes decoded pixels from 0 to 255 at the trained size and mode: its first layer scales them.
"""

import hashlib
import importlib.metadata
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tablefit.errors import InvalidInput
from tablefit.keras.table_data import TableData

MEMBER = "tablefit.json"
_LIBRARIES = ("tablefit", "keras", "tensorflow-cpu", "tensorflow", "jax", "numpy")


@dataclass(frozen=True)
class ModelFile:
    """A file that was written."""

    path: Path
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class TrainedModel:
    """A trained network with what is needed to use it. Output i of `model` is the probability of `class_names[i]`.

    `model` takes images of `mode` ("L" or "RGB") as (batch, height, width, channel) with values from 0 to 255. Of a
    table without images, `mode` is empty, and `model` takes its columns and features as a stream has them.
    """

    model: Any
    class_names: tuple[str, ...]
    mode: str
    height: int
    width: int


def save_model(model: Any, path: str | os.PathLike[str], facts: Mapping[str, Any]) -> ModelFile:
    """Writes `model` with `facts` to `path`: all of the file, or none of it. Raises as `check_target`."""
    target = check_target(path)
    with tempfile.TemporaryDirectory(prefix=".model-", dir=target.parent) as folder:
        written = Path(folder) / "model.keras"
        model.save(written)
        _add_member(written, facts)
        digest = _sync(written)
        size = written.stat().st_size
        written.replace(target)
    return ModelFile(target, size, digest)


def check_target(path: str | os.PathLike[str]) -> Path:
    """The path of a model to write. Raises InvalidInput when it does not end in ".keras" or its folder is missing."""
    target = Path(path)
    if target.suffix != ".keras":
        raise InvalidInput(f"expected a file name that ends in .keras, received {target.name!r}", field="save")
    if not target.absolute().parent.is_dir():
        raise InvalidInput(f"expected a file in a folder that exists, received {str(target)!r}", field="save")
    return target


def load_model(path: str | os.PathLike[str]) -> TrainedModel:
    """Opens a file that `fit` or a job wrote. Raises InvalidInput when it is another's."""
    facts = _read_facts(path)

    import keras

    image = facts["image"]
    model = keras.saving.load_model(path)
    return TrainedModel(model, tuple(facts["class_names"]), image["mode"], image["height"], image["width"])


def read_class_names(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """The class names in order of index, read without Keras. Raises InvalidInput when it is not such a file."""
    return tuple(_read_facts(path)["class_names"])


def describe_model(data: TableData, architecture: str, job_id: str | None) -> dict[str, Any]:
    """What is written beside the network."""
    header = data.training
    return {
        "class_names": data.class_names,
        "image": {"mode": header.mode, "height": header.height, "width": header.width},
        "task": data.task,
        "targets": data.targets,
        "inputs": [column.name for column in data.arrangement.inputs],
        "table": data.table,
        "pin": asdict(header.pin),
        "architecture": architecture,
        "job_id": job_id,
        "versions": _versions(),
    }


def _add_member(path: Path, facts: Mapping[str, Any]) -> None:
    """A fixed date keeps the member's bytes the same for the same facts."""
    member = zipfile.ZipInfo(MEMBER, date_time=(1980, 1, 1, 0, 0, 0))
    member.external_attr = 0o644 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(member, json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=False))


def _sync(path: Path) -> str:
    """Makes the file's bytes safe against a power cut; returns their SHA-256."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_facts(path: str | os.PathLike[str]) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            facts: dict[str, Any] = json.loads(archive.read(MEMBER))
    except (zipfile.BadZipFile, KeyError) as error:
        raise InvalidInput(
            f"expected a model that tablefit saved, received {os.fspath(path)!r}, which has no {MEMBER}; "
            "keras.saving.load_model may open it"
        ) from error
    return facts


def _versions() -> dict[str, str]:
    found = {}
    for library in _LIBRARIES:
        try:
            found[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
