"""`tablefit model …`: trained models. Leaves what is printed of one to `model_fields`."""

from pathlib import Path
from typing import Annotated

import typer

from tablefit.cli import output, plots
from tablefit.cli.confirmation import YesOption, confirm
from tablefit.cli.connections import JsonOption, TrainingServiceOption, open_training
from tablefit.cli.export import OverwriteOption
from tablefit.cli.help_text import examples
from tablefit.cli.meter import open_meter
from tablefit.cli.model_arguments import ModelArgument

commands = typer.Typer(
    name="model", help="Trained models: list, show, rename, tag, delete, download, export, plot.", no_args_is_help=True
)


@commands.command("list", epilog=examples("tablefit model list", "tablefit model list --table digits --tag best"))
def list_models(
    context: typer.Context,
    table: Annotated[str, typer.Option(metavar="NAME", help="Only those trained on this table.")] = "",
    architecture: Annotated[str, typer.Option(metavar="NAME", help="Only those of this architecture.")] = "",
    tag: Annotated[str, typer.Option(metavar="TAG", help="Only those with this tag.")] = "",
    limit: Annotated[int, typer.Option(min=0, metavar="N", help="Most models to list; 0 lists all.")] = 20,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """List the models, newest first."""
    from tablefit.cli.model_fields import list_row

    with open_training(context, training_service) as training:
        models = []
        for model in training.list_models(table=table, architecture=architecture, tag=tag):
            models.append(model)
            if len(models) == limit:
                break
    if json_output:
        output.print_json(models)
    elif models:
        headings = ("model", "name", "table", "architecture", "val loss", "val acc", "size", "tags", "created")
        output.print_columns(headings, [list_row(model) for model in models])
    else:
        output.tell("There are no such models. `tablefit train NAME --architecture ARCHITECTURE` makes one.")


@commands.command(epilog=examples("tablefit model show 6b1f02c4", "tablefit model show 6b1f02c4 --json"))
def show(
    context: typer.Context,
    model: ModelArgument,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Show a model: its job, data, metrics, inputs, confusion matrix.

    With --json also its history, the numbers of its features and its code.
    """
    from tablefit.cli.model_fields import confusion_table, show_fields

    with open_training(context, training_service) as training:
        found = training.get_model(model)
    if json_output:
        output.print_json(found)
        return
    output.print_fields(show_fields(found))
    if found.details is not None and found.details.confusion:
        output.say("")
        output.print_columns(*confusion_table(found.details))


@commands.command(epilog=examples("tablefit model rename 6b1f02c4 'digits, first try'"))
def rename(
    context: typer.Context,
    model: ModelArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it.", show_default=False)],
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Give a model another name; its id stays."""
    with open_training(context, training_service) as training:
        found = training.update_model(model, name=name)
    if json_output:
        output.print_json(found)
    else:
        output.tell(f"Model {found.model_id} is called {output.printable(found.name)} now.")


@commands.command(epilog=examples("tablefit model tag 6b1f02c4 best v2", "tablefit model tag 6b1f02c4 --remove best"))
def tag(
    context: typer.Context,
    model: ModelArgument,
    tags: Annotated[list[str] | None, typer.Argument(metavar="TAG", help="Tags to add.", show_default=False)] = None,
    remove: Annotated[list[str] | None, typer.Option(metavar="TAG", help="A tag to take off; repeat it.")] = None,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Put tags on a model, or take them off; without either, say which it has."""
    with open_training(context, training_service) as training:
        found = training.get_model(model)
        if tags or remove:
            kept = [one for one in dict.fromkeys((*found.tags, *(tags or ()))) if one not in (remove or ())]
            found = training.update_model(model, tags=kept)
    if json_output:
        output.print_json({"model_id": found.model_id, "tags": found.tags})
    else:
        output.say(output.printable(", ".join(found.tags) or "no tags"))


@commands.command(epilog=examples("tablefit model delete 6b1f02c4", "tablefit model delete 6b1f02c4 --yes"))
def delete(
    context: typer.Context,
    model: ModelArgument,
    yes: YesOption = False,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Delete a model with its file; its job stays."""
    with open_training(context, training_service) as training:
        found = training.get_model(model)
        if not yes:
            confirm(f"Delete model {found.model_id}, {found.name}, for good", json_output)
        training.delete_model(found.model_id)
    if json_output:
        output.print_json({"deleted": found.model_id})
    else:
        output.tell(f"Model {found.model_id} is deleted.")


@commands.command(
    epilog=examples(
        "tablefit model download 6b1f02c4 digits.keras",
        "python -c \"import keras; keras.saving.load_model('digits.keras').summary()\"",
    )
)
def download(
    context: typer.Context,
    model: ModelArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.", show_default=False)],
    overwrite: OverwriteOption = False,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Download a model, named by its id or its job's, and check that it arrived whole.

    The file is Keras's own format; it takes raw pixel values 0 to 255, or the columns' own values.
    """
    from tablefit.exports import check_target

    check_target(file, overwrite)
    with (
        open_training(context, training_service) as training,
        open_meter("download", "bytes", json_output=json_output) as update,
    ):
        written = training.download_model(model, file, on_progress=update)
    if json_output:
        output.print_json({"file": file, "job_id": model, **output.to_json(written)})
    else:
        output.say(f"Wrote {output.format_size(written.size_bytes)} to {output.printable(str(file))}.")


@commands.command(
    epilog=examples(
        "tablefit model export 6b1f02c4 digits.onnx",
        "tablefit model export 6b1f02c4 digits.tflite",
        "tablefit model export 6b1f02c4 digits.zip",
    )
)
def export(
    context: typer.Context,
    model: ModelArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.", show_default=False)],
    format: Annotated[
        str | None,
        typer.Option(metavar="FORMAT", help="keras, saved-model, onnx or litert; left out, by the ending of FILE."),
    ] = None,
    overwrite: OverwriteOption = False,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Write a model in another format: .keras, .zip (SavedModel), .onnx or .tflite (LiteRT).

    Class names and the meaning of the inputs travel along. The training service converts it.
    """
    from tablefit.exports import check_target
    from tablefit.training.model_calls import check_format

    chosen = check_format(file, format)
    check_target(file, overwrite)
    with (
        open_training(context, training_service) as training,
        open_meter("export", "bytes", json_output=json_output) as update,
    ):
        written = training.export_model(model, file, chosen, on_progress=update)
    if json_output:
        output.print_json({"file": file, "model_id": model, "format": chosen, **output.to_json(written)})
    else:
        output.say(f"Wrote {output.format_size(written.size_bytes)} to {output.printable(str(file))}.")


commands.add_typer(plots.model_commands)
