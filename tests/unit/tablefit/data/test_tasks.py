"""What is predicted: tasks by the types of the targets, and the sentences for what does not go together."""

from dataclasses import replace

import numpy as np
import pytest
from tablefit.data import BatchColumn, SnapshotPin, StreamHeader, StreamOptions
from tablefit.data.network_inputs import network_inputs
from tablefit.data.tasks import Aim, Task, find_aim, find_task
from tablefit.data.training_streams import describe_training
from tablefit.errors import InvalidInput, WrongState
from tablefit.features import Feature, FittedFeature

TOWN = BatchColumn("town", "int32", (), "category", class_names=("Bonn", "Kiel", "Ulm"))
NOTE = BatchColumn("note", "text", (), "text")
ADULT = BatchColumn("adult", "bool", (), "boolean")
AGE = BatchColumn("age", "int64", (), "integer")
HOURS = BatchColumn("hours", "float64", (), "float")


def header(*columns: BatchColumn, target: str = "", **changes) -> StreamHeader:
    return StreamHeader(
        "people", "t1", SnapshotPin("s1", 4, "ab" * 32), columns, target, **{"row_count": 4, "step_count": 2} | changes
    )


def fitted(output: str, transform: str, *, vocabulary=(), parameters=None, **numbers) -> FittedFeature:
    feature = Feature(output, (output,), transform, parameters or {})
    return FittedFeature(feature, {name: np.array(value) for name, value in numbers.items()}, vocabulary, 4, False)


@pytest.mark.parametrize(
    ("types", "task"),
    [
        (["category"], Task.CLASSIFICATION),
        (["text"], Task.CLASSIFICATION),
        (["boolean"], Task.BINARY),
        (["float"], Task.REGRESSION),
        (["integer"], Task.REGRESSION),
        (["boolean", "boolean"], Task.MULTI_LABEL),
        (["float", "integer"], Task.REGRESSION),
        (["tensor"], None),
    ],
)
def test_the_task_follows_from_the_types_of_the_targets(types, task):
    assert find_task(types) is task


