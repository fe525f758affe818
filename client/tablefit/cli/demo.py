"""`tablefit demo`: everything once, on handwritten digits, in a folder of its own."""

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tablefit.cli import ending, output
from tablefit.cli.connections import JsonOption
from tablefit.cli.digits import IMAGE_COUNT, ORIGIN, write_digits
from tablefit.cli.help_text import examples
from tablefit.cli.invocation import command_line
from tablefit.errors import NotFound, WrongState

if TYPE_CHECKING:
    from tablefit import Client
    from tablefit.training import Event, TrainingJob

commands = typer.Typer()

DIRECTORY = Path("tablefit-demo")
TABLE = "digits"
# Tells a folder of the demo from one of somebody else's.
ABOUT_FILE = "ABOUT.txt"
ABOUT = "This folder was made by `tablefit demo` and may be deleted.\n\ndigits/    "

# What reaches 0.95 soonest of the five on two cores: over five seeds never below 0.958 after two epochs and 0.981 after
# five, in 8 seconds of training; mini_xception took 10 for 0.967.
TRAINING: dict[str, Any] = {
    "architecture": "big_xception",
    "image_size": (16, 16),
    "epochs": 5,
    "batch_size": 32,
    "seed": 1,
}


@commands.command(epilog=examples("tablefit demo", "tablefit demo --directory /tmp/digits"))
def demo(
    directory: Annotated[
        Path, typer.Option("--directory", metavar="DIR", help="Folder for everything the demo keeps; made when absent.")
    ] = DIRECTORY,
    json_output: JsonOption = False,
) -> None:
    """Show everything once: store 1,797 handwritten digits, train a network on them, keep the model.

    Runs both services on free ports with an embedded database, in a folder of its own, and stops them at the end. A
    second run goes on with the folder of the first and trains anew.
    """
    from tablefit.cli.services import check_extras

    check_extras(("data-service", "training-service", "demo"))
    prepare_folder(directory)
    say = output.warn if json_output else output.tell
    say(ORIGIN)
    written = write_digits(directory / "digits")
    say(
        f"{written:,} PNG files written to {directory / 'digits'}."
        if written
        else f"They lie in {directory / 'digits'}."
    )
    try:
        with _client(directory) as client:
            say("Both services run.")
            _ingest(client, directory / "digits", json_output)
            job, accuracy = _train(client, json_output)
            model = directory / f"{TABLE}-{job.job_id}.keras"
            client.download_model(job.job_id, model)
    except KeyboardInterrupt as error:
        back = command_line("demo", "--directory", directory)
        raise ending.Interrupted(f"Interrupted. The demo goes on in the same folder with\n  {back}") from error
    _tell(directory, job, accuracy, model, json_output)


def prepare_folder(directory: Path) -> None:
    """Makes the demo's folder; raises WrongState for one that holds something else."""
    about = directory / ABOUT_FILE
    if directory.exists() and not about.is_file() and (not directory.is_dir() or any(directory.iterdir())):
        raise WrongState(
            f"{directory} holds something else than a demo; give an empty or a new folder with --directory."
        )
    directory.mkdir(parents=True, exist_ok=True)
    about.write_text(f"{ABOUT}{ORIGIN}\n", encoding="utf-8")


@contextmanager
def _client(directory: Path) -> Iterator["Client"]:
    """A client of both services, which run for as long as the block does; their logs lie in the folder."""
    from tablefit import Client
    from tablefit.cli.services import start_services
    from tablefit.cli.supervision import Supervisor

    with ExitStack() as stack:
        log = stack.enter_context((directory / "services.log").open("a", encoding="utf-8", buffering=1))
        supervisor = Supervisor(lambda name, line: print(f"{name:<16} | {line}", file=log), lambda *_: None)
        stack.callback(supervisor.stop)
        running = start_services(supervisor, directory, "127.0.0.1:0", "127.0.0.1:0")
        yield stack.enter_context(Client(running.data_address, running.training_address))


def _ingest(client: "Client", folder: Path, json_output: bool) -> None:
    from tablefit.cli.ingest import ingest_with_progress

    say = output.warn if json_output else output.tell
    try:
        stored = client.data.get_table(TABLE).row_count
    except NotFound:
        stored = 0
    if stored < IMAGE_COUNT:
        ingest_with_progress(client, TABLE, folder, json_output=json_output)
        stored = client.data.get_table(TABLE).row_count
    say(f"Table {TABLE} has {output.count(stored, 'row')}.")


def _train(client: "Client", json_output: bool) -> tuple["TrainingJob", float]:
    """Trains with progress; the job as it ended and the accuracy on the held-out rows after the last epoch."""
    from tablefit.cli.watching import end_sentence, open_view
    from tablefit.training import EpochEvent, JobState

    job = client.train(TABLE, **TRAINING)
    accuracy = float("nan")
    with open_view(job.job_id, json_output=json_output, hints=False, about=job.record) as show:

        def show_and_note(event: "Event") -> None:
            nonlocal accuracy
            show(event)
            if isinstance(event, EpochEvent):
                accuracy = event.progress.validation_metrics.get("accuracy", accuracy)

        for event in job:
            show_and_note(event)
    if job.record.state is not JobState.SUCCEEDED:
        raise WrongState(end_sentence(job.job_id, job.record.state, job.record.failure))
    return job.record, accuracy


def next_commands(directory: Path, job_id: str) -> tuple[str, tuple[str, ...]]:
    """What to try after the demo: the command that runs the services, and those that talk to them."""
    return command_line("up", "--directory", directory), (
        command_line("table", "show", TABLE),
        command_line("row", "list", TABLE, "--limit", "5"),
        command_line("job", "show", job_id),
        command_line("job", "code", job_id),
        command_line("export", TABLE, directory / f"{TABLE}-{job_id}.npz"),
        command_line("train", TABLE, "--architecture", "simple_cnn", "--epochs", "2", "--batch-size", "64"),
    )


def _tell(directory: Path, job: "TrainingJob", accuracy: float, model: Path, json_output: bool) -> None:
    services, commands_after = next_commands(directory, job.job_id)
    if json_output:
        result = {"kind": "result", "job_id": job.job_id, "held_out_accuracy": accuracy, "model": model}
        output.print_json_line({**result, "next": [services, *commands_after]})
        return
    output.say()
    # Rounded down: what is printed was reached.
    output.say(f"held-out accuracy {math.floor(accuracy * 100) / 100:.2f}")
    output.say()
    output.tell(f"The model lies in {model}; it takes raw pixels 0 to 255 and knows its class names.")
    output.say()
    output.say("Try next, in a terminal of its own, since it runs until Ctrl-C:")
    output.say(f"  {services}")
    output.say("and then in this one:")
    for line in commands_after:
        output.say(f"  {line}")
