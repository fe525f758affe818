"""Writes and reads trained models: a `.keras` file that Keras opens by itself, with a member of our own beside Keras's.

    model.keras (a ZIP archive)
      metadata.json, config.json, model.weights.h5    Keras's own
      tablefit.json                                   class names, inputs, features, table, history: `tablefit.models`

The model takes raw values: of an image table decoded pixels from 0 to 255 at the trained size and mode, which the
network scales itself; of other tables the columns' own values, of which `raw_model` makes what the network takes.
"""

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from tablefit.errors import InvalidInput
from tablefit.keras.description import describe_model
from tablefit.keras.prediction import predict_columns
from tablefit.keras.table_data import Arrays, TableData
from tablefit.models.code import refuse_code
from tablefit.models.columns_read import needed_features
from tablefit.models.facts import MEMBER, ModelFacts, read_facts
from tablefit.rpc.calls import call_patiently

if TYPE_CHECKING:
    from tablefit.keras.raw_model import Reading


@dataclass(frozen=True)
class ModelFile:
    """A file that was written."""

    path: Path
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class TrainedModel:
    """A trained model with what is needed to use it. Output i of `model` is the probability of `class_names[i]`.

    `model` takes raw values: of an image table images of `mode` ("L" or "RGB") as (batch, height, width, channel) with
    values from 0 to 255; of others a dict of arrays, which `tablefit.models.to_arrays` makes by `facts.inputs`; mode
    and sizes are empty then. `network` is the part that was trained, which takes a stream's columns: the same for
    images.
    """

    model: Any
    class_names: tuple[str, ...]
    mode: str
    height: int
    width: int
    network: Any
    facts: ModelFacts

    def predict(self, columns: Mapping[str, Sequence[Any]], *, batch_size: int = 256) -> NDArray[Any]:
        """The outputs, (row, …), for values by column as they stand in the table; None is NULL. Raises InvalidInput."""
        return predict_columns(self.model, self.facts.inputs, columns, batch_size)


def save_model(model: Any, path: str | os.PathLike[str], facts: ModelFacts) -> ModelFile:
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


def load_model(path: str | os.PathLike[str], *, allow_code: bool = False) -> TrainedModel:
    """Opens a file that `fit` or a job wrote.

    Raises InvalidInput when it is another's, and when it holds code that Keras does not load, such as a Lambda layer,
    unless `allow_code` says that this is trusted.
    """
    facts = read_facts(path)

    import keras

    try:
        model = keras.saving.load_model(path, safe_mode=not allow_code)
    except (TypeError, ValueError) as error:
        refuse_code(path, error, allow_code)
        raise
    network = model.get_layer(facts.network) if facts.network else model
    image = None if facts.network else next(iter(facts.images.values()), None)
    mode, height, width = (image.mode, image.height, image.width) if image else ("", 0, 0)
    return TrainedModel(model, facts.class_names, mode, height, width, network, facts)


def read_class_names(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """The class names in order of index, read without Keras. Raises InvalidInput when it is not such a file."""
    return read_facts(path).class_names


def save_trained(network: Any, data: TableData, path: str | os.PathLike[str], history: Mapping[str, Any]) -> ModelFile:
    """Writes the network that was trained on `data`, with features in front of it where it does not take raw values.

    `history` has the values of each epoch by name. Raises as `check_savable` and reading the data.
    """
    from tablefit.keras.confusion import count_confusion
    from tablefit.keras.raw_model import build_raw_model, takes_raw_values

    reading = reading_of(data)
    confusion = count_confusion(network, _held_out(data), data.class_count)
    facts = describe_model(data, reading.columns, network.name, history, confusion)
    if takes_raw_values(reading):
        return save_model(network, path, facts)
    model, inputs = build_raw_model(network, reading)
    return save_model(model, path, replace(facts, network=network.name, inputs=inputs))


def _held_out(data: TableData) -> Iterator[Arrays]:
    """The validation batches. Nothing is opened before the first is asked for, and nothing stays open."""
    if data.validation_steps:
        with closing(data.open_validation(0)) as stream:
            yield from map(data.validation_arrays, stream)


def check_savable(data: TableData) -> None:
    """Raises InvalidInput for features that no model can hold, before anything is trained."""
    from tablefit.keras.raw_model import build_features, takes_raw_values

    reading = reading_of(data)
    if not takes_raw_values(reading):
        build_features(reading)


def reading_of(data: TableData) -> "Reading":
    """What the network of `data` reads."""
    from tablefit.keras.raw_model import Reading

    snapshot_id, header = data.training.pin.snapshot_id, data.training
    columns = call_patiently(lambda: data.client.get_snapshot(snapshot_id), data.patience_s).columns
    features = needed_features(header.features, [column.name for column in data.arrangement.inputs])
    return Reading(columns, features, data.arrangement.inputs, header.image_shape if header.mode else None)


def _add_member(path: Path, facts: ModelFacts) -> None:
    """A fixed date keeps the member's bytes the same for the same facts."""
    member = zipfile.ZipInfo(MEMBER, date_time=(1980, 1, 1, 0, 0, 0))
    member.external_attr = 0o644 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(member, json.dumps(facts.to_json(), indent=1, sort_keys=True, ensure_ascii=False))


def _sync(path: Path) -> str:
    """Makes the file's bytes safe against a power cut; returns their SHA-256."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()
