"""Calls that break off at the same place each time end, and say why."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from tablefit.errors import Unavailable
from tablefit.training import download
from tablefit.training.download import Download
from tablefit.training.inference import InferenceCalls
from tablefit.v1 import data_service_pb2 as data_pb
from tablefit.v1 import training_service_pb2 as pb


class Call:
    """Answers of a service that dies after them."""

    def __init__(self, *answers: Any) -> None:
        self._answers = iter(answers)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        for answer in self._answers:
            return answer
        raise Unavailable("Its process was ended by SIGKILL.")

    def cancel(self) -> None:
        """Nothing."""


def test_an_export_whose_conversion_always_dies_ends(monkeypatch, tmp_path):
    monkeypatch.setattr(download, "PATIENCE_S", 0.2)
    progress = pb.ExportModelResponse(progress=pb.ExportProgress())
    export = Download(lambda _: Call(progress), "service", "m", tmp_path / "model.onnx", None)
    with pytest.raises(Unavailable, match=r"SIGKILL; there has been no answer since"):
        export.run()
    assert not list(tmp_path.iterdir())


def test_predictions_of_a_table_that_always_break_off_at_the_same_row_end():
    progress = pb.PredictTableResponse(progress=data_pb.RowProgress(done_rows=7, total_rows=9))
    stub = SimpleNamespace(PredictTable=lambda _: Call(progress))
    with pytest.raises(Unavailable, match=r"SIGKILL; there has been no answer since"):
        InferenceCalls(stub, "service").predict_table("m", "rows", target_table="found", patience_s=0.2)


def test_inputs_that_become_unavailable_are_no_broken_stream():
    def inputs() -> Iterator[bytes]:
        raise Unavailable("The inputs are gone.")
        yield b""

    stub = SimpleNamespace(PredictStream=lambda _: Call())
    with pytest.raises(Unavailable, match=r"^The inputs are gone\.$"):
        list(InferenceCalls(stub, "service").predict_stream("m", inputs()))
