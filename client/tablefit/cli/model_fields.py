"""What the command prints of a trained model. Leaves printing itself to `output`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tablefit.cli import output

if TYPE_CHECKING:
    from tablefit.training import Model, ModelDetails

_LIMIT_NAMED = 20
# A wider confusion matrix does not fit a terminal; a plot shows it.
_LIMIT_CONFUSION = 12
_LIMIT_HEADING = 12


def list_row(model: "Model") -> tuple[output.Cell, ...]:
    """A model's row in a list."""
    validation = model.progress.validation_metrics if model.progress else {}
    figures = [validation.get(name) for name in ("loss", "accuracy")]
    return (
        model.model_id,
        model.name,
        model.spec.table,
        model.spec.architecture,
        *(None if figure is None else output.format_figure(figure) for figure in figures),
        output.format_size(model.file.size_bytes),
        ", ".join(model.tags) or None,
        output.format_moment(model.create_time),
    )


def show_fields(model: "Model") -> list[tuple[str, output.Cell]]:
    """Everything of a model that people read, by name."""
    size = output.format_size(model.file.size_bytes)
    return [
        ("model", model.model_id),
        ("name", model.name),
        ("tags", ", ".join(model.tags) or None),
        ("created", model.create_time),
        ("table", model.spec.table),
        ("architecture", model.spec.architecture),
        ("file", f"{model.file.file_name}, {size}, {model.file.parameter_count:,} weights"),
        ("sha256", model.file.sha256),
        *_data_fields(model),
        *_metric_fields(model),
        *(_detail_fields(model.details) if model.details else []),
    ]


def confusion_table(details: "ModelDetails") -> tuple[Sequence[str], list[tuple[output.Cell, ...]]]:
    """Headings and rows of the confusion matrix; of many classes, how many rows each has and how many are right."""
    names = details.class_names
    if len(names) > _LIMIT_CONFUSION:
        totals: list[tuple[output.Cell, ...]] = [
            (name, sum(counts), counts[place]) for place, (name, counts) in _numbered(details)
        ]
        return ("class", "held out", "right"), totals
    headings = ("held out \\ taken for", *(output.printable(name)[:_LIMIT_HEADING] for name in names))
    return headings, [(name, *counts) for _, (name, counts) in _numbered(details)]


def _numbered(details: "ModelDetails") -> list[tuple[int, tuple[str, tuple[int, ...]]]]:
    return list(enumerate(zip(details.class_names, details.confusion, strict=True)))


def _data_fields(model: "Model") -> list[tuple[str, output.Cell]]:
    if model.data is None:
        return []
    rows = f"{model.data.training_row_count:,} training, {model.data.validation_row_count:,} held out"
    return [("snapshot", model.data.pin.snapshot_id), ("digest", model.data.pin.digest), ("rows", rows)]


def _metric_fields(model: "Model") -> list[tuple[str, output.Cell]]:
    if model.progress is None:
        return []
    metrics = {"loss": model.progress.loss, **model.progress.metrics}
    metrics |= {f"val {name}": value for name, value in model.progress.validation_metrics.items()}
    epochs = f"{model.progress.epoch}/{model.progress.epoch_count}"
    return [("epoch", epochs), *((name, output.format_figure(value)) for name, value in metrics.items())]


def _detail_fields(details: "ModelDetails") -> list[tuple[str, output.Cell]]:
    inputs = [f"{raw.name} ({raw.form})" for raw in details.inputs]
    features = [f"{fitted.feature.output} ({fitted.feature.transform})" for fitted in details.features]
    return [
        ("task", details.task or None),
        ("predicts", ", ".join(details.targets) or None),
        ("classes", _some(details.class_names)),
        ("takes", _some(inputs)),
        ("features", _some(features)),
        ("made with", ", ".join(f"{name} {version}" for name, version in sorted(details.versions.items()))),
    ]


def _some(names: Sequence[str]) -> str | None:
    """The first names, and how many there are when not all are named."""
    named = ", ".join(names[:_LIMIT_NAMED])
    return (named if len(names) <= _LIMIT_NAMED else f"{named}, … ({len(names):,} in all)") or None
