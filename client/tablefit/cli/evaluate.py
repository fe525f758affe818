"""`tablefit evaluate`: how a trained model does on the rows of a table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from tablefit.cli import model_rows as given
from tablefit.cli import output
from tablefit.cli.connections import JsonOption, TrainingServiceOption, open_training
from tablefit.cli.help_text import examples
from tablefit.cli.meter import open_meter

if TYPE_CHECKING:
    from tablefit.training import Evaluation, Prediction, WorstRow

commands = typer.Typer()

# A matrix of more classes is wider than people read; the most frequent mistakes are listed instead.
_LIMIT_MATRIX = 12
_LIMIT_MISTAKES = 20


@commands.command(
    epilog=examples(
        "tablefit evaluate 6b1f02c4 digits_test",
        "tablefit evaluate 6b1f02c4 --held-out --worst 5",
        "tablefit evaluate 6b1f02c4 pets --map 'kitty=cat' --map 'doggy=dog' --json",
    )
)
def evaluate(
    context: typer.Context,
    model: given.ModelArgument,
    table: Annotated[
        str | None, typer.Argument(metavar="TABLE", help="The table, view or dataset.", show_default=False)
    ] = None,
    snapshot: given.SnapshotOption = "",
    split: given.SplitOption = None,
    part: given.PartOption = "validation",
    held_out: given.HeldOutOption = False,
    label_map: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="LABEL=CLASS", help="The class that a label stands for; may be repeated."),
    ] = None,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Leave out rows with labels that the model does not know.")
    ] = False,
    worst: Annotated[int, typer.Option(min=0, max=1000, metavar="N", help="How many of the worst rows to list.")] = 20,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Measure a trained model on the rows of a table, view or dataset.

    Labels are matched by name to the model's classes; labels that it does not know are listed and refused, unless
    --map says which class they stand for. Shows metrics, each class, the confusion matrix and the worst rows.
    """
    rows = given.RowOptions(table, snapshot, split, part, held_out).arguments()
    classes_by_label = dict(map(_parse_map, label_map or ()))
    with (
        open_training(context, training_service) as training,
        open_meter("evaluate", "rows", json_output=json_output) as update,
    ):
        found = training.evaluate_model(
            model,
            **rows,
            classes_by_label=classes_by_label,
            skip_unknown_labels=skip_unknown,
            worst_count=worst,
            on_progress=update,
        )
    if json_output:
        output.print_json(found)
    else:
        _tell(found)


def _parse_map(text: str) -> tuple[str, str]:
    label, equals, name = text.rpartition("=")
    if not equals or not label or not name:
        raise typer.BadParameter(f"expected LABEL=CLASS such as kitty=cat, received {text!r}", param_hint="--map")
    return label, name


def _tell(found: "Evaluation") -> None:
    skipped = f", {found.skipped_row_count:,} skipped" if found.skipped_row_count else ""
    output.say(
        f"Model {found.model} on {output.count(found.row_count, 'row')} of {output.printable(found.table)}{skipped} "
        f"(snapshot {found.snapshot_id})\n"
    )
    output.print_fields([(name, output.format_figure(value)) for name, value in _in_order(found.metrics)])
    for target, metrics in found.targets.items() if len(found.targets) > 1 else ():
        output.say(f"\n{output.printable(target)}")
        output.print_fields([(name, output.format_figure(value)) for name, value in _in_order(metrics)])
    if found.classes:
        output.say()
        _print_classes(found)
    if found.confusion.size:
        output.say()
        _print_confusion(found)
    if found.worst_rows:
        output.say("\nThe worst rows")
        _print_worst(found.worst_rows)


def _in_order(metrics: dict[str, float]) -> list[tuple[str, float]]:
    """Loss and accuracy first, the others by name."""
    first = ("loss", "accuracy")
    return sorted(metrics.items(), key=lambda item: (first.index(item[0]) if item[0] in first else 9, item[0]))


def _print_classes(found: "Evaluation") -> None:
    headings = ("class" if found.confusion.size else "label", "rows", "predicted", "precision", "recall", "f1")
    rows = [
        (one.class_name, one.support, one.predicted_count, *map(_share, (one.precision, one.recall, one.f1)))
        for one in found.classes
    ]
    output.print_columns(headings, rows)


def _print_confusion(found: "Evaluation") -> None:
    names = [one.class_name for one in found.classes]
    counts = found.confusion.tolist()
    if len(names) <= _LIMIT_MATRIX:
        output.say("Rows by their class (down) and the class predicted (across)")
        _print_matrix(names, counts)
        return
    mistakes = [
        (counts[truth][other], names[truth], names[other])
        for truth in range(len(names))
        for other in range(len(names))
        if truth != other and counts[truth][other]
    ]
    output.say("The most frequent mistakes")
    shown = sorted(mistakes, key=lambda mistake: -mistake[0])[:_LIMIT_MISTAKES]
    output.print_columns(("rows", "class", "predicted"), shown)


def _print_matrix(names: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
    """Names stand as they are, also across: classes may differ in their case alone."""
    heads = list(map(output.printable, names))
    texts = [[f"{count:,}" if count else "." for count in row] for row in counts]
    widths = [max(map(len, (head, *column))) for head, column in zip(heads, zip(*texts, strict=True), strict=True)]
    lines = [("", heads), *zip(heads, texts, strict=True)]
    rows = [(name, *(text.rjust(width) for text, width in zip(row, widths, strict=True))) for name, row in lines]
    output.print_columns(("", *heads), rows, heading=False)


def _print_worst(rows: Sequence["WorstRow"]) -> None:
    if rows[0].true_values:
        values = [(row.row_id, _numbers(row.true_values), _numbers(row.prediction.values)) for row in rows]
        output.print_columns(("row", "truth", "predicted"), values)
        return
    output.print_columns(
        ("row", "truth", "predicted", "probabilities"),
        [(row.row_id, row.truth or "-", _predicted(row.prediction), probabilities(row.prediction)) for row in rows],
    )


def probabilities(prediction: "Prediction", limit: int = 3) -> str:
    """The first probabilities of a prediction: "cat 0.93, dog 0.05"."""
    shown = list(prediction.probabilities.items())[:limit]
    return ", ".join(f"{output.printable(name)} {value:.3f}" for name, value in shown)


def _predicted(prediction: "Prediction") -> str:
    if prediction.class_name:
        return prediction.class_name
    return ", ".join(name for name, value in prediction.probabilities.items() if value >= 0.5) or "-"


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.6g}" for value in values)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
