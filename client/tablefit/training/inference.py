"""The calls on trained models at work: evaluations, and predictions from files, rows and tables.

Leaves the many inputs of a stream to `prediction_stream`, and what an input may be to `prediction_inputs`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from tablefit.data.link import OnProgress
from tablefit.data.stream_requests import Split, StreamOptions, to_request
from tablefit.errors import Internal, TablefitError
from tablefit.rpc.calls import Patience, call_unary, translated
from tablefit.training.inference_records import (
    Evaluation,
    Prediction,
    TablePrediction,
    to_evaluation,
    to_prediction,
    to_table_prediction,
)
from tablefit.training.prediction_inputs import PredictionInput, to_input_message
from tablefit.training.prediction_stream import PredictionStream
from tablefit.v1 import training_service_pb2 as pb
from tablefit.v1.training_service_pb2_grpc import TrainingServiceStub


class InferenceCalls:
    """The calls over one connection. A model is named by its id or by that of the job that left it.

    All raise NotFound, WrongState, InvalidInput, TooBusy and Unavailable, as the contract says.
    """

    def __init__(self, stub: TrainingServiceStub, peer: str) -> None:
        self._stub, self._peer = stub, peer

    def evaluate_model(
        self,
        model: str,
        table: str = "",
        *,
        snapshot: str = "",
        split: Split | None = None,
        part: str | None = None,
        stratify: bool | None = None,
        held_out: bool = False,
        classes_by_label: Mapping[str, str] | None = None,
        skip_unknown_labels: bool = False,
        worst_count: int = 20,
        on_progress: OnProgress | None = None,
    ) -> Evaluation:
        """Measures a model on a table, view, dataset or snapshot, or on the `part` "training" or "validation" of a
        `split`; with `held_out`, on the rows that its own job held out.

        Labels are matched by name to the model's classes. Unknown ones are refused, unless `classes_by_label` says
        which class a label stands for ({"kitty": "cat"}), or such rows are skipped. `on_progress` gets rows done and in
        all.
        """
        request = pb.EvaluateModelRequest(
            model=model,
            rows=_rows(table, snapshot, split, part, stratify, held_out),
            classes_by_label=classes_by_label or {},
            skip_unknown_labels=skip_unknown_labels,
            worst_count=worst_count,
        )
        return to_evaluation(self._follow(self._stub.EvaluateModel, request, on_progress).evaluation)

    def predict(self, model: str, inputs: Sequence[PredictionInput], *, class_count: int = 0) -> list[Prediction]:
        """Predicts from a few inputs, up to 256, all or none: files of images (paths, or their bytes), arrays of pixels
        (uint8, height x width or height x width x channel), or rows of a table as dicts.

        `class_count` most probable classes are returned of each, 0 means all.
        """
        request = pb.PredictRequest(model=model, inputs=map(to_input_message, inputs), class_count=class_count)
        return list(map(to_prediction, call_unary(self._stub.Predict, request, self._peer).predictions))

    def predict_stream(
        self, model: str, inputs: Iterable[PredictionInput], *, class_count: int = 0, patience_s: float = 30.0
    ) -> Iterator[Prediction]:
        """Predicts from many inputs, as `predict` takes them, in their order; `inputs` are taken as they are needed.

        An input that does not fit the model gives a prediction with a `failure`. A stream that breaks is taken up
        again, for up to `patience_s` seconds without an answer.
        """
        return PredictionStream(self._stub, self._peer, model, class_count, patience_s).run(inputs)

    def predict_table(
        self,
        model: str,
        table: str = "",
        *,
        target_table: str,
        snapshot: str = "",
        split: Split | None = None,
        part: str | None = None,
        stratify: bool | None = None,
        held_out: bool = False,
        class_count: int = 0,
        on_progress: OnProgress | None = None,
        patience_s: float = 60.0,
    ) -> TablePrediction:
        """Writes predictions for rows (chosen as `evaluate_model` does) into `target_table`, which is made for them.

        Interrupted at any point, the same call goes on where it stopped, on the same snapshot. A service that goes away
        is waited for `patience_s` seconds. `class_count` most probable classes are written instead of a probability for
        each class. Raises AlreadyExists when the target is another table.
        """
        request = pb.PredictTableRequest(
            model=model,
            rows=_rows(table, snapshot, split, part, stratify, held_out),
            target_table=target_table,
            class_count=class_count,
        )
        patience, furthest = Patience(patience_s), 0

        def progress(done: int, total: int) -> None:
            nonlocal furthest
            if done > furthest:
                # Each try tells where it begins, also one that always breaks off at the same row.
                furthest = done
                patience.reset()
            if on_progress is not None:
                on_progress(done, total)

        while True:
            try:
                return to_table_prediction(self._follow(self._stub.PredictTable, request, progress).result)
            except TablefitError as error:
                patience.wait_or_raise(error)

    def _follow(self, method: Callable[[Any], Any], request: Any, on_progress: OnProgress | None) -> Any:
        """The last answer of a call that reports the rows done meanwhile; who is interrupted here gives up the work."""
        call = method(request)
        try:
            with translated(self._peer):
                for answer in call:
                    if not answer.HasField("progress"):
                        return answer
                    if on_progress is not None:
                        on_progress(answer.progress.done_rows, answer.progress.total_rows)
        finally:
            call.cancel()
        raise Internal(f"The {self._peer} ended its work without an answer.")


def _rows(
    table: str, snapshot: str, split: Split | None, part: str | None, stratify: bool | None, held_out: bool
) -> pb.ModelRows:
    options = StreamOptions(table=table, snapshot=snapshot, split=split, part=part, stratify=stratify)
    message = to_request(options)
    is_divided = message.HasField("split")
    return pb.ModelRows(table=table, snapshot=snapshot, split=message.split if is_divided else None, held_out=held_out)
