"""Saved models in other formats: SavedModel, ONNX, LiteRT.

    format        file                              inputs                           what it says of itself
    saved-model   ZIP of TensorFlow's SavedModel    as the model's                   tablefit.json in it
    onnx          ONNX                              numbers float64, texts as codes  metadata "tablefit"
    litert        LiteRT (TensorFlow Lite)          numbers float32, texts as codes  tablefit.json, as a ZIP at its end

ONNX and LiteRT hold no lookups of texts, so texts and categories enter as codes there; which these are stands in the
`inputs` of what the file says, by which `tablefit.models.to_arrays` makes arrays. Leaves writing whole files to those
who ask.
"""

import importlib.util
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tablefit.data import BatchColumn, Column
from tablefit.errors import TablefitError, WrongState
from tablefit.keras.raw_columns import Form
from tablefit.keras.raw_model import Reading, build_raw_model
from tablefit.keras.saving import TrainedModel, load_model
from tablefit.models.columns_read import needed_features
from tablefit.models.facts import MEMBER, ModelFacts, holds_facts

# ONNX's own name for the place of what a model says of itself.
ONNX_KEY = "tablefit"
_ONNX_LIBRARIES = ("onnx", "tf2onnx")


def export_model(path: Path, target: Path, format: str, *, allow_code: bool = False) -> None:
    """Writes the saved model at `path` to `target` in a format. Raises WrongState when that cannot be done.

    Raises InvalidInput for a model that holds code, unless `allow_code` says that this is trusted.
    """
    if format == "keras":
        shutil.copyfile(path, target)
        return
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            taken = path if format == "saved-model" else _in_one_precision(path, Path(folder))
            trained = load_model(taken, allow_code=allow_code)
        _EXPORTERS[format](trained, target)
    except TablefitError:
        raise
    except Exception as error:
        lines = str(error).strip().splitlines()
        raise WrongState(
            f"The model cannot be converted to {format}: {type(error).__name__}: {lines[0][:300] if lines else ''}"
        ) from error


def _in_one_precision(path: Path, folder: Path) -> Path:
    """The model's file, or a copy of it that computes in float32 where the model mixes precisions.

    ONNX and LiteRT have no bfloat16 for most operations. The weights of such a model are float32 anyway.
    """
    if not holds_facts(path):
        return path
    with zipfile.ZipFile(path) as archive:
        config = archive.read("config.json")
        plain = re.sub(rb'"mixed_b?float16"', b'"float32"', config)
        if plain == config:
            return path
        copy = folder / "float32.keras"
        with zipfile.ZipFile(copy, "w") as written:
            for name in archive.namelist():
                written.writestr(name, plain if name == "config.json" else archive.read(name))
    return copy


