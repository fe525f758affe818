"""Options of Keras from the command line: refused, looked at, trained with."""

import csv
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.command_line import TABLEFIT, Run, Services
from tests.integration.cli.images import write_folder

pytestmark = pytest.mark.long

TIMEOUT_S = 280
QUICK = ("--architecture", "tiny_xception", "--epochs", "2", "--batch-size", "16", "--seed", "3", "--image-size", "8")
SPEC = """
table: shaped
architecture: tiny_xception
batch_size: 16
optimizer: sgd
optimizer_arguments: {momentum: 0.9}
metrics: [accuracy, {name: SparseTopKCategoricalAccuracy, arguments: {k: 1}}]
"""


@pytest.fixture(scope="module")
def table(services: Services, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A table of 80 images in two classes: 64 rows to train on, which are 4 steps of 16."""
    source = write_folder(tmp_path_factory.mktemp("native") / "source", 40)
    subprocess.run([*TABLEFIT, "ingest", "shaped", source], env=services.environment, check=True, timeout=TIMEOUT_S)
    return "shaped"


@pytest.fixture(scope="module")
def trained(services: Services, table: str) -> list[dict[str, Any]]:
    """The JSON lines of a job with many options of Keras."""
    options = [
        *("--optimizer-argument", "clipnorm=1", "--class-weights", "cat=2", "--steps-per-execution", "2"),
        *(
            "--callback",
            "EarlyStopping:patience=5",
            "--callback",
            "CSVLogger",
            "--augment",
            "RandomFlip:mode=horizontal",
        ),
    ]
    done = subprocess.run(
        [*TABLEFIT, "train", table, *QUICK, *options, "--json"],
        env=services.environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_job_trains_with_what_was_asked_for(trained: list[dict[str, Any]]):
    spec = trained[0]["job"]["spec"]
    assert spec["optimizer_arguments"] == {"clipnorm": 1}
    assert [callback["name"] for callback in spec["callbacks"]] == ["EarlyStopping", "CSVLogger"]
    assert spec["augmentation"] == [{"name": "RandomFlip", "arguments": {"mode": "horizontal", "seed": 3}}]
    assert (spec["class_weights"], spec["steps_per_execution"], spec["backend"]) == (
        {"cat": 2.0, "dog": 1.0},
        2,
        "tensorflow",
    )


def test_progress_counts_every_step_of_an_execution(trained: list[dict[str, Any]]):
    epochs = [event["progress"] for event in trained[1:] if event["kind"] == "epoch"]
    assert [(epoch["step"], epoch["step_count"]) for epoch in epochs] == [(4, 8), (8, 8)]
    assert {event["progress"]["step"] % 2 for event in trained[1:] if event["kind"] == "step"} <= {0}
    assert trained[-1]["state"] == "succeeded"


def test_callbacks_write_into_the_folder_of_the_job(services: Services, trained: list[dict[str, Any]]):
    (log,) = Path(services.directory).glob(f"**/jobs/{trained[0]['job']['job_id']}/epochs.csv")
    with log.open() as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["0", "1"]


def test_a_dry_run_shows_options_script_and_estimate(table: str, run: Run, tmp_path: Path):
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC, encoding="utf-8")
    shown = json.loads(run("train", "--spec", path, "--epochs", "7", "--image-size", "8", "--dry-run", "--json").stdout)
    assert (shown["spec"]["table"], shown["spec"]["epochs"], shown["spec"]["optimizer"]) == (table, 7, "sgd")
    assert "SparseTopKCategoricalAccuracy(k=1)" in shown["script"]
    assert (shown["estimate"]["steps_per_epoch"], shown["estimate"]["step_count"]) == (4, 28)
    assert shown["estimate"]["memory_bytes"] > 4 * shown["estimate"]["parameter_count"] > 0
    printed = run("train", "--spec", path, "--image-size", "8", "--dry-run").stdout
    assert "tablefit.keras.fit" in printed
    assert "40, 4 an epoch" in printed


def test_a_weight_of_an_earlier_job_is_where_training_starts(table: str, run: Run, trained: list[dict[str, Any]]):
    job_id = trained[0]["job"]["job_id"]
    options = ("--start-from", job_id, "--freeze", "conv2d*", "--dry-run", "--json")
    script = json.loads(run("train", table, *QUICK, *options).stdout)["script"]
    assert 'tablefit.keras.start_from(model, "start.keras", frozen=["conv2d*"])' in script
    refused = run("train", table, *QUICK, "--start-from", job_id, "--freeze", "dense*", "--dry-run")
    assert "expected the names of layers to freeze, received 'dense*'" in refused.stderr


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ("--optimizer", "adamm"),
            "Invalid value for --optimizer: expected one of Keras's optimizers",
        ),
        (("--callback", "EarlyStopping:patiance=3"), "Did you mean patience?"),
        (("--steps-per-execution", "3"), "a divisor of the 4 steps of an epoch, such as 2 or 4, received 3"),
    ],
)
def test_what_does_not_work_is_refused_naming_the_option(table: str, run: Run, options: tuple[str, ...], sentence: str):
    done = run("train", table, *QUICK, *options)
    assert done.returncode == 2
    assert sentence in done.stderr
