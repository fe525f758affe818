"""Which services a command talks to, and the options that say so.

An address comes from the option after the sub-command, else from that before it, else from the environment, else it is
the default. A service that does not listen is reported at once, not after gRPC's patience with it.
"""

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from tablefit.cli.help_text import defaulting
from tablefit.errors import InvalidInput, Unavailable
from tablefit.rpc import settings

if TYPE_CHECKING:
    from tablefit import Client
    from tablefit.data import DataClient
    from tablefit.training import TrainingClient

CONNECT_TIMEOUT_S = 5.0
DATA_SERVICE_DEFAULT = f"{settings.DATA_SERVICE_VARIABLE}, else {settings.DATA_SERVICE_ADDRESS}"
TRAINING_SERVICE_DEFAULT = f"{settings.TRAINING_SERVICE_VARIABLE}, else {settings.TRAINING_SERVICE_ADDRESS}"


@dataclass(frozen=True)
class Addresses:
    """The addresses given before the sub-command."""

    data: str | None = None
    training: str | None = None


def check_option(address: str | None) -> str | None:
    """`address` itself; a usage error when it has not the form HOST:PORT."""
    try:
        return settings.check_address(address) if address else None
    except InvalidInput as error:
        raise typer.BadParameter(error.message) from error


DataServiceOption = Annotated[
    str | None,
    typer.Option(
        "--data-service",
        metavar="HOST:PORT",
        callback=check_option,
        help=defaulting("Where the data service listens.", DATA_SERVICE_DEFAULT),
    ),
]
TrainingServiceOption = Annotated[
    str | None,
    typer.Option(
        "--training-service",
        metavar="HOST:PORT",
        callback=check_option,
        help=defaulting("Where the training service listens.", TRAINING_SERVICE_DEFAULT),
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


def data_address(context: typer.Context, given: str | None) -> str:
    """The data service's address for this command."""
    return settings.data_service_address(given or _addresses(context).data)


def training_address(context: typer.Context, given: str | None) -> str:
    """The training service's address for this command."""
    return settings.training_service_address(given or _addresses(context).training)


def open_data(context: typer.Context, given: str | None) -> "DataClient":
    """A client of the data service; raises Unavailable when nothing listens there."""
    from tablefit.data import DataClient

    address = data_address(context, given)
    check_listening(address, "data service")
    return DataClient(address)


def open_training(context: typer.Context, given: str | None) -> "TrainingClient":
    """A client of the training service; raises Unavailable when nothing listens there."""
    from tablefit.training import TrainingClient

    address = training_address(context, given)
    check_listening(address, "training service")
    return TrainingClient(address)


def open_data_of_client(context: typer.Context, given: str | None) -> "Client":
    """A `tablefit.Client` for work with the data service alone; raises Unavailable when nothing listens there."""
    from tablefit import Client

    address = data_address(context, given)
    check_listening(address, "data service")
    return Client(address, training_address(context, None))


def check_listening(address: str, peer: str) -> None:
    """Raises Unavailable unless something accepts connections at `address`."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_TIMEOUT_S).close()
    except OSError as error:
        reason = (error.strerror or str(error) or "no answer").lower()
        raise Unavailable(f"Cannot reach the {peer} at {address}: {reason}. Is it running?") from error


def _addresses(context: typer.Context) -> Addresses:
    found = context.find_root().obj
    return found if isinstance(found, Addresses) else Addresses()


def options_given(context: typer.Context, *, data: str | None = None, training: str | None = None) -> tuple[str, ...]:
    """The address options to repeat in a command that is printed; what the environment says need not be."""
    given = _addresses(context)
    named = (("--data-service", data or given.data), ("--training-service", training or given.training))
    return tuple(word for option, address in named if address for word in (option, address))
