"""The settings of a data service, from its command line and, where that is silent, from the environment."""

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tablefit.errors import InvalidInput
from tablefit.rpc.settings import DATA_SERVICE_ADDRESS, check_address

from data_service.store import QUERY_LIMIT_S

DESCRIPTION = (
    "Runs the data service of tablefit: keeps tables in a SQL database, takes rows in and gives batches out over gRPC. "
    "Stops on SIGTERM and SIGINT."
)
EPILOG = (
    "Without a database URL the tables are kept in DIR/tablefit.sqlite, which one service at a time can use. "
    "MySQL and MariaDB are reached by mysql+pymysql://USER@HOST:PORT/DATABASE, with the password in the "
    "environment variable TABLEFIT_DATABASE_PASSWORD: everybody on a machine can read command lines."
)
DEFAULT_DIRECTORY = "tablefit-data/data"
DATABASE_FILE = "tablefit.sqlite"
PASSWORD_VARIABLE = "TABLEFIT_DATABASE_PASSWORD"

CHANGES_VARIABLE = "TABLEFIT_ALLOW_CHANGES"

_GIB = 1024**3
_DAY_S = 86_400.0
_LIMIT_DAYS = 36_500
_LEAST_LIMIT_S = 0.001


@dataclass(frozen=True)
class Settings:
    """Where the service listens, which database it serves, and where it keeps what it can make again.

    `database_password` counts where the URL has none. `database_wait_s` bounds the wait for a MySQL that is not up yet.
    `allow_changes` are patterns of the names of tables that others made; `query_limit_s` bounds the time of a query.
    """

    address: str
    database_url: str = field(repr=False)
    database_password: str = field(repr=False)
    database_wait_s: float
    directory: Path
    cache_limit_bytes: int
    shared_directory: Path
    snapshot_limit_bytes: int
    snapshot_keep_s: float
    address_file: Path | None
    allow_changes: tuple[str, ...] = ()
    query_limit_s: float = QUERY_LIMIT_S


def read_settings(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings. Ends the process with a sentence and status 2 when they do not fit."""
    given = _parser(environment).parse_args(arguments)
    directory = Path(given.directory).absolute()
    return Settings(
        address=given.address,
        database_url=given.database_url or f"sqlite:///{directory / DATABASE_FILE}",
        database_password=environment.get(PASSWORD_VARIABLE, ""),
        database_wait_s=given.database_wait,
        directory=directory,
        cache_limit_bytes=int(given.cache_limit * _GIB),
        shared_directory=Path(given.shared_directory).absolute() if given.shared_directory else directory,
        snapshot_limit_bytes=int(given.snapshot_limit * _GIB),
        snapshot_keep_s=given.snapshot_keep * _DAY_S,
        address_file=Path(given.address_file).absolute() if given.address_file else None,
        allow_changes=tuple(given.allow_changes or _patterns(environment)),
        query_limit_s=given.query_limit,
    )


def _parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data_service", description=DESCRIPTION, epilog=EPILOG)

    def add(flag: str, variable: str, default: str | None, help_text: str, **more: object) -> None:
        text = f"{help_text} ({variable} in the environment, default {default or 'none'})"
        parser.add_argument(flag, default=environment.get(variable) or default, help=text, **more)  # type: ignore[arg-type]

    add(
        "--address", "TABLEFIT_ADDRESS", DATA_SERVICE_ADDRESS, "HOST:PORT to listen on; port 0 means any", type=_address
    )
    # The URL may hold a password, so its default is not shown.
    parser.add_argument(
        "--database-url",
        default=environment.get("TABLEFIT_DATABASE_URL", ""),
        metavar="URL",
        help="the database with the tables (TABLEFIT_DATABASE_URL in the environment, default DIR/tablefit.sqlite)",
    )
    add(
        "--database-wait",
        "TABLEFIT_DATABASE_WAIT",
        "60",
        "seconds to wait for a database server that is not up yet",
        metavar="SECONDS",
        type=_not_negative,
    )
    add("--directory", "TABLEFIT_DIRECTORY", DEFAULT_DIRECTORY, "folder for the service's own files", metavar="DIR")
    add("--address-file", "TABLEFIT_ADDRESS_FILE", None, "file to write the address to once it listens", metavar="FILE")
    _add_limits(add)
    _add_allow_changes(parser)
    return parser


def _add_limits(add: Callable[..., None]) -> None:
    add(
        "--cache-limit",
        "TABLEFIT_CACHE_LIMIT",
        "8",
        "GiB of decoded images to keep on disk",
        metavar="GIB",
        type=_not_negative,
    )
    add(
        "--shared-directory",
        "TABLEFIT_SHARED_DIRECTORY",
        None,
        "folder for snapshots and datasets, which several services of one database may share; DIR if it is not given",
        metavar="DIR",
    )
    add(
        "--snapshot-limit",
        "TABLEFIT_SNAPSHOT_LIMIT",
        "64",
        "GiB of snapshots to keep on disk",
        metavar="GIB",
        type=_not_negative,
    )
    add(
        "--snapshot-keep",
        "TABLEFIT_SNAPSHOT_KEEP",
        "30",
        "days to keep a snapshot after its last use, at most 36,500",
        metavar="DAYS",
        type=_days,
    )
    add(
        "--query-limit",
        "TABLEFIT_QUERY_LIMIT",
        f"{QUERY_LIMIT_S:g}",
        "seconds that reading a view or a query may take",
        metavar="SECONDS",
        type=_positive,
    )


def _add_allow_changes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--allow-changes",
        action="append",
        metavar="PATTERN",
        help="names of tables that others made and this service may change, such as 'staging_*'; may be given more "
        f"than once ({CHANGES_VARIABLE} in the environment, with commas between patterns; default none)",
    )


def _patterns(environment: Mapping[str, str]) -> list[str]:
    return [pattern.strip() for pattern in environment.get(CHANGES_VARIABLE, "").split(",") if pattern.strip()]


def _address(text: str) -> str:
    try:
        return check_address(text)
    except InvalidInput as error:
        raise argparse.ArgumentTypeError(error.message) from error


def _not_negative(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    # NaN and infinity are no numbers to work with either.
    if not 0 <= number < 1e9:
        raise argparse.ArgumentTypeError(f"expected a number from 0, received {text!r}")
    return number


def _days(text: str) -> float:
    number = _not_negative(text)
    if not 0 < number <= _LIMIT_DAYS:
        raise argparse.ArgumentTypeError(f"expected a number of days above 0, at most {_LIMIT_DAYS}, received {text!r}")
    return number


def _positive(text: str) -> float:
    number = _not_negative(text)
    # Servers count in milliseconds, and take none for no limit at all.
    if number < _LEAST_LIMIT_S:
        raise argparse.ArgumentTypeError(f"expected a number from {_LEAST_LIMIT_S}, received {text!r}")
    return number
