"""`tablefit up`: runs both services until it is told to stop."""

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tablefit.cli import output
from tablefit.cli.connections import DATA_SERVICE_DEFAULT, TRAINING_SERVICE_DEFAULT, JsonOption, check_option
from tablefit.cli.help_text import defaulting, examples
from tablefit.cli.invocation import command_line
from tablefit.errors import Unavailable
from tablefit.rpc import settings

if TYPE_CHECKING:
    from tablefit.cli.services import Running
    from tablefit.cli.supervision import Supervisor

commands = typer.Typer()

DIRECTORY = Path("tablefit-data")

DirectoryOption = Annotated[
    Path, typer.Option("--directory", metavar="DIR", help="Folder for everything that is kept; made when absent.")
]


DatabaseUrlOption = Annotated[
    str,
    typer.Option(
        "--database-url",
        metavar="URL",
        envvar="TABLEFIT_DATABASE_URL",
        show_default=False,
        help=defaulting(
            "Database for the tables, sqlite:///FILE or mysql+pymysql://USER@HOST/DATABASE with the password in "
            "TABLEFIT_DATABASE_PASSWORD.",
            "an SQLite file below DIR",
        ),
    ),
]
DataAddressOption = Annotated[
    str | None,
    typer.Option(
        "--data-address",
        metavar="HOST:PORT",
        callback=check_option,
        help=defaulting("Where the data service listens; port 0 is any free one.", DATA_SERVICE_DEFAULT),
    ),
]
TrainingAddressOption = Annotated[
    str | None,
    typer.Option(
        "--training-address",
        metavar="HOST:PORT",
        callback=check_option,
        help=defaulting("Where the training service listens; port 0 is any free one.", TRAINING_SERVICE_DEFAULT),
    ),
]


@dataclass(frozen=True)
class Wanted:
    """What to run: where everything lies, which database, and where the services listen."""

    directory: Path
    database_url: str
    data_address: str
    training_address: str


@commands.command(
    epilog=examples(
        "tablefit up",
        "tablefit up --directory ~/tablefit --training-address 127.0.0.1:7602",
        "tablefit up --database-url mysql+pymysql://reader@127.0.0.1/tables",
    )
)
def up(
    directory: DirectoryOption = DIRECTORY,
    database_url: DatabaseUrlOption = "",
    data_address: DataAddressOption = None,
    training_address: TrainingAddressOption = None,
    json_output: JsonOption = False,
) -> None:
    """Run both services until Ctrl-C, and start again one that died.

    The services' logs go to standard error. With --json standard output has a line for each event.
    """
    from tablefit.cli.services import check_extras
    from tablefit.cli.supervision import Supervisor, stop_on_signals

    check_extras(("data-service", "training-service"))
    wanted = Wanted(
        directory,
        database_url,
        settings.data_service_address(data_address),
        settings.training_service_address(training_address),
    )
    supervisor = Supervisor(_write_log, _notifier(json_output))
    stop_on_signals(supervisor.stopping, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    _run_until_stopped(supervisor, wanted, json_output)
    if supervisor.failure:
        raise Unavailable(supervisor.failure)
    if json_output:
        output.print_json_line({"kind": "stopped"})
    else:
        output.say("Both services have stopped.")


def _run_until_stopped(supervisor: "Supervisor", wanted: Wanted, json_output: bool) -> None:
    from tablefit.cli.services import start_services

    try:
        running = start_services(
            supervisor, wanted.directory, wanted.data_address, wanted.training_address, wanted.database_url
        )
        if json_output:
            addresses = {"data_service": running.data_address, "training_service": running.training_address}
            output.print_json_line({"kind": "ready", **addresses, "directory": wanted.directory})
        else:
            _tell_ready(wanted, running)
        supervisor.stopping.wait()
    except Unavailable:
        if not supervisor.stopping.is_set():
            raise
    finally:
        supervisor.stop()


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


def _tell_ready(wanted: Wanted, running: "Running") -> None:
    directory = wanted.directory
    tables = "tables in the database of --database-url" if wanted.database_url else f"tables in {directory / 'data'}"
    output.say()
    output.say("ready")
    output.say(f"  data service      {running.data_address:<15}  {tables}")
    output.say(f"  training service  {running.training_address:<15}  jobs and models in {directory / 'training'}")
    output.say()
    output.say("In another terminal (PATH: a folder with one folder of images for each label):")
    for variable, address, default in (
        (settings.DATA_SERVICE_VARIABLE, running.data_address, settings.data_service_address()),
        (settings.TRAINING_SERVICE_VARIABLE, running.training_address, settings.training_service_address()),
    ):
        if address != default:
            output.say(f"  export {variable}={address}")
    output.say(f"  {command_line('ingest', 'NAME', 'PATH')}")
    output.say(f"  {command_line('train', 'NAME', '--architecture', 'mini_xception')}")
    output.say("Ctrl-C stops both services and loses nothing.")
