"""Components of Keras as options give them, and whole specifications in files."""

from pathlib import Path

import pytest
import typer
from tablefit.cli.drafting import with_file
from tablefit.cli.native_options import native_fields, parse_argument, parse_class_weights, parse_component
from tablefit.errors import InvalidInput
from tablefit.training import Component, StartingWeights, TrainingSpec, load_spec
from tablefit.training.records import to_spec, to_spec_message

SPEC = """
table: digits
architecture: simple_cnn
epochs: 5
optimizer: sgd
optimizer_arguments: {momentum: 0.9, clipnorm: 1e-3}
learning_rate_schedule: {name: CosineDecay, arguments: {initial_learning_rate: 0.01, decay_steps: 1000}}
loss: SparseCategoricalCrossentropy
metrics: [accuracy, {name: SparseTopKCategoricalAccuracy, arguments: {k: 2}}]
callbacks: [{name: EarlyStopping, arguments: {patience: 3}}]
class_weights: {0: 2, one: 1.5}
augmentation: [{name: RandomRotation, arguments: {factor: [-0.1, 0.1]}}]
steps_per_execution: 4
starting_weights: {job_id: 6b1f02c4, frozen_layers: ["conv*"]}
image: {mode: IMAGE_MODE_L, height: 20, width: 20}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("momentum=0.9", ("momentum", 0.9)),
        ("patience=3", ("patience", 3)),
        ("use_ema=true", ("use_ema", True)),
        ("nesterov=True", ("nesterov", True)),
        ("mode=horizontal", ("mode", "horizontal")),
        ("clipnorm=1e-3", ("clipnorm", 0.001)),
        ("ignore_class=null", ("ignore_class", None)),
        ("text=a=b", ("text", "a=b")),
    ],
)
def test_an_argument_has_the_value_that_its_text_means(text, expected):
    name, value = parse_argument(text, "--optimizer-argument")
    assert (name, value, type(value)) == (*expected, type(expected[1]))


def test_a_component_has_its_arguments():
    found = parse_component("RandomRotation:factor=[-0.1,0.1],fill_mode=reflect", "--augment")
    assert found == Component("RandomRotation", {"factor": [-0.1, 0.1], "fill_mode": "reflect"})
    assert parse_component("EarlyStopping", "--callback") == Component("EarlyStopping")


@pytest.mark.parametrize("text", ["EarlyStopping:", "EarlyStopping:patience", "EarlyStopping:a b=1", ":patience=1"])
def test_what_is_no_component_is_a_usage_error(text):
    with pytest.raises(typer.BadParameter, match="received"):
        parse_component(text, "--callback")


def test_class_weights_are_balanced_or_numbers_by_name():
    assert parse_class_weights("balanced") == "balanced"
    assert parse_class_weights("a=2,b=0.5") == {"a": 2.0, "b": 0.5}
    with pytest.raises(typer.BadParameter, match="expected balanced or NAME=WEIGHT"):
        parse_class_weights("a")


def test_layers_are_frozen_only_where_weights_come_from():
    with pytest.raises(typer.BadParameter, match="expected --start-from JOB with --freeze"):
        native_fields(None, None, None, None, None, None, None, None, ["conv*"])
    fields = native_fields(None, None, None, None, None, None, None, "6b1f", ["conv*"])
    assert fields["starting_weights"] == StartingWeights("6b1f", ("conv*",))


def test_a_file_holds_a_whole_specification_and_options_come_first(tmp_path: Path):
    path = tmp_path / "digits.yaml"
    path.write_text(SPEC, encoding="utf-8")
    spec = load_spec(path)
    assert (spec.table, spec.epochs, spec.image_size, spec.mode) == ("digits", 5, (20, 20), "L")
    assert spec.optimizer_arguments == {"momentum": 0.9, "clipnorm": 0.001}
    assert spec.metrics == (Component("accuracy"), Component("SparseTopKCategoricalAccuracy", {"k": 2}))
    assert spec.class_weights == {"0": 2.0, "one": 1.5}
    assert spec.starting_weights == StartingWeights("6b1f02c4", ("conv*",))
    assert to_spec(to_spec_message(spec)) == spec
    merged = with_file(TrainingSpec("", "mini_xception", epochs=20), path)
    assert (merged.table, merged.architecture, merged.epochs) == ("digits", "mini_xception", 20)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("epoch: 3", r"received 'epoch'\. Did you mean epochs"),
        ("- 3", "expected fields such as table and architecture"),
        ("epochs: many", "the fields of the job cannot be read: .*many"),
        ("metrics: 3", "the fields of the job cannot be read"),
        ("epochs: 3\nepochs: 4", "expected each key once"),
    ],
)
def test_a_file_that_is_no_specification_is_refused_by_name(tmp_path: Path, text, sentence):
    path = tmp_path / "wrong.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=sentence) as caught:
        load_spec(path)
    assert "wrong.yaml" in caught.value.message


def test_a_specification_needs_a_table_and_a_network():
    with pytest.raises(typer.BadParameter, match="expected the name of a table"):
        with_file(TrainingSpec("", "mini_xception"), None)
    with pytest.raises(typer.BadParameter, match="expected the name of a network"):
        with_file(TrainingSpec("digits", ""), None)
