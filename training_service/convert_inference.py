"""Messages of evaluations and predictions, and the service's own values, each made of the other."""

from collections.abc import Sequence
from typing import Any

from tablefit.data.stream_requests import PARTS, STRATIFICATIONS, to_split
from tablefit.data.tables import to_column_message
from tablefit.errors import InvalidInput
from tablefit.rpc.times import to_datetime
from tablefit.v1 import data_service_pb2 as data_pb
from tablefit.v1 import training_service_pb2 as pb

from training_service.inference.evaluating import DEFAULT_WORST, Evaluated, Progress, Wanted
from training_service.inference.evaluation import ClassEvaluation
from training_service.inference.facts import ModelFacts
from training_service.inference.few import ImageInput, Input, RowInput
from training_service.inference.labels import LabelOptions
from training_service.inference.outcomes import Prediction, class_names_of, to_predictions
from training_service.inference.reading import ModelRows
from training_service.inference.table_predictions import TableDone, TableWanted
from training_service.inference.worst_rows import WorstRow

_TASKS = {
    "classification": pb.TASK_CLASSIFICATION,
    "binary": pb.TASK_BINARY,
    "multi_label": pb.TASK_MULTI_LABEL,
    "regression": pb.TASK_REGRESSION,
}
_PART_NAMES = {data_pb.SPLIT_PART_UNSPECIFIED: "training"} | {number: name for name, number in PARTS.items()}
_STRATIFIED = {number: wanted for wanted, number in STRATIFICATIONS.items()}
# Probabilities of a worst row.
_WORST_CLASSES = 5


def to_wanted(request: pb.EvaluateModelRequest) -> Wanted:
    """What an evaluation is asked for."""
    labels = LabelOptions(dict(request.classes_by_label), request.skip_unknown_labels)
    worst_count = request.worst_count if request.HasField("worst_count") else DEFAULT_WORST
    return Wanted(_to_rows(request.rows), labels, worst_count)


def to_table_wanted(request: pb.PredictTableRequest) -> TableWanted:
    """What the prediction of a table is asked for."""
    return TableWanted(_to_rows(request.rows), request.target_table, request.class_count)


def to_inputs(messages: Sequence[pb.PredictionInput]) -> list[Input]:
    """The inputs of a request. Raises InvalidInput for one without content."""
    return [_to_input(message, place) for place, message in enumerate(messages)]


def from_evaluating(model: str, answer: Progress | Evaluated) -> pb.EvaluateModelResponse:
    """The message of progress, or of the result."""
    if isinstance(answer, Progress):
        return pb.EvaluateModelResponse(progress=_from_progress(answer))
    return pb.EvaluateModelResponse(evaluation=_from_evaluated(model, answer))


def from_predicting(answer: Progress | TableDone) -> pb.PredictTableResponse:
    """The message of progress, or of the result."""
    if isinstance(answer, Progress):
        return pb.PredictTableResponse(progress=_from_progress(answer))
    result = pb.PredictTableResult(
        target_table=answer.target_table,
        snapshot_id=answer.snapshot_id,
        row_count=answer.row_count,
        rejected_row_count=answer.rejected_rows,
        resumed_row_count=answer.resumed_rows,
        columns=map(to_column_message, answer.columns),
    )
    return pb.PredictTableResponse(result=result)


def from_prediction(prediction: Prediction) -> pb.Prediction:
    """The message of a prediction."""
    return pb.Prediction(
        class_name=prediction.class_name,
        probabilities=[
            pb.ClassProbability(class_name=name, probability=value) for name, value in prediction.probabilities
        ],
        values=prediction.values,
        failure=prediction.failure,
    )


def _to_rows(message: pb.ModelRows) -> ModelRows:
    if message.held_out:
        if message.table or message.snapshot or message.HasField("split"):
            raise InvalidInput("expected nothing beside held_out, received other fields too", field="rows.held_out")
        return ModelRows(held_out=True)
    if not message.HasField("split"):
        return ModelRows(message.table, message.snapshot)
    return _to_part(message)


def _to_part(message: pb.ModelRows) -> ModelRows:
    """A part of a split, the training part unless another is named."""
    split, wanted = to_split(message.split), message.split
    if split is None:
        raise InvalidInput("expected a rule by which rows are divided, received none", field="rows.split.rule")
    if wanted.part not in _PART_NAMES or wanted.stratification not in _STRATIFIED:
        raise InvalidInput("expected a part and a stratification of the contract, received others", field="rows.split")
    part, stratify = _PART_NAMES[wanted.part], _STRATIFIED[wanted.stratification]
    return ModelRows(message.table, message.snapshot, split, part, stratify)


def _to_input(message: pb.PredictionInput, place: int) -> Input:
    match message.WhichOneof("input"):
        case "image":
            return ImageInput(message.image)
        case "row":
            return RowInput({named.column: _to_cell(named.value) for named in message.row.values})
    raise InvalidInput("expected an image or a row, received nothing", field=f"inputs[{place}]")


def _to_cell(value: data_pb.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind is None:
        return None
    return to_datetime(value.timestamp) if kind == "timestamp" else getattr(value, kind)


def _from_progress(progress: Progress) -> data_pb.RowProgress:
    return data_pb.RowProgress(done_rows=progress.done_rows, total_rows=progress.total_rows)


def _from_evaluated(model: str, evaluated: Evaluated) -> pb.Evaluation:
    evaluation, facts = evaluated.evaluation, evaluated.facts
    return pb.Evaluation(
        model=model,
        table=evaluated.table,
        snapshot_id=evaluated.snapshot_id,
        task=_TASKS[facts.task],
        row_count=evaluation.row_count,
        skipped_row_count=evaluated.skipped_rows,
        metrics=evaluation.metrics,
        classes=map(_from_class, evaluation.classes),
        confusion_counts=evaluation.confusion.ravel().tolist(),
        worst_rows=[_from_worst(row, facts) for row in evaluation.worst],
        targets=[pb.TargetEvaluation(target=name, metrics=found) for name, found in evaluation.targets.items()],
    )


def _from_class(found: ClassEvaluation) -> pb.ClassEvaluation:
    return pb.ClassEvaluation(
        class_name=found.class_name,
        support=found.support,
        predicted_count=found.predicted_count,
        precision=found.precision,
        recall=found.recall,
        f1=found.f1,
    )


def _from_worst(row: WorstRow, facts: ModelFacts) -> pb.WorstRow:
    (prediction,) = to_predictions(row.outputs[None, :], facts, _WORST_CLASSES)
    message = pb.WorstRow(row_id=row.row_id, prediction=from_prediction(prediction))
    if facts.task == "regression":
        message.true_values.extend(row.truth)
    elif facts.task == "multi_label":
        message.truth = ", ".join(name for name, true in zip(facts.targets, row.truth, strict=True) if true)
    else:
        message.truth = class_names_of(facts)[int(row.truth[0])]
    return message