def _to_saved_model(trained: TrainedModel, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        facts = _write_saved_model(_named(trained.model, trained.facts), Path(folder, "model"))
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(Path(folder, "model").rglob("*")):
                archive.write(file, file.relative_to(Path(folder, "model")))
            archive.writestr(MEMBER, _text(facts))


def _to_onnx(trained: TrainedModel, target: Path) -> None:
    missing = [name for name in _ONNX_LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        raise WrongState(
            f"ONNX needs {' and '.join(missing)} where the training service runs: pip install 'tablefit[exports]'."
        )
    import onnx

    named = _in_form(trained, Form("float64", takes_texts=False))
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        signature = _signature(named.facts)
        named.model.export(f"{folder}/model.onnx", format="onnx", verbose=False, input_signature=signature)
        converted = onnx.load(f"{folder}/model.onnx")
    onnx.helper.set_model_props(converted, {ONNX_KEY: _text(named.facts)})
    onnx.checker.check_model(converted)
    onnx.save(converted, target)


def _to_litert(trained: TrainedModel, target: Path) -> None:
    import tensorflow

    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        facts = _write_saved_model(_in_form(trained, Form("float32", takes_texts=False)), Path(folder, "model"))
        converter = tensorflow.lite.TFLiteConverter.from_saved_model(f"{folder}/model")
        target.write_bytes(converter.convert())
    # What reads LiteRT files stops before this, as before the files that TensorFlow's own metadata packs.
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(MEMBER, _text(facts))


@dataclass(frozen=True)
class _Named:
    """A model that takes a dict of arrays by the names that `facts` has for its inputs."""

    model: Any
    facts: ModelFacts


def _write_saved_model(named: _Named, folder: Path) -> ModelFacts:
    signature = _signature(named.facts)
    named.model.export(folder, format="tf_saved_model", verbose=False, input_signature=signature)
    return named.facts


def _signature(facts: ModelFacts) -> list[dict[str, Any]]:
    import keras

    return [
        {
            raw.name: keras.layers.InputSpec(shape=(None, *raw.row_shape), dtype=raw.data_type, name=raw.name)
            for raw in facts.inputs
        }
    ]


def _in_form(trained: TrainedModel, form: Form) -> _Named:
    """The model with inputs of that form."""
    if not trained.facts.network:
        return _named(trained.model, trained.facts)
    model, inputs = build_raw_model(trained.network, _reading_of(trained.facts), form)
    return _named(model, replace(trained.facts, inputs=inputs))


def _named(model: Any, facts: ModelFacts) -> _Named:
    """The model with names of inputs that every format allows: letters, digits and underscores."""
    import keras

    from tablefit.keras.layer_names import free_name

    # The whole model is one layer here.
    names = [model.name]
    for place, raw in enumerate(facts.inputs):
        names.append(free_name(_plain(raw.name, place), names))
    inputs = tuple(replace(raw, name=name) for raw, name in zip(facts.inputs, names[1:], strict=True))
    tensors = {raw.name: keras.Input(raw.row_shape, dtype=raw.data_type, name=raw.name) for raw in inputs}
    values = {before.name: tensors[raw.name] for before, raw in zip(facts.inputs, inputs, strict=True)}
    # A Sequential that was never called has no `input`.
    takes_dict = not isinstance(model, keras.Sequential) and isinstance(model.input, dict)
    # Said outright: layers that change images at random would do so where nothing is said.
    outputs = model(values if takes_dict else next(iter(values.values())), training=False)
    return _Named(keras.Model(tensors, outputs, name="exported"), replace(facts, inputs=inputs))


def _plain(name: str, place: int) -> str:
    """A name as it is, or made plain and told from others by its place."""
    if re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
        return name
    return "input_" + re.sub(r"\W", "_", name, flags=re.ASCII) + f"_{place}"


def _reading_of(facts: ModelFacts) -> Reading:
    """What the network reads, from what the file says."""
    columns = {column.name: column for column in facts.columns}
    features = needed_features(facts.features, [one.name for one in facts.network_inputs])
    computed = {fitted.feature.output for fitted in features}
    inputs = tuple(
        BatchColumn(one.name, one.data_type, one.row_shape)
        if one.name in computed
        else BatchColumn(
            one.name, one.data_type, one.row_shape, columns[one.name].type, class_names=columns[one.name].class_names
        )
        for one in facts.network_inputs
    )
    table = tuple(
        Column(one.name, one.type, one.nullable, data_type=one.data_type, shape=one.row_shape) for one in facts.columns
    )
    image = next(iter(facts.images.values()), None)
    shape = (image.height, image.width, 1 if image.mode == "L" else 3) if image else None
    return Reading(table, features, inputs, shape)


def _text(facts: ModelFacts) -> str:
    return json.dumps(facts.to_json(), sort_keys=True, ensure_ascii=False)


_EXPORTERS: Mapping[str, Callable[[TrainedModel, Path], None]] = {
    "saved-model": _to_saved_model,
    "onnx": _to_onnx,
    "litert": _to_litert,
}
