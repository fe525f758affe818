"""`python -m tests.training_program DIRECTORY GATE` runs a training service over scripts without Keras.

Prints its address when it serves. For tests that kill the service.
"""

import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tablefit.data import DataClient
from tablefit.rpc.process import run_until_signal
from tablefit.rpc.server import RunningServer, start_server
from tablefit.v1.training_service_pb2_grpc import add_TrainingServiceServicer_to_server

from tests.training_scripts import complete, renderer
from training_service.adviser import Adviser
from training_service.architectures import ARCHITECTURES
from training_service.conversions import Conversions
from training_service.counting import Counting
from training_service.estimates import Estimates
from training_service.events import EventLog, Keeping
from training_service.holding import SnapshotHolds
from training_service.inference.calls import Inference
from training_service.inference.pool import ModelPool
from training_service.inference.prediction_records import PredictionRecords
from training_service.inference.process import Limits, ModelProcess
from training_service.jobs import Complete, Jobs, Render
from training_service.model_catalogue import ModelCatalogue
from training_service.model_places import ModelPlaces
from training_service.model_records import ModelRecords
from training_service.records import Records
from training_service.servicer import TrainingServicer


@dataclass
class Service:
    """A training service in this process."""

    records: Records
    log: EventLog
    jobs: Jobs
    running: RunningServer
    opened: ExitStack
    stopped: bool = False

    @property
    def address(self) -> str:
        return self.running.address

    def stop(self) -> None:
        """Stops as `python -m training_service` does. A second call does nothing."""
        if self.stopped:
            return
        self.stopped = True
        self.jobs.stop()
        self.log.close()
        self.running.stop()
        self.opened.close()


def start_service(
    directory: Path,
    gate: Path,
    *,
    concurrent_jobs: int = 1,
    keeping: Keeping | None = None,
    data_service: str = "127.0.0.1:1",
    loaded_models: int = 2,
    limits: Limits | None = None,
    complete: Complete = complete,
    render: Render | None = None,
    adviser: Adviser | None = None,
) -> Service:
    """A service over the scripts of `tests.training_scripts` unless others are given, on a free port.

    An `adviser` stays its owner's.
    """
    directory.mkdir(exist_ok=True)
    with ExitStack() as stack:
        records = Records(directory / "records.sqlite")
        stack.callback(records.close)
        log = EventLog(records, keeping)
        data = stack.enter_context(DataClient(data_service))
        if adviser is None:
            adviser = Adviser(directory / "adviser")
            stack.callback(adviser.close)
        jobs = Jobs(
            records,
            log,
            complete,
            render or renderer(gate),
            SnapshotHolds(data),
            directory=directory,
            data_service=data_service,
            concurrent_jobs=concurrent_jobs,
        )
        jobs.recover()
        model_records = ModelRecords(directory / "records.sqlite")
        stack.callback(model_records.close)
        models = ModelCatalogue(model_records, directory, jobs.get)
        models.recover()
        places = ModelPlaces(models)
        pool = ModelPool(lambda place: ModelProcess(place, directory / "inference", 1, limits), loaded_models)
        records_of_predictions = PredictionRecords(directory / "records.sqlite")
        inference = Inference(places.find, places.find_held_out, pool, data, records_of_predictions)
        stack.callback(inference.close)
        counting, estimates = Counting(ARCHITECTURES, adviser), Estimates(adviser)
        servicer = TrainingServicer(jobs, log, counting, models, Conversions(models), inference, estimates)
        running = start_server(
            "127.0.0.1:0",
            "tablefit.v1.TrainingService",
            lambda server: add_TrainingServiceServicer_to_server(servicer, server),
            thread_count=128,
        )
        jobs.start()
        return Service(records, log, jobs, running, stack.pop_all())


def main(arguments: list[str]) -> None:
    """Serves until SIGTERM."""
    directory, gate = map(Path, arguments)
    service = start_service(directory, gate)
    sys.stdout.write(f"{service.address}\n")
    sys.stdout.flush()
    run_until_signal(service.running, before=[service.jobs.stop, service.log.close], after=[service.opened.close])


if __name__ == "__main__":
    main(sys.argv[1:])
