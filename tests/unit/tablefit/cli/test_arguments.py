"""How arguments are read: sizes, modes, parameters, addresses."""

import pytest
import typer
from tablefit.cli.connections import check_option
from tablefit.cli.pixels import ImageSize, Mode, parse_image_size, parse_mode
from tablefit.cli.training_options import parse_parameter


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
