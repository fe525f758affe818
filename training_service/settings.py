"""The settings of a training service, from its command line and, where that is silent, from the environment."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tablefit.errors import InvalidInput
from tablefit.rpc.settings import DATA_SERVICE_ADDRESS, DATA_SERVICE_VARIABLE, TRAINING_SERVICE_ADDRESS, check_address

from training_service.environment import LEAVE

DESCRIPTION = (
    "Runs the training service of tablefit: takes jobs over gRPC, trains each in a process of its own from a table of "
    "the data service, keeps jobs, events and models in a directory. Stops on SIGTERM and SIGINT."
)
DIRECTORY = "tablefit-data/training"
LIMIT_CONCURRENT_JOBS = 64
LIMIT_THREADS = 1024
LIMIT_LOADED_MODELS = 64


@dataclass(frozen=True)
class Settings:
    """Where the service listens, where tables are, where it keeps its jobs, and how much it runs at once.

    `thread_count` is what each job's process computes with; the bits of a result depend on it. `loaded_models` stay in
    memory for predictions, each in a process of its own; `warm_process` says whether one waits for the next job.
    `allow_own_code` lets models of callers run code of theirs.
    Metrics of jobs are mirrored where `mirror_tensorboard` and `mirror_mlflow` say.
    """

    address: str
    data_service: str
    directory: Path
    concurrent_jobs: int
    thread_count: int
    address_file: Path | None
    loaded_models: int = 2
    warm_process: bool = True
    mirror_tensorboard: Path | None = None
    mirror_mlflow: str = ""
    allow_own_code: bool = False


def read_settings(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings. Ends the process with a sentence and status 2 when they do not fit."""
    given = _parser(environment).parse_args(arguments)
    return Settings(
        address=given.address,
        data_service=given.data_service,
        directory=Path(given.directory).absolute(),
        concurrent_jobs=given.concurrent_jobs,
        thread_count=given.threads,
        address_file=Path(given.address_file).absolute() if given.address_file else None,
        loaded_models=given.loaded_models,
        warm_process=not given.no_warm_process,
        mirror_tensorboard=Path(given.mirror_tensorboard).absolute() if given.mirror_tensorboard else None,
        mirror_mlflow=given.mirror_mlflow or "",
        allow_own_code=given.allow_own_code,
    )


def _parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training_service", description=DESCRIPTION)

    def add(flag: str, variable: str, default: str | None, help_text: str, **more: object) -> None:
        text = f"{help_text} ({variable} in the environment, default {default or 'none'})"
        parser.add_argument(flag, default=environment.get(variable) or default, help=text, **more)  # type: ignore[arg-type]

    add(
        "--address",
        "TABLEFIT_ADDRESS",
        TRAINING_SERVICE_ADDRESS,
        "HOST:PORT to listen on; port 0 means any",
        type=_address,
    )
    add("--data-service", DATA_SERVICE_VARIABLE, DATA_SERVICE_ADDRESS, "HOST:PORT of the data service", type=_address)
    add("--directory", "TABLEFIT_DIRECTORY", DIRECTORY, "folder for jobs, events and models", metavar="DIR")
    add("--concurrent-jobs", "TABLEFIT_CONCURRENT_JOBS", "1", "jobs that run at one time; the rest queue", type=_jobs)
    add("--threads", "TABLEFIT_THREADS", str(available_processors()), "threads that a job computes with", type=_threads)
    add("--loaded-models", "TABLEFIT_LOADED_MODELS", "2", "models kept ready for predictions", type=_models)
    parser.add_argument(
        "--no-warm-process",
        action="store_true",
        default=environment.get("TABLEFIT_NO_WARM_PROCESS") == "1",
        help="keep no process ready that has loaded Keras; saves its memory, and each job then begins seconds later "
        "(TABLEFIT_NO_WARM_PROCESS=1 in the environment)",
    )
    parser.add_argument(
        LEAVE,
        action="store_true",
        default=environment.get("TABLEFIT_ALLOW_OWN_CODE") == "1",
        help="load callers' own models even when they hold code, such as Lambda layers: whoever can start a job can "
        "then run anything as this user (TABLEFIT_ALLOW_OWN_CODE=1 in the environment)",
    )
    tensorboard, mlflow = "folder for event files with the jobs' metrics", "MLflow server or folder for the same"
    add("--mirror-tensorboard", "TABLEFIT_MIRROR_TENSORBOARD", None, tensorboard, metavar="DIR")
    add("--mirror-mlflow", "TABLEFIT_MIRROR_MLFLOW", None, mlflow, metavar="URI")
    add("--address-file", "TABLEFIT_ADDRESS_FILE", None, "file to write the address to once it listens", metavar="FILE")
    return parser


def available_processors() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _address(text: str) -> str:
    try:
        return check_address(text)
    except InvalidInput as error:
        raise argparse.ArgumentTypeError(error.message) from error


def _jobs(text: str) -> int:
    return _whole_number(text, LIMIT_CONCURRENT_JOBS)


def _models(text: str) -> int:
    return _whole_number(text, LIMIT_LOADED_MODELS)


def _threads(text: str) -> int:
    return _whole_number(text, LIMIT_THREADS)


def _whole_number(text: str, limit: int) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= limit:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to {limit}, received {text!r}")
    return int(text)
