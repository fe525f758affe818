"""The options that say which columns a network takes and predicts, and which rows are held out."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tablefit.cli.help_text import defaulting

if TYPE_CHECKING:
    from tablefit.data.stream_requests import Split

TASKS = ("classification", "binary", "multi_label", "regression")

ColumnsOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME,…",
        help=defaulting("Columns that the network takes as they are.", "those that it can take, numbers standardized"),
    ),
]
FeaturesOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Columns to compute, in YAML or JSON; may also name columns and target."),
]
TargetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        metavar="COLUMN",
        help=defaulting("What to predict; may be given several times.", "the label of an image table"),
    ),
]
TaskOption = Annotated[
    str | None,
    typer.Option(metavar="TASK", help=defaulting(f"One of {', '.join(TASKS)}.", "by the type of the target")),
]
SplitOption = Annotated[
    str | None,
    typer.Option(
        metavar="RULE",
        help="Rows to hold out in place of --validation-split: 0.2:7 (share and seed), fold:0/5, hash:0.2, "
        "time:COLUMN:2024-05-01, value:COLUMN:a,b.",
    ),
]
SnapshotOption = Annotated[
    str | None, typer.Option(metavar="ID", help=defaulting("Snapshot of the table to train on.", "one taken now"))
]
OversampleOption = Annotated[
    bool, typer.Option("--oversample", help="Repeat rows of small classes until all are equally frequent.")
]


@dataclass(frozen=True)
class ReadingOptions:
    """What was given of the options above."""

    columns: str | None
    features: Path | None
    targets: list[str] | None
    task: str | None
    split: str | None
    snapshot: str | None
    oversample: bool


def reading_fields(given: ReadingOptions) -> dict[str, Any]:
    """The fields of a TrainingSpec that the options mean. Raises InvalidInput for a feature file with a mistake."""
    from tablefit.features import FeatureSet, load_features

    wanted = load_features(given.features) if given.features else FeatureSet()
    columns = tuple(name.strip() for name in given.columns.split(",")) if given.columns else ()
    return {
        "columns": columns or wanted.columns,
        "features": wanted.features,
        "targets": tuple(given.targets or ()) or tuple(filter(None, (wanted.target,))),
        "task": given.task,
        "split": parse_split(given.split) if given.split else None,
        "snapshot": given.snapshot,
        "balance": "oversample" if given.oversample else None,
    }


def parse_split(text: str) -> "Split":
    """The split that a rule means; a usage error otherwise."""
    from tablefit.data import FoldSplit, FractionSplit, HashSplit, TimeSplit, ValueSplit

    rule, _, rest = text.partition(":")
    column, _, last = rest.partition(":")
    try:
        if rule.replace(".", "", 1).isdecimal():
            return FractionSplit(float(rule), int(rest or 0))
        if rule == "fold":
            fold, count = rest.split("/")
            return FoldSplit(int(count), int(fold))
        if rule == "hash":
            return HashSplit(float(rest))
        if rule == "time" and column and last:
            return TimeSplit(column, last)
        if rule == "value" and column and last:
            return ValueSplit(column, tuple(map(_value, last.split(","))))
    except ValueError:
        pass
    expected = "SHARE:SEED, fold:FOLD/COUNT, hash:SHARE, time:COLUMN:TIME or value:COLUMN:VALUE,…"
    raise typer.BadParameter(f"expected {expected}, received {text!r}", param_hint="--split")


def _value(text: str) -> str | bool | int:
    """A boolean or a whole number where the text is one."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.lstrip("-").isdecimal() else text
