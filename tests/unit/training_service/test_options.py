"""What a caller may ask of a job, and the sentences that say what does not fit."""

import re
from dataclasses import replace

import pytest
from tablefit.errors import InvalidInput, NotFound

from training_service.architectures import ARCHITECTURES
from training_service.native import Component, NativeOptions
from training_service.options import Options, check_options, check_parameters
from training_service.reading import Reading

PLAIN = Options(table="digits", architecture="mini_xception")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"learning_rate": 10.0},
        {"learning_rate": 1e-9},
        {"validation_split": 0.0},
        {"validation_split": 0.999},
        {"epochs": 1},
        {"epochs": 100_000},
        {"batch_size": 65_536},
        {"seed": 2**32 - 1},
        {"image_height": 5, "image_width": 4_096, "image_mode": "RGB"},
        {"architecture_parameters": {"momentum": 0, "l2": 1.0}},
        {"optimizer": "lion"},
    ],
)
def test_options_within_their_limits_fit(options):
    assert check_options(replace(PLAIN, **options), ARCHITECTURES).name == "mini_xception"


@pytest.mark.parametrize(
    ("options", "field", "sentence"),
    [
        ({"table": ""}, "table", "expected the name of a table, received none"),
        ({"architecture": ""}, "architecture", "expected one of the architectures .*, received none"),
        ({"learning_rate": 0.0}, "learning_rate", "expected a learning rate above 0 and at most 10, received 0"),
        ({"native": NativeOptions(dtype_policy="half")}, "dtype_policy", "expected one of float32, .*received 'half'"),
        ({"native": NativeOptions(backend="jaxx")}, "backend", r"received 'jaxx'\. Did you mean jax\?"),
        ({"native": NativeOptions(steps_per_execution=0)}, "steps_per_execution", "a number of steps from 1 to 1,024"),
        ({"native": NativeOptions(thread_count=2_000)}, "thread_count", "a number of threads from 1 to 1,024"),
        ({"native": NativeOptions(metrics=(Component("AUC"),) * 17)}, "metrics", "expected 16 at most, received 17"),
        ({"learning_rate": 1e300}, "learning_rate", r"received 1e\+300$"),
        ({"learning_rate": 10.5}, "learning_rate", "received 10.5"),
        ({"learning_rate": float("nan")}, "learning_rate", "received nan"),
        ({"learning_rate": float("inf")}, "learning_rate", "received inf"),
        (
            {"validation_split": 1.0},
            "validation_split",
            "expected a validation split of at least 0 and below 1, received 1",
        ),
        ({"validation_split": -0.1}, "validation_split", "received -0.1"),
        ({"epochs": 0}, "epochs", "expected a number of epochs from 1 to 100,000, received 0"),
        ({"epochs": 100_001}, "epochs", "received 100,001"),
        ({"time_limit_s": 0.5}, "time_limit", "a time limit in seconds from 1 to 31,622,400, received 0.5"),
        ({"time_limit_s": float("inf")}, "time_limit", "received inf"),
        ({"priority": -101}, "priority", "expected a priority from -100 to 100, received -101"),
        ({"batch_size": -1}, "batch_size", "expected a batch size from 1 to 65,536, received -1"),
        ({"image_height": 28}, "image.height", "expected height and width together, received one of them"),
        ({"image_height": 28, "image_width": 5_000}, "image.width", "to 4,096, received 5,000"),
        ({"image_mode": "CMYK"}, "image.mode", "expected one of the image modes L, RGB, received 'CMYK'"),
        (
            {"image_height": 4, "image_width": 28},
            "image.height",
            "expected images of at least 5 x 5 pixels for mini_xception, received 4 x 28. Ask for a larger image size",
        ),
        (
            {"architecture_parameters": {"momentm": 0.9}},
            "architecture_parameters",
            r"parameters of mini_xception, which has momentum, l2, received 'momentm'. Did you mean momentum\?",
        ),
        (
            {"architecture_parameters": {"l2": 2.0}},
            "architecture_parameters",
            "expected a number from 0 to 1 for l2, received 2",
        ),
        ({"architecture_parameters": {"l2": True}}, "architecture_parameters", "for l2, received True"),
        ({"architecture_parameters": {"l2": "0.1"}}, "architecture_parameters", "for l2, received '0.1'"),
        ({"architecture_parameters": {"l2": None}}, "architecture_parameters", "for l2, received None"),
        ({"architecture_parameters": {"l2": float("nan")}}, "architecture_parameters", "for l2, received nan"),
    ],
)
def test_an_option_that_does_not_fit_is_refused_with_what_is_allowed(options, field, sentence):
    with pytest.raises(InvalidInput) as caught:
        check_options(replace(PLAIN, **options), ARCHITECTURES)
    assert re.search(sentence, caught.value.message), caught.value.message
    assert caught.value.field == f"spec.{field}"


def test_an_unknown_architecture_is_not_found_and_the_closest_are_named():
    with pytest.raises(NotFound, match=r"'mini_exception'; there are .* Did you mean mini_xception or tiny_xcep"):
        check_options(replace(PLAIN, architecture="mini_exception"), ARCHITECTURES)


@pytest.mark.parametrize(
    ("value", "expected"), [(64.0, [64]), ([64.0, 32.0], [64, 32]), ([1.0], [1])], ids=["one", "two", "a list of one"]
)
def test_sizes_may_be_one_or_several(value, expected):
    assert check_parameters({"units": value}, ARCHITECTURES["mlp"]) == {"units": expected}


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"units": [64.5]}, "expected a whole number from 1 to 16,384 for units, received 64.5"),
        ({"units": []}, "expected 1 to 16 whole numbers for units, received 0"),
        ({"units": "64"}, "a whole number from 1 to 16,384 for units, received '64'"),
        (
            {"normalization": "bach"},
            "one of batch, layer, none for normalization, received 'bach'. Did you mean",
        ),
        ({"normalization": 1.0}, "for normalization, received 1"),
    ],
)
def test_a_setting_of_another_kind_is_refused(parameters, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        check_parameters(parameters, ARCHITECTURES["mlp"])


def test_a_split_beside_a_share_is_refused():
    options = replace(PLAIN, validation_split=0.2, reading=Reading(split={"rule": "HashSplit"}))
    with pytest.raises(InvalidInput, match="expected a split or a validation_split, received both"):
        check_options(options, ARCHITECTURES)


def test_options_survive_being_written():
    reading = Reading(("a",), ({"b": "log1p"},), ("c",), split={"rule": "FoldSplit", "count": 3, "fold": 0, "seed": 0})
    options = replace(PLAIN, reading=reading)
    assert Options.from_json(options.to_json()) == options
    options = replace(PLAIN, architecture_parameters={"momentum": 0.5}, learning_rate=0.25, save_model=False)
    assert Options.from_json(options.to_json()) == options
