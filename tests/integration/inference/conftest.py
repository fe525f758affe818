"""A data service with squares of three shades, and a service of models that tell them apart."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tablefit.data import DataClient, StreamOptions
from tablefit.training import TrainingClient

from tests.data_program import DataService
from tests.inference_program import InferenceService, start_inference
from tests.integration.keras.shades import store_shades
from tests.quick_model import save_quick_model
from tests.shade_model import CLASSES


@pytest.fixture(scope="session")
def data_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataService]:
    """A data service on SQLite, in a process of its own, with the table "shades" of 27 rows."""
    folder = tmp_path_factory.mktemp("data")
    service = DataService(folder)
    store_shades(service.address, "shades", folder / "shades")
    yield service
    service.kill()


@pytest.fixture(scope="session")
def data(data_service: DataService) -> Iterator[DataClient]:
    """A client of the data service."""
    with DataClient(data_service.address) as client:
        yield client


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model "shades", "tones", which calls grey "gray", and "mortal", which is killed now and then."""
    folder = tmp_path_factory.mktemp("models")
    save_quick_model(folder / "shades.keras", CLASSES)
    save_quick_model(folder / "tones.keras", ("black", "gray", "white"))
    save_quick_model(folder / "mortal.keras", CLASSES, lives=100)
    return folder


@pytest.fixture(scope="session")
def service(
    data_service: DataService, model_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[InferenceService]:
    """A service of both models, which stay loaded."""
    started = start_inference(tmp_path_factory.mktemp("service"), data_service.address, model_folder, loaded_models=2)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def training(service: InferenceService) -> Iterator[TrainingClient]:
    """A client of the service."""
    with TrainingClient(service.address) as client:
        yield client


@pytest.fixture(scope="session")
def squares(data: DataClient) -> tuple[list[bytes], np.ndarray, list[str]]:
    """The files of the table's rows in order of id, their pixels (row, 8, 8, 1), and their labels."""
    rows = list(data.list_rows("shades", columns=["image", "label"]))
    (batch,) = data.stream_batches(StreamOptions(table="shades", batch_size=27))
    return [row.values["image"] for row in rows], batch.columns["image"], [row.values["label"] for row in rows]
