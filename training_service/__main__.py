"""Starts a training service: reads the settings, builds the objects, serves until it is told to stop."""

import sys

from tablefit.data import DataClient
from tablefit.errors import TablefitError
from tablefit.rpc.process import announce, log_to_stderr, own_directory, run_until_signal
from tablefit.rpc.server import start_server
from tablefit.v1.training_service_pb2_grpc import add_TrainingServiceServicer_to_server

from training_service.adviser import Adviser
from training_service.architectures import ARCHITECTURES
from training_service.completion import Completion
from training_service.conversions import Conversions
from training_service.counting import Counting
from training_service.estimates import Estimates
from training_service.events import LIMIT_WATCHERS, EventLog
from training_service.holding import SnapshotHolds
from training_service.inference.calls import LIMIT_STREAMS, Inference
from training_service.inference.pool import LIMIT_USERS, ModelPool
from training_service.inference.prediction_records import PredictionRecords
from training_service.inference.process import ModelPlace, ModelProcess
from training_service.jobs import Jobs
from training_service.mirrors import Mirror, Mirroring, MlflowRuns, TensorBoardFiles
from training_service.model_catalogue import ModelCatalogue
from training_service.model_places import ModelPlaces
from training_service.model_records import ModelRecords
from training_service.records import Records
from training_service.script import render
from training_service.servicer import TrainingServicer
from training_service.settings import Settings, read_settings
from training_service.starting import WarmProcesses
from training_service.starting_weights import EarlierModels

SERVICE = "tablefit.v1.TrainingService"
# Watchers, and calls that use models, hold a thread each; these are for all other calls.
THREADS_BESIDE_WATCHERS = 32
NAME = "training service"


def main(arguments: list[str]) -> int:
    """Runs the service; 0 after a stop that was asked for, 1 when it could not start."""
    settings = read_settings(arguments)
    log_to_stderr()
    try:
        with own_directory(settings.directory, NAME), DataClient(settings.data_service) as data:
            _serve(settings, data)
    except (TablefitError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _serve(settings: Settings, data: DataClient) -> None:
    records = Records(settings.directory / "records.sqlite")
    log = EventLog(records)
    mirroring = make_mirroring(settings, records, log)
    adviser = Adviser(settings.directory / "adviser")
    jobs = make_jobs(settings, records, log, data, adviser)
    jobs.recover()
    model_records = ModelRecords(settings.directory / "records.sqlite")
    models = ModelCatalogue(model_records, settings.directory, jobs.get)
    models.recover()
    inference = make_inference(settings, models, data)
    conversions = Conversions(models, allow_own_code=settings.allow_own_code)
    counting, estimates = Counting(ARCHITECTURES, adviser), Estimates(adviser)
    servicer = TrainingServicer(jobs, log, counting, models, conversions, inference, estimates)
    running = start_server(
        settings.address,
        SERVICE,
        lambda server: add_TrainingServiceServicer_to_server(servicer, server),  # type: ignore[no-untyped-call]
        thread_count=LIMIT_WATCHERS + LIMIT_STREAMS + LIMIT_USERS + THREADS_BESIDE_WATCHERS,
    )
    run_until_signal(
        running,
        ready=[jobs.start, mirroring.start, lambda: announce(running, NAME, settings.address_file)],
        before=[jobs.stop, log.close, mirroring.close, inference.close, adviser.close],
        after=[model_records.close, records.close],
    )


def make_jobs(settings: Settings, records: Records, log: EventLog, data: DataClient, adviser: Adviser) -> Jobs:
    """The jobs, over what completes, renders, holds and runs them."""
    earlier = EarlierModels(records, settings.directory, settings.allow_own_code)
    complete = Completion(ARCHITECTURES, data, settings.thread_count, adviser, earlier, settings.allow_own_code)
    return Jobs(
        records,
        log,
        complete,
        render,
        SnapshotHolds(data),
        directory=settings.directory,
        data_service=settings.data_service,
        concurrent_jobs=settings.concurrent_jobs,
        warm=WarmProcesses() if settings.warm_process else None,
        allow_own_code=settings.allow_own_code,
    )


def make_mirroring(settings: Settings, records: Records, log: EventLog) -> Mirroring:
    """The mirrors that the settings ask for. Raises InvalidInput when a library is missing."""
    mirrors: list[Mirror] = []
    if settings.mirror_tensorboard:
        mirrors.append(TensorBoardFiles(settings.mirror_tensorboard))
    if settings.mirror_mlflow:
        mirrors.append(MlflowRuns(settings.mirror_mlflow))
    mirroring = Mirroring(records, mirrors)
    if mirrors:
        log.subscribe(mirroring.wake)
    return mirroring


def make_inference(settings: Settings, models: ModelCatalogue, data: DataClient) -> Inference:
    """Models at work, with their processes in a folder of their own."""
    folder, places = settings.directory / "inference", ModelPlaces(models)
    allowed = settings.allow_own_code

    def start(place: ModelPlace) -> ModelProcess:
        return ModelProcess(place, folder, settings.thread_count, allow_own_code=allowed)

    pool = ModelPool(start, settings.loaded_models)
    records = PredictionRecords(settings.directory / "records.sqlite")
    return Inference(places.find, places.find_held_out, pool, data, records)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
