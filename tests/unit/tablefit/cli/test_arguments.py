"""How arguments are read: sizes, modes, parameters, addresses."""

from pathlib import Path

import pytest
import typer
from tablefit.cli.connections import check_option
from tablefit.cli.pixels import ImageSize, Mode, parse_image_size, parse_mode
from tablefit.cli.reading_options import ReadingOptions, parse_split, reading_fields
from tablefit.cli.training_options import option_of, parse_parameter
from tablefit.data import FoldSplit, FractionSplit, HashSplit, TimeSplit, ValueSplit


@pytest.mark.parametrize(
    ("text", "size"), [("28", ImageSize(28, 28)), ("32x48", ImageSize(32, 48)), (" 32X48 ", ImageSize(32, 48))]
)
def test_a_size_is_height_by_width_or_one_number(text: str, size: ImageSize):
    assert parse_image_size(text) == size


@pytest.mark.parametrize("text", ["", "0", "0x3", "3x", "x3", "3x4x5", "-3", "3.5", "٣", "999999"])
def test_a_size_that_is_none_is_a_usage_error(text: str):
    with pytest.raises(typer.BadParameter, match="expected HEIGHTxWIDTH"):
        parse_image_size(text)


def test_a_mode_is_read_in_any_case():
    assert [parse_mode("l"), parse_mode("Rgb")] == [Mode.L, Mode.RGB]


def test_another_mode_is_a_usage_error():
    with pytest.raises(typer.BadParameter, match="expected L or RGB, received 'CMYK'"):
        parse_mode("CMYK")


@pytest.mark.parametrize(
    ("text", "parameter"),
    [("momentum=0.9", ("momentum", 0.9)), (" width = 1e2 ", ("width", 100.0)), ("größe=1", ("größe", 1.0))],
)
def test_a_parameter_is_a_name_and_a_number(text: str, parameter: tuple[str, float]):
    assert parse_parameter(text) == parameter


@pytest.mark.parametrize("text", ["momentum", "momentum=", "=0.9", "3=4", "a b=1"])
def test_a_parameter_that_is_none_is_a_usage_error(text: str):
    with pytest.raises(typer.BadParameter, match="expected NAME=VALUE"):
        parse_parameter(text)


def test_an_address_without_port_is_a_usage_error():
    with pytest.raises(typer.BadParameter, match="expected an address HOST:PORT"):
        check_option("localhost")


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("0.2:7", FractionSplit(0.2, 7)),
        ("fold:0/5", FoldSplit(5, 0)),
        ("hash:0.2", HashSplit(0.2)),
        ("time:seen:2024-05-01", TimeSplit("seen", "2024-05-01")),
        ("value:town:Ulm,7,true", ValueSplit("town", ("Ulm", 7, True))),
    ],
)
def test_a_rule_of_a_split_is_read(text: str, split: object):
    assert parse_split(text) == split


@pytest.mark.parametrize("text", ["fold:0", "fold:a/b", "hash:", "time:seen", "value:town:", "half", ""])
def test_a_split_that_is_none_is_a_usage_error(text: str):
    with pytest.raises(typer.BadParameter, match="expected SHARE:SEED, fold:FOLD/COUNT"):
        parse_split(text)


def test_a_feature_file_names_columns_and_target_unless_options_do(tmp_path: Path):
    path = tmp_path / "features.yaml"
    path.write_text("features: [{age: standardize}]\ncolumns: [town]\ntarget: income\n")
    found = reading_fields(ReadingOptions(None, path, None, None, None, None, False))
    assert (found["columns"], found["targets"], found["balance"]) == (("town",), ("income",), None)
    found = reading_fields(ReadingOptions("a, b", path, ["c", "d"], "regression", None, "s1", True))
    assert (found["columns"], found["targets"], found["task"]) == (("a", "b"), ("c", "d"), "regression")
    assert (found["snapshot"], found["balance"]) == ("s1", "oversample")


def test_settings_of_several_numbers_and_of_words_are_read():
    assert parse_parameter("units=64,32") == ("units", (64.0, 32.0))
    assert parse_parameter("normalization=layer") == ("normalization", "layer")


@pytest.mark.parametrize(
    ("field", "option"),
    [
        ("spec.features[2].inputs", "--features"),
        ("spec.columns", "--columns"),
        ("spec.target", "--target"),
        ("spec.targets", "--target"),
        ("spec.split.fold", "--split"),
        ("spec.balance", "--oversample"),
        ("spec.learning_rate", "--learning-rate"),
    ],
)
def test_a_field_is_known_by_the_option_that_gives_it(field: str, option: str):
    assert option_of(field) == option
