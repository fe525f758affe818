"""`tablefit up`: runs both services until it is told to stop."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from tablefit.cli import output
from tablefit.cli.connections import DATA_SERVICE_DEFAULT, TRAINING_SERVICE_DEFAULT, JsonOption, check_option
from tablefit.cli.help_text import defaulting, examples
from tablefit.cli.invocation import command_line
from tablefit.errors import Unavailable
from tablefit.rpc import settings

commands = typer.Typer()

DIRECTORY = Path("tablefit-data")

DirectoryOption = Annotated[
    Path, typer.Option("--directory", metavar="DIR", help="Folder for everything that is kept; made when absent.")
]


@commands.command(
    epilog=examples(
        "tablefit up",
        "tablefit up --directory ~/tablefit --training-address 127.0.0.1:7602",
        "tablefit up --database-url mysql+pymysql://user:password@127.0.0.1/tables",
    )
)
def up(
    directory: DirectoryOption = DIRECTORY,
    database_url: Annotated[
        str,
        typer.Option(
            metavar="URL",
            envvar="TABLEFIT_DATABASE_URL",
            show_default=False,
            help=defaulting(
                "Database for the tables, sqlite:///FILE or mysql+pymysql://USER:PASSWORD@HOST/DATABASE.",
                "an SQLite file below DIR",
            ),
        ),
    ] = "",
    data_address: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            callback=check_option,
            help=defaulting("Where the data service listens; port 0 is any free one.", DATA_SERVICE_DEFAULT),
        ),
    ] = None,
    training_address: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            callback=check_option,
            help=defaulting("Where the training service listens; port 0 is any free one.", TRAINING_SERVICE_DEFAULT),
        ),
    ] = None,
    json_output: JsonOption = False,
) -> None:
    """Run both services until Ctrl-C, and start again one that died.

    The services' logs go to standard error. With --json standard output has a line for each event.
    """
    from tablefit.cli.services import check_extras, start_services
    from tablefit.cli.supervision import Supervisor, stop_on_signals

    check_extras(("data-service", "training-service"))
    supervisor = Supervisor(_write_log, _notifier(json_output))
    stop_on_signals(supervisor.stopping, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    try:
        running = start_services(
            supervisor,
            directory,
            settings.data_service_address(data_address),
            settings.training_service_address(training_address),
            database_url,
        )
        if json_output:
            ready = {
                "kind": "ready",
                "data_service": running.data_address,
                "training_service": running.training_address,
            }
            output.print_json_line({**ready, "directory": directory})
        else:
            _tell_ready(directory, database_url, running.data_address, running.training_address)
        supervisor.stopping.wait()
    except Unavailable:
        if not supervisor.stopping.is_set():
            raise
    finally:
        supervisor.stop()
    if supervisor.failure:
        raise Unavailable(supervisor.failure)
    if json_output:
        output.print_json_line({"kind": "stopped"})
    else:
        output.say("Both services have stopped.")


def _write_log(name: str, line: str) -> None:
    output.write_line(sys.stderr, f"{name:<16} | {line}")


def _notifier(json_output: bool) -> Callable[[str, str, str], None]:
    words = {"starting": "starts", "ended": "ended", "failed": "failed", "restarted": "is back"}

    def notify(kind: str, service: str, more: str) -> None:
        if json_output:
            output.print_json_line({"kind": kind, "service": service, "message": more})
        else:
            output.say(f"The {service} {words[kind]}{f': {more}' if more else ''}.")

    return notify


def _tell_ready(directory: Path, database_url: str, data_address: str, training_address: str) -> None:
    tables = "tables in the database of --database-url" if database_url else f"tables in {directory / 'data'}"
    output.say()
    output.say("ready")
    output.say(f"  data service      {data_address:<15}  {tables}")
    output.say(f"  training service  {training_address:<15}  jobs and models in {directory / 'training'}")
    output.say()
    output.say("In another terminal (PATH: a folder with one folder of images for each label):")
    for variable, address, default in (
        (settings.DATA_SERVICE_VARIABLE, data_address, settings.data_service_address()),
        (settings.TRAINING_SERVICE_VARIABLE, training_address, settings.training_service_address()),
    ):
        if address != default:
            output.say(f"  export {variable}={address}")
    output.say(f"  {command_line('ingest', 'NAME', 'PATH')}")
    output.say(f"  {command_line('train', 'NAME', '--architecture', 'mini_xception')}")
    output.say("Ctrl-C stops both services and loses nothing.")
