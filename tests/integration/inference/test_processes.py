"""The models' processes: which stay, which end, and what a caller is told when one dies or takes too long."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tablefit.errors import TooBusy, Unavailable, WrongState
from tablefit.training import TrainingClient

from tests.data_program import DataService
from tests.inference_program import InferenceService, start_inference
from training_service.inference.evaluating import Progress, Wanted, evaluate
from training_service.inference.process import Limits, ModelPlace, ModelProcess
from training_service.inference.reading import ModelRows


@pytest.fixture(scope="module")
def small(
    data_service: DataService, model_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[InferenceService]:
    """A service that keeps one model loaded, which answers within two seconds or never."""
    folder = tmp_path_factory.mktemp("small")
    started = start_inference(folder, data_service.address, model_folder, limits=Limits(120.0, 2.0))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def client(small: InferenceService) -> Iterator[TrainingClient]:
    with TrainingClient(small.address) as opened:
        yield opened


def test_a_model_stays_loaded_until_another_needs_its_room(small, client, squares) -> None:
    for _ in range(3):
        client.predict("shades", squares[0][:1])
    assert [process.ended for process in small.processes] == [False]
    assert client.predict("tones", squares[0][12:13])[0].class_name == "gray"
    assert [process.ended for process in small.processes] == [True, False]


def test_a_model_in_use_is_not_ended_for_another(small, client, squares) -> None:
    with small.pool.open(small.find("tones")) as process:
        with pytest.raises(TooBusy, match=r"in use as the training service may load at once, 1; .* --loaded-models"):
            client.predict("shades", squares[0][:1])
        assert client.predict("tones", squares[0][:1])[0].class_name == "black"
    assert not process.ended


def test_who_waits_for_a_process_that_hangs_or_dies_is_told_and_the_next_gets_a_new_one(small, client, squares) -> None:
    hanging = small.processes[-1]
    os.kill(hanging.pid, signal.SIGSTOP)
    with pytest.raises(Unavailable, match=r"The model tones took longer than 2 s and was ended"):
        client.predict("tones", squares[0][:1])
    assert hanging.ended
    assert client.predict("tones", squares[0][:1])[0].class_name == "black"
    assert len(small.processes) == 3
    os.kill(small.processes[-1].pid, signal.SIGKILL)
    small.processes[-1].close()
    with pytest.raises(Unavailable, match=r"The process of the model tones was ended by SIGKILL"):
        small.processes[-1].ask(None)


def test_a_stream_goes_on_with_what_was_not_answered_when_a_process_dies(service, training, squares) -> None:
    """A process of this model is killed before its 101st answer; each message holds 64 inputs."""
    files, _, labels = squares
    # The process may have answered other tests before: it dies the sooner.
    with service.pool.open(service.find("mortal")) as first:
        started = len(service.processes)
    found = [one.class_name for one in training.predict_stream("mortal", files * 250, class_count=1)]
    assert first.ended
    assert len(service.processes) > started
    assert found == labels * 250


def test_an_evaluation_ends_when_nobody_is_there_any_more(service, data) -> None:
    wanted = Wanted(ModelRows("shades"))
    with service.pool.open(service.find("shades")) as process:
        assert list(evaluate(process, data, wanted, "a test", lambda: False)) == [Progress(0, 27)]


def test_a_file_that_is_no_model_is_refused_without_a_process(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(b"weights")
    with pytest.raises(WrongState, match=r"cannot be used: it is not one that tablefit saved"):
        ModelProcess(ModelPlace("m", path, "0" * 64), tmp_path, 1)
    with pytest.raises(WrongState, match="is gone"):
        ModelProcess(ModelPlace("m", tmp_path / "none.keras", "0" * 64), tmp_path, 1)
