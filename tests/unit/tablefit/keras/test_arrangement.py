"""Which columns are inputs and which is the target, and what of them is refused."""

import numpy as np
import pytest
from tablefit.data import Batch, BatchColumn, SnapshotPin, StreamHeader
from tablefit.data.tasks import Task
from tablefit.errors import InvalidInput, WrongState
from tablefit.keras.arrangement import ArraySpec, arrange

AGE = BatchColumn("age", "float32", ())
TOWN = BatchColumn("town", "float32", (3,))
NOTE = BatchColumn("note", "text", (), "text")
KEEPS = BatchColumn("keeps", "int32", (), "category", nullable=True, class_names=("no", "yes"))


def header(*columns: BatchColumn, target: str = "keeps") -> StreamHeader:
    return StreamHeader("people", "t1", SnapshotPin("s1", 4, "ab" * 32), columns, target, row_count=4, step_count=2)


def batch(**changes) -> Batch:
    columns = {"age": np.zeros(2, "f4"), "town": np.ones((2, 3), "f4"), "keeps": np.array([1, 0], "i4")}
    return Batch(0, np.array([7, 8]), columns, None, **changes)


def test_several_inputs_are_a_dict_by_column():
    inputs, targets = arrange(header(KEEPS, AGE, TOWN)).arrange(batch())
    assert list(inputs) == ["age", "town"]
    assert (inputs["town"].shape, targets.tolist()) == ((2, 3), [1, 0])


def test_one_input_is_the_array_itself():
    inputs, _ = arrange(header(TOWN, KEEPS)).arrange(batch())
    assert inputs.shape == (2, 3)


def test_specs_have_the_shapes_of_the_batches():
    targets, weights = ArraySpec((8,), "int32"), ArraySpec((8,), "float32")
    town = ArraySpec((8, 3), "float32")
    assert arrange(header(TOWN, KEEPS)).specs(8) == (town, targets, weights)
    assert arrange(header(TOWN, NOTE, KEEPS)).specs(8) == (
        {"town": town, "note": ArraySpec((8,), "text")},
        targets,
        weights,
    )


def test_a_row_without_a_target_is_named():
    with pytest.raises(WrongState, match="a value of 'keeps' in every row, found none in row 8"):
        arrange(header(AGE, KEEPS)).arrange(batch(is_null={"keeps": np.array([False, True])}))


def test_a_row_without_an_input_is_taken():
    nulls = {"age": np.array([False, True])}
    inputs, _ = arrange(header(AGE, KEEPS)).arrange(batch(is_null=nulls))
    assert inputs.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("task", "kind", "values", "expected"),
    [
        (Task.CLASSIFICATION, "category", np.array([1, 0], "i4"), np.array([1, 0], "i4")),
        (Task.CLASSIFICATION, "", np.array([2, 1], "i8"), np.array([1, 0], "i4")),
        (Task.BINARY, "boolean", np.array([True, False]), np.array([[1], [0]], "f4")),
        (Task.REGRESSION, "float", np.array([0.5, 2.0]), np.array([[0.5], [2]], "f4")),
    ],
)
def test_a_target_has_the_shape_and_type_of_its_task(task, kind, values, expected):
    keeps = BatchColumn("keeps", str(values.dtype), (), kind)
    arrangement = arrange(header(AGE, keeps), ["keeps"], task)
    _, targets = arrangement.arrange(Batch(0, np.array([7, 8]), {"age": np.zeros(2, "f4"), "keeps": values}, None))
    assert (targets.dtype, targets.tolist()) == (expected.dtype, expected.tolist())
    assert arrangement.specs(2)[1] == ArraySpec(expected.shape, str(expected.dtype))


def test_several_targets_stand_side_by_side_in_their_order():
    columns = [BatchColumn(name, "bool", (), "boolean") for name in ("rich", "old")]
    arrangement = arrange(header(AGE, *columns), ["old", "rich"], Task.MULTI_LABEL)
    values = {"age": np.zeros(2, "f4"), "rich": np.array([True, True]), "old": np.array([False, True])}
    inputs, targets = arrangement.arrange(Batch(0, np.array([7, 8]), values, None))
    assert (inputs.shape, targets.tolist()) == ((2,), [[0.0, 1.0], [1.0, 1.0]])


def test_a_class_that_no_training_row_has_is_named_by_its_row():
    arrangement = arrange(header(AGE, BatchColumn("keeps", "int64", ())), ["keeps"], Task.CLASSIFICATION)
    values = {"age": np.zeros(2, "f4"), "keeps": np.array([1, 0])}
    with pytest.raises(WrongState, match="'keeps' that training rows have, too, in every row, found none in row 8"):
        arrangement.arrange(Batch(0, np.array([7, 8]), values, None))


@pytest.mark.parametrize(
    ("columns", "target", "sentence"),
    [
        ((AGE, TOWN), "", "the column to predict as target, received none; the columns are age, town"),
        ((KEEPS,), "keeps", "a column beside the target 'keeps', received none"),
    ],
)
def test_a_stream_without_target_or_inputs_is_refused(columns, target, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        arrange(header(*columns, target=target))