@pytest.mark.parametrize(
    ("types", "asked", "sentence"),
    [
        (["boolean", "float"], None, "all boolean .multi_label. or all numbers .regression., received boolean, float"),
        (["category", "category"], None, "all boolean"),
        (["category"], "regression", "targets of regression of type float or integer or boolean, received one of type"),
        (["integer"], "multi_label", "targets of multi_label of type boolean, received one of type integer"),
        (["boolean", "boolean"], "binary", "expected one target of binary, received 2"),
        (["float"], "guessing", "expected a task out of classification, binary, multi_label, regression, received 'gu"),
    ],
)
def test_targets_and_a_task_that_do_not_go_together_are_refused(types, asked, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        find_task(types, asked)


@pytest.mark.parametrize(
    ("columns", "targets", "task", "outputs", "names"),
    [
        ((TOWN,), ["town"], Task.CLASSIFICATION, 3, ("Bonn", "Kiel", "Ulm")),
        ((ADULT,), ["adult"], Task.BINARY, 1, ("false", "true")),
        ((ADULT, replace(ADULT, name="b")), ["adult", "b"], Task.MULTI_LABEL, 2, ()),
        ((HOURS, AGE), ["hours", "age"], Task.REGRESSION, 2, ()),
    ],
)
def test_outputs_and_classes_follow_from_task_and_targets(columns, targets, task, outputs, names):
    aim = find_aim(header(*columns), targets, task)
    assert aim == Aim(task, tuple(targets), names)
    assert aim.output_count == outputs


def test_classes_that_are_too_few_or_too_many_are_refused():
    with pytest.raises(WrongState, match="rows of at least two classes in column 'town', found only 'Ulm'"):
        find_aim(header(replace(TOWN, class_names=("Ulm",))), ["town"], Task.CLASSIFICATION)
    with pytest.raises(InvalidInput, match="a binary target of two classes, received 'town' of 3; ask for the task"):
        find_aim(header(TOWN), ["town"], Task.BINARY)


def test_classes_of_a_text_are_numbered_by_a_feature():
    asked = []

    def describe(options: StreamOptions) -> StreamHeader:
        asked.append(options)
        if options.features:
            return header(
                AGE, BatchColumn("note", "int64", ()), features=(fitted("note", "ordinal", vocabulary=("a", "b")),)
            )
        return header(AGE, NOTE)

    stream = describe_training(describe, StreamOptions("people", columns=("age",)), ["note"])
    assert [options.features for options in asked] == [(), (Feature("note", ("note",), "ordinal"),)]
    assert asked[1].snapshot == "s1"
    assert (stream.options.columns, stream.options.target) == (("age", "note"), "note")
    assert (stream.task, stream.aim.class_names) == (Task.CLASSIFICATION, ("a", "b"))
    assert stream.inputs == {"age": ((1,), 0)}


def test_the_own_target_of_a_table_need_not_be_named():
    def describe(options: StreamOptions) -> StreamHeader:
        return header(*(column for column in (TOWN, HOURS) if column.name in options.columns), target="town")

    stream = describe_training(describe, StreamOptions("people", columns=("hours",)))
    assert (stream.options.columns, stream.targets, stream.task) == (("hours", "town"), ("town",), Task.CLASSIFICATION)


def test_several_targets_are_not_stratified_and_none_is_used_up():
    options = StreamOptions("people")
    stream = describe_training(lambda _: header(HOURS, AGE, TOWN), options, ["hours", "age"])
    assert (stream.options.target, stream.options.stratify) == ("hours", False)
    with pytest.raises(InvalidInput, match="received 'age', which a feature uses up"):
        describe_training(lambda _: header(HOURS, TOWN), options, ["age"])
    with pytest.raises(InvalidInput, match="expected each target once"):
        describe_training(lambda _: header(HOURS), options, ["hours", "hours"])


def test_inputs_have_the_shape_and_the_categories_of_their_columns():
    columns = (
        TOWN,
        HOURS,
        BatchColumn("image", "uint8", (8, 6, 3), "image"),
        BatchColumn("job", "int64", ()),
        BatchColumn("band", "int64", ()),
        BatchColumn("pair", "int64", ()),
        BatchColumn("few", "int64", ()),
        ADULT,
    )
    features = (
        fitted("job", "ordinal", vocabulary=("a", "b")),
        fitted("band", "bucketize", edges=[1.0, 2.0]),
        fitted("pair", "cross", first_size=3.0, second_size=4.0),
        fitted("few", "cross", first_size=3.0, second_size=4.0, parameters={"bucket_count": 5}),
    )
    assert network_inputs(header(*columns, features=features), ["adult"]) == {
        "town": ((1,), 3),
        "hours": ((1,), 0),
        "image": ((8, 6, 3), 0),
        "job": ((1,), 3),
        "band": ((1,), 4),
        "pair": ((1,), 12),
        "few": ((1,), 5),
    }


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        (NOTE, "received 'note' of type text; give it an ordinal or one_hot feature"),
        (BatchColumn("raw", "bytes", (), "bytes"), "received 'raw' of type bytes"),
        (BatchColumn("when", "int64", (), "timestamp"), "the times of 'when'; give it a timestamp_parts feature"),
        (BatchColumn("a/b", "float64", (), "float"), "names without '/' of a network's inputs, received 'a/b'"),
    ],
)
def test_a_column_that_no_network_can_take_is_refused_with_advice(column, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        network_inputs(header(ADULT, column), ["adult"])


def test_too_many_categories_are_refused():
    pair = fitted("pair", "cross", first_size=2000.0, second_size=2000.0)
    with pytest.raises(InvalidInput, match="at most 1,000,000 categories in an input, received 4,000,000 in 'pair'"):
        network_inputs(header(ADULT, BatchColumn("pair", "int64", ()), features=(pair,)), ["adult"])
