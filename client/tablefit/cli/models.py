"""`tablefit model …`: trained models."""

from pathlib import Path
from typing import Annotated

import typer

from tablefit.cli import output
from tablefit.cli.connections import JsonOption, TrainingServiceOption, open_training
from tablefit.cli.export import OverwriteOption
from tablefit.cli.help_text import examples
from tablefit.cli.job_arguments import JobArgument
from tablefit.cli.meter import open_meter

commands = typer.Typer(name="model", help="Trained models: download.", no_args_is_help=True)


@commands.command(
    epilog=examples(
        "tablefit model download 6b1f02c4 digits.keras",
        "python -c \"import keras; keras.saving.load_model('digits.keras').summary()\"",
    )
)
def download(
    context: typer.Context,
    job: JobArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.", show_default=False)],
    overwrite: OverwriteOption = False,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Download the model that a job left, and check that it arrived whole.

    The file is Keras's own format; it takes raw pixel values 0 to 255.
    """
    from tablefit.exports import check_target

    check_target(file, overwrite)
    with (
        open_training(context, training_service) as training,
        open_meter("download", "bytes", json_output=json_output) as update,
    ):
        model = training.download_model(job, file, on_progress=update)
    if json_output:
        output.print_json({"file": file, "job_id": job, **output.to_json(model)})
    else:
        output.say(f"Wrote {output.format_size(model.size_bytes)} to {output.printable(str(file))}.")
