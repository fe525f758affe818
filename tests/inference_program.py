"""`python -m tests.inference_program DIRECTORY DATA_SERVICE FOLDER` serves the models FOLDER/NAME.keras by their names.

Prints its address when it serves. Its models' processes run `tests.quick_model`, and end with it. For tests that kill
the service.
"""

import hashlib
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tablefit.data import DataClient, FractionSplit
from tablefit.errors import NotFound
from tablefit.rpc.process import run_until_signal
from tablefit.rpc.server import RunningServer, start_server
from tablefit.v1.training_service_pb2_grpc import add_TrainingServiceServicer_to_server

from training_service.inference.calls import Inference
from training_service.inference.pool import ModelPool
from training_service.inference.prediction_records import PredictionRecords
from training_service.inference.process import Limits, ModelPlace, ModelProcess
from training_service.inference.reading import ModelRows
from training_service.servicer_inference import InferenceServicer


@dataclass
class InferenceService:
    """Models at work behind a port, and the processes that were started for them, in order."""

    running: RunningServer
    inference: Inference
    pool: ModelPool
    find: Callable[[str], ModelPlace]
    processes: list[ModelProcess]
    opened: ExitStack

    @property
    def address(self) -> str:
        return self.running.address

    def stop(self) -> None:
        """Stops the server, then the models."""
        self.running.stop(0)
        self.opened.close()


def start_inference(
    directory: Path,
    data_service: str,
    folder: Path,
    *,
    loaded_models: int = 1,
    limits: Limits | None = None,
    program: str = "tests.quick_model",
) -> InferenceService:
    """A service of the models in `folder`, on a free port, in processes that run `program`."""
    directory.mkdir(exist_ok=True)
    processes: list[ModelProcess] = []

    def start(place: ModelPlace) -> ModelProcess:
        processes.append(ModelProcess(place, directory / "inference", 1, limits, program))
        return processes[-1]

    def find(model: str) -> ModelPlace:
        path = folder / f"{model}.keras"
        if not path.exists():
            raise NotFound(f"There is no model {model!r}.")
        return ModelPlace(model, path, hashlib.sha256(path.read_bytes()).hexdigest())

    with ExitStack() as stack:
        data = stack.enter_context(DataClient(data_service))
        records = PredictionRecords(directory / "records.sqlite")
        rows = ModelRows(table="shades", split=FractionSplit(0.25, 3), part="validation")
        pool = ModelPool(start, loaded_models, 1.0)
        inference = Inference(find, lambda model: rows, pool, data, records)
        stack.callback(inference.close)
        servicer = InferenceServicer(inference)
        running = start_server(
            "127.0.0.1:0",
            "tablefit.v1.TrainingService",
            lambda server: add_TrainingServiceServicer_to_server(servicer, server),
        )
        return InferenceService(running, inference, pool, find, processes, stack.pop_all())


def main(arguments: list[str]) -> None:
    """Serves until SIGTERM."""
    directory, data_service, folder = arguments
    service = start_inference(Path(directory), data_service, Path(folder))
    sys.stdout.write(f"{service.address}\n")
    sys.stdout.flush()
    run_until_signal(service.running, before=[service.inference.close], after=[service.opened.close])


if __name__ == "__main__":
    main(sys.argv[1:])
