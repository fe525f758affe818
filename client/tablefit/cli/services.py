"""The two services as `tablefit up` and `tablefit demo` run them: how they are called, where data lies, what they need.

DIR/data/        the data service's: the embedded database unless another is named, blocks, caches
DIR/training/    the training service's: jobs, scripts, models
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import util
from pathlib import Path

from tablefit.cli.supervision import ServiceCall, Supervisor
from tablefit.errors import WrongState

# What each extra of the distribution brings, as far as a missing one can be told without importing it.
EXTRA_MODULES = {
    "data-service": ("sqlalchemy", "sqlglot", "pymysql", "PIL", "grpc_health", "grpc_reflection"),
    "training-service": ("keras", "grpc_health", "grpc_reflection"),
    "demo": ("sklearn", "PIL"),
}


@dataclass(frozen=True)
class Running:
    """Both services, serving."""

    data_address: str
    training_address: str


def check_extras(extras: Sequence[str]) -> None:
    """Raises WrongState naming the missing packages and the command that brings them."""
    wanted = {name for extra in extras for name in EXTRA_MODULES[extra]}
    if "training-service" in extras:
        wanted.add(os.environ.get("KERAS_BACKEND") or "tensorflow")
    missing = {name for name in wanted if util.find_spec(name) is None}
    if missing:
        raise WrongState(
            f"Packages are missing ({', '.join(sorted(missing))}); "
            f'this brings them: python -m pip install "tablefit[{",".join(extras)}]"'
        )


def start_services(
    supervisor: Supervisor, directory: Path, data_address: str, training_address: str, database_url: str = ""
) -> Running:
    """Starts both services below `directory` and waits until they serve. Raises Unavailable in a sentence."""
    data_directory, training_directory = directory / "data", directory / "training"
    for folder in (data_directory, training_directory):
        folder.mkdir(parents=True, exist_ok=True)
    data = supervisor.start(data_call(data_directory, data_address, database_url))
    training = supervisor.start(training_call(training_directory, training_address, data))
    return Running(data, training)


def data_call(directory: Path, address: str, database_url: str) -> ServiceCall:
    """How the data service is called. The URL goes through the environment: it may hold a password, and everybody on a
    machine can read command lines."""
    environment = (("TABLEFIT_DATABASE_URL", database_url),) if database_url else ()
    arguments = ("--directory", str(directory))
    return ServiceCall("data service", "data_service", address, directory / "address", arguments, environment)


def training_call(directory: Path, address: str, data_address: str) -> ServiceCall:
    """How the training service is called."""
    arguments = ("--directory", str(directory), "--data-service", data_address)
    return ServiceCall("training service", "training_service", address, directory / "address", arguments)
