"""`tablefit predict`: what a trained model says of files, rows or a whole table."""

import csv
import shlex
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tablefit.cli import model_rows as given
from tablefit.cli import output
from tablefit.cli.connections import JsonOption, TrainingServiceOption, open_training
from tablefit.cli.ending import Interrupted
from tablefit.cli.evaluate import probabilities
from tablefit.cli.help_text import examples
from tablefit.cli.invocation import command_line
from tablefit.cli.meter import open_meter
from tablefit.errors import InvalidInput

if TYPE_CHECKING:
    from tablefit.training import Prediction, TrainingClient

commands = typer.Typer()


@dataclass(frozen=True)
class _Inputs:
    """What is predicted from: files of images, rows as they were typed, or a CSV file."""

    files: Sequence[Path]
    rows: Sequence[str]
    csv_file: Path | None

    def named(self) -> Iterator[tuple[str, Any]]:
        """Each input with its name. Raises InvalidInput for a file that cannot be read."""
        for file in self.files:
            yield str(file), file
        for row in self.rows:
            yield row, parse_row(row)
        if self.csv_file is not None:
            yield from read_csv(self.csv_file)


@commands.command(
    epilog=examples(
        "tablefit predict 6b1f02c4 scan1.png scan2.jpg",
        "tablefit predict 91c07fe2 --row 'age=39 education=Masters' --row 'age=18 education=Bachelors'",
        "tablefit predict 91c07fe2 --csv people.csv --json",
        "tablefit predict 6b1f02c4 --table digits --into digits_predicted",
    )
)
def predict(
    context: typer.Context,
    model: given.ModelArgument,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE", help="Images to predict from.", show_default=False)
    ] = None,
    row: Annotated[
        list[str] | None,
        typer.Option("--row", metavar="'COLUMN=VALUE …'", help="A row to predict from; may be repeated."),
    ] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Rows to predict from, with names in the first line.")
    ] = None,
    table: Annotated[str | None, typer.Option("--table", metavar="TABLE", help="Predict for all rows of this.")] = None,
    into: Annotated[
        str | None, typer.Option("--into", metavar="NEW_TABLE", help="The table to write predictions into.")
    ] = None,
    snapshot: given.SnapshotOption = "",
    split: given.SplitOption = None,
    part: given.PartOption = "validation",
    held_out: given.HeldOutOption = False,
    top: Annotated[
        int, typer.Option("--top", min=0, max=1000, metavar="N", help="Only the N most probable classes; 0 means all.")
    ] = 0,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Predict from images or rows and show the answers, or for a whole table and write them into another.

    A table is made for the predictions, with the ids of the rows beside them. Interrupted, the same command goes on
    where it stopped.
    """
    inputs = _Inputs(files or (), row or (), csv_file)
    is_table = bool(table or snapshot or held_out or into)
    if is_table == bool(inputs.files or inputs.rows or inputs.csv_file):
        raise typer.BadParameter("expected either files, --row or --csv to predict from, or --table and --into")
    with open_training(context, training_service) as training:
        if is_table:
            rows = given.RowOptions(table, snapshot, split, part, held_out).arguments()
            _predict_table(training, model, rows, into, top, json_output)
        else:
            _predict_inputs(training, model, inputs, top, json_output)


def _predict_table(
    training: "TrainingClient", model: str, rows: dict[str, Any], into: str | None, top: int, json_output: bool
) -> None:
    if not into:
        raise typer.BadParameter("expected the table to write into", param_hint="--into")
    try:
        with open_meter("predict", "rows", json_output=json_output) as update:
            done = training.predict_table(model, **rows, target_table=into, class_count=top, on_progress=update)
    except KeyboardInterrupt as error:
        raise Interrupted("Interrupted; the same command goes on where it stopped.") from error
    if json_output:
        output.print_json(done)
        return
    resumed = f" ({done.resumed_row_count:,} of them before)" if done.resumed_row_count else ""
    output.say(f"Wrote predictions for {output.count(done.row_count, 'row')}{resumed} into {output.printable(into)}.")
    if done.rejected_row_count:
        output.say(f"{output.count(done.rejected_row_count, 'prediction')} were no numbers and were left out.")
    output.tell(f"Look at them with\n  {command_line('row', 'list', into)}")


def _predict_inputs(training: "TrainingClient", model: str, inputs: _Inputs, top: int, json_output: bool) -> None:
    """Shows the answers; as JSON each as it comes, so that a large file is never held."""
    counts = _Counts()
    answers = counts.seen(_answers(training, model, inputs, top))
    if json_output:
        output.print_json_items({"input": name, **output.to_json(one)} for name, one in answers)
    else:
        output.print_columns(
            ("input", "prediction", "probabilities"), [(name, *_cells(answer)) for name, answer in answers]
        )
    if counts.failures:
        raise InvalidInput(
            f"Nothing could be predicted from {counts.failures:,} of {output.count(counts.inputs, 'input')}."
        )


@dataclass
class _Counts:
    """Inputs that were answered, and those of them without a prediction."""

    inputs: int = 0
    failures: int = 0

    def seen(self, answers: Iterator[tuple[str, "Prediction"]]) -> Iterator[tuple[str, "Prediction"]]:
        """The same answers, counted."""
        for name, answer in answers:
            self.inputs += 1
            self.failures += bool(answer.failure)
            yield name, answer


def _answers(training: "TrainingClient", model: str, inputs: _Inputs, top: int) -> Iterator[tuple[str, "Prediction"]]:
    """Each input's name and answer, in order; a few inputs are read ahead."""
    names: deque[str] = deque()

    def given_inputs() -> Iterator[Any]:
        for name, one in inputs.named():
            names.append(name)
            yield one

    for answer in training.predict_stream(model, given_inputs(), class_count=top):
        yield names.popleft(), answer


def _cells(answer: "Prediction") -> tuple[str, str]:
    if answer.failure:
        return "-", answer.failure
    if answer.values:
        return ", ".join(f"{value:.6g}" for value in answer.values), "-"
    labels = [name for name, value in answer.probabilities.items() if value >= 0.5]
    return answer.class_name or ", ".join(labels) or "-", probabilities(answer)


def parse_row(text: str) -> dict[str, str]:
    """The values by column of "age=39 education='Some college'"; a usage error otherwise."""
    row: dict[str, str] = {}
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise typer.BadParameter(f"expected quotes in pairs, received {text!r}", param_hint="--row") from error
    for word in words:
        column, equals, value = word.partition("=")
        if not equals or not column:
            raise typer.BadParameter(f"expected COLUMN=VALUE such as age=39, received {word!r}", param_hint="--row")
        row[column] = value
    return row


def read_csv(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of a file with names in its first line, as texts; empty fields are left out. Raises InvalidInput."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            for number, row in enumerate(reader):
                if None in row or None in row.values():
                    raise InvalidInput(f"Line {reader.line_num} of {path} has another number of fields than the first.")
                yield f"{path.name}#{number}", {name: value for name, value in row.items() if value != ""}
    except OSError as error:
        raise InvalidInput(f"Cannot read {path}: {error.strerror}.") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} is no CSV file in UTF-8: {error}.") from error
