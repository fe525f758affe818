"""The options that a new job and a rerun have in common, and what they change."""

from dataclasses import fields
from pathlib import Path

import pytest
from tablefit.cli.app import build
from tablefit.cli.drafting import changes_of
from tablefit.cli.job_options import JobOptions, spec_fields
from tablefit.errors import InvalidInput
from tablefit.training import Component, TrainingSpec


def options_of(*words: str) -> dict[str, object]:
    """The options of a command by name."""
    command = build()
    for word in words:
        command = command.commands[word]
    return {option.name: option for option in command.params}


def test_a_new_job_and_a_rerun_have_the_same_options():
    train, rerun = options_of("train"), options_of("job", "rerun")
    shared = {field.name for field in fields(JobOptions)}
    assert shared == (set(train) & set(rerun)) - {"training_service", "json_output", "help"}
    for name in shared:
        assert (train[name].opts, train[name].secondary_opts) == (rerun[name].opts, rerun[name].secondary_opts)
        assert train[name].required is rerun[name].required is False
    assert (set(train) - set(rerun), set(rerun) - set(train)) == ({"name"}, {"job", "table", "fresh_data", "resume"})


def test_every_option_is_a_field_of_a_specification():
    given = JobOptions(
        parameter=["units=64,32", "momentum=0.9"],
        epochs=3,
        save_model=False,
        gradient_norm=False,
        oversample=True,
        callback=["EarlyStopping:patience=3"],
        threads=2,
    )
    assert spec_fields(given) == {
        "architecture_parameters": {"units": (64.0, 32.0), "momentum": 0.9},
        "epochs": 3,
        "save_model": False,
        "report_gradient_norm": False,
        "balance": "oversample",
        "callbacks": (Component("EarlyStopping", {"patience": 3}),),
        "thread_count": 2,
    }
    assert spec_fields(JobOptions()) == {}
    assert TrainingSpec("digits", "mlp", **spec_fields(given)).thread_count == 2


def test_changes_in_a_file_come_behind_options_one_parameter_at_a_time(tmp_path: Path):
    path = tmp_path / "changes.yaml"
    path.write_text("{epochs: 5, batch_size: 64, architecture_parameters: {momentum: 0.5, l2: 0.25}}", encoding="utf-8")
    assert changes_of({"epochs": 20, "architecture_parameters": {"l2": 0.0}}, path) == {
        "epochs": 20,
        "batch_size": 64,
        "architecture_parameters.momentum": 0.5,
        "architecture_parameters.l2": 0.0,
    }
    path.write_text("report_gradient_norm: false", encoding="utf-8")
    assert changes_of({}, path) == {"report_gradient_norm": False}
    path.write_text("epoch: 5", encoding="utf-8")
    with pytest.raises(InvalidInput, match="Did you mean epochs"):
        changes_of({}, path)
