"""Training from the command line: progress, results, ends."""

import json
import os
import signal
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tablefit.data import DataClient
from tablefit.errors import NotFound
from tablefit.training import JobState, TrainingClient, TrainingSpec

from tests.integration.cli.command_line import TABLEFIT, TIMEOUT_S, Run, Services, wait_for
from tests.integration.cli.images import write_folder

pytestmark = pytest.mark.long

QUICK = ("--architecture", "tiny_xception", "--epochs", "2", "--batch-size", "16", "--seed", "3")
# One step an execution, so that steps are told of.
ENDLESS = (
    *("--architecture", "tiny_xception", "--epochs", "100000", "--batch-size", "16"),
    *("--steps-per-execution", "1"),
)


@pytest.fixture(scope="module")
def table(services: Services, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A table of 80 images in two classes."""
    source = write_folder(tmp_path_factory.mktemp("training") / "source", 40)
    subprocess.run([*TABLEFIT, "ingest", "trained", source], env=services.environment, check=True, timeout=TIMEOUT_S)
    return "trained"


@pytest.fixture(scope="module")
def finished(services: Services, table: str) -> list[dict[str, Any]]:
    """The JSON lines of a job that succeeded."""
    done = subprocess.run(
        [*TABLEFIT, "train", table, *QUICK, "--json"],
        env=services.environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_training_in_json_is_the_job_and_its_events(finished: list[dict[str, Any]]):
    assert finished[0]["kind"] == "job"
    assert finished[0]["job"]["spec"]["optimizer"] == "adam"
    events = finished[1:]
    sequences = [event["sequence"] for event in events]
    assert sequences == sorted(set(sequences))
    epochs = [event["progress"] for event in events if event["kind"] == "epoch"]
    assert [(epoch["epoch"], epoch["step"], epoch["step_count"]) for epoch in epochs] == [(1, 4, 8), (2, 8, 8)]
    assert sorted(epochs[-1]["validation_metrics"]) == ["accuracy", "loss"]
    assert (events[-1]["kind"], events[-1]["state"]) == ("state", "succeeded")


def test_a_job_is_listed_shown_and_printed_as_code(finished: list[dict[str, Any]], run: Run, run_json):
    job_id = finished[0]["job"]["job_id"]
    assert job_id in [job["job_id"] for job in run_json("job", "list")]
    shown = run_json("job", "show", job_id)
    assert (shown["state"], shown["spec"]["epochs"], shown["data"]["class_names"]) == ("succeeded", 2, ["cat", "dog"])
    assert run("job", "code", job_id).stdout.rstrip("\n") == run_json("job", "code", job_id)["script"].rstrip("\n")
    assert "tablefit.keras.fit" in shown["script"]


def test_watching_replays_and_goes_on_after_a_sequence(finished: list[dict[str, Any]], run: Run):
    job_id, events = finished[0]["job"]["job_id"], finished[1:]
    replayed = run("job", "watch", job_id, "--json")
    assert [json.loads(line) for line in replayed.stdout.splitlines()] == events
    rest = run("job", "watch", job_id, "--json", "--after", str(events[2]["sequence"]))
    assert [json.loads(line) for line in rest.stdout.splitlines()] == events[3:]
    assert (replayed.returncode, rest.returncode) == (0, 0)


def test_a_watched_job_is_a_table_of_epochs_elsewhere_than_in_a_terminal(finished: list[dict[str, Any]], run: Run):
    lines = run("job", "watch", finished[0]["job"]["job_id"]).stdout.splitlines()
    heading = next(number for number, line in enumerate(lines) if line.split()[:2] == ["epoch", "loss"])
    assert [line.split()[0] for line in lines[heading + 1 : heading + 3]] == ["1/2", "2/2"]
    assert "tablefit.cli model download" in lines[-1]


def test_a_trained_model_is_evaluated_and_predicts_from_files_and_tables(
    run: Run, services: Services, table: str, finished: list[dict[str, Any]], tmp_path: Path
) -> None:
    """One test, since the model's process takes seconds to start."""
    job_id = finished[0]["job"]["job_id"]
    held_out = run("evaluate", job_id, "--held-out", "--worst", "2", "--json")
    assert held_out.returncode == 0, held_out.stderr
    evaluation = json.loads(held_out.stdout)
    last = [event["progress"] for event in finished if event["kind"] == "epoch"][-1]
    assert evaluation["row_count"] == 16
    assert evaluation["metrics"]["accuracy"] == pytest.approx(last["validation_metrics"]["accuracy"])
    assert [len(evaluation[name]) for name in ("classes", "confusion", "worst_rows")] == [2, 2, 2]
    shown = run("evaluate", job_id, table)
    assert "Model" in shown.stdout
    assert "on 80 rows of trained" in shown.stdout
    assert "CLASS  ROWS  PREDICTED  PRECISION  RECALL  F1" in shown.stdout
    image = write_folder(tmp_path / "more", 1) / "cat" / "0000.png"
    (tmp_path / "broken.png").write_bytes(b"broken")
    predicted = run("predict", job_id, image, "broken.png", "--json")
    assert predicted.returncode == 1
    assert predicted.stderr == "Error: Nothing could be predicted from 1 of 2 inputs.\n"
    first, second = json.loads(predicted.stdout)
    assert (set(first["probabilities"]), first["failure"]) == ({"cat", "dog"}, "")
    assert (second["input"], "not an image" in second["failure"]) == ("broken.png", True)
    written = run("predict", job_id, "--table", table, "--into", "told")
    assert "Wrote predictions for 80 rows into told." in written.stdout
    again = json.loads(run("predict", job_id, "--table", table, "--into", "told", "--json").stdout)
    assert (again["row_count"], again["resumed_row_count"]) == (80, 80)
    wrong = run("predict", job_id)
    assert wrong.returncode == 2
    assert "expected either files, --row or --csv to predict from, or --table and --into" in wrong.stderr


def test_a_job_is_run_again_on_the_rows_that_it_read(finished: list[dict[str, Any]], services: Services):
    job_id = finished[0]["job"]["job_id"]
    with TrainingClient(services.training_address) as training:
        job = training.get_job(job_id)
        again = training.rerun_job(job_id, {"epochs": 7}, validate_only=True)
        assert (again.spec, again.rerun_of) == (replace(job.spec, epochs=7), job_id)
        assert f'snapshot="{job.data.pin.snapshot_id}"' in again.script
        with DataClient(services.data_address) as data:
            data.delete_snapshot(job.data.pin.snapshot_id)
        with pytest.raises(NotFound, match=r"There is no snapshot .* Ask for fresh data to read the table"):
            training.rerun_job(job_id, validate_only=True)
        assert training.rerun_job(job_id, fresh_data=True, validate_only=True).spec == job.spec


def test_a_rerun_is_shown_before_it_is_made(
    finished: list[dict[str, Any]], services: Services, run_json, tmp_path: Path
):
    job_id = finished[0]["job"]["job_id"]
    (tmp_path / "changes.yaml").write_text("{epochs: 4, architecture_parameters: {momentum: 0.5}}")
    options = ("--spec", "changes.yaml", "--epochs", "3", "--fresh-data", "--dry-run")
    draft = run_json("job", "rerun", job_id, *options)
    assert (draft["spec"]["epochs"], draft["spec"]["architecture_parameters"]["momentum"]) == (3, 0.5)
    assert "epochs=3" in draft["script"]
    assert draft["estimate"]["step_count"] == 3 * draft["estimate"]["steps_per_epoch"] > 0
    with TrainingClient(services.training_address) as training:
        assert job_id not in {job.rerun_of for job in training.list_jobs([JobState.QUEUED, JobState.RUNNING])}


def test_jobs_are_compared_and_their_output_shown(finished: list[dict[str, Any]], run: Run, run_json):
    job_id = finished[0]["job"]["job_id"]
    # So many epochs that it does not end before it is cancelled.
    changes = ("--epochs", "9999", "--priority", "5", "--fresh-data")
    other = run_json("job", "rerun", job_id, *changes, "--detach")["job_id"]
    try:
        compared = run_json("job", "compare", job_id, other)
        assert compared["differences"]["epochs"] == [2, 9999]
        assert run("job", "compare", job_id, other).stdout.splitlines()[0].split() == ["job", job_id, other]
        assert "Epoch 2/2" in run("job", "log", job_id).stdout
        assert other not in [job["job_id"] for job in run_json("job", "list", "--model")]
        refused = run("job", "delete", other, "--yes")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr.endswith("; cancel it, then delete it.\n")
    finally:
        run("job", "cancel", other)
    assert run("job", "watch", other, "--json").returncode == 1
    assert run_json("job", "delete", other, "--yes") == {"deleted": [other], "failed": {}}


def test_a_model_is_downloaded_and_replaces_no_file_unless_told(
    finished: list[dict[str, Any]], run: Run, run_json, tmp_path: Path
):
    job_id = finished[0]["job"]["job_id"]
    model = run_json("model", "download", job_id, "digits.keras")
    assert model["size_bytes"] == (tmp_path / "digits.keras").stat().st_size
    refused = run("model", "download", job_id, "digits.keras")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Error: digits.keras exists already")
    assert run("model", "download", job_id, "digits.keras", "--overwrite").returncode == 0


def test_ctrl_c_leaves_the_job_running_and_cancelling_ends_it(services: Services, table: str, run: Run, run_json):
    arguments = [*TABLEFIT, "train", table, *ENDLESS, "--json"]
    with subprocess.Popen(
        arguments, env=services.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        job_id = wait_for(process, "job")["job"]["job_id"]
        wait_for(process, "step")
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130
    assert error.startswith(f"Job {job_id} goes on. See it again with\n  ")
    assert error.endswith(f"job watch {job_id}\n")
    assert run_json("job", "show", job_id)["state"] == "running"
    assert run("job", "cancel", job_id).returncode == 0
    watched = run("job", "watch", job_id, "--json")
    assert watched.returncode == 1
    assert json.loads(watched.stdout.splitlines()[-1])["state"] == "cancelled"
    assert watched.stderr == f"Error: Job {job_id} was cancelled.\n"


def test_a_job_whose_process_is_killed_goes_on_and_says_why(services: Services, table: str, run: Run, run_json):
    job_id = run_json("train", table, *ENDLESS, "--detach")["job_id"]
    watcher = [*TABLEFIT, "job", "watch", job_id, "--json"]
    with subprocess.Popen(
        watcher, env=services.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            wait_for(process, "step")
            os.kill(process_of(job_id), signal.SIGKILL)
            resumed = wait_for(process, "resumed")
            wait_for(process, "step")
        finally:
            assert run("job", "cancel", job_id).returncode == 0
        process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 1
    assert (resumed["attempt"], "SIGKILL" in resumed["reason"]) == (1, True)
    assert run_json("job", "show", job_id)["resume_count"] == 1


def process_of(job_id: str) -> int:
    """The process that trains a job, which works in the job's folder."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            where = Path(os.readlink(folder / "cwd"))
        except OSError:
            continue
        if where.name == job_id:
            return int(folder.name)
    raise AssertionError(f"no process trains {job_id}")


@pytest.mark.parametrize(
    ("options", "status", "part"),
    [
        (("--architecture", "nothing"), 1, "there are big_xception, "),
        (
            ("--architecture", "tiny_xception", "--epochs", "0"),
            2,
            "Invalid value for --epochs: expected a number of epochs from 1",
        ),
        (
            ("--architecture", "tiny_xception", "--image-size", "4"),
            2,
            "--image-size: expected images of at least 5 x 5",
        ),
        (("--architecture", "tiny_xception", "--parameter", "depth=3"), 2, "--parameter: expected parameters of tiny_"),
    ],
)
def test_options_that_do_not_fit_are_refused_in_one_sentence(
    table: str, run: Run, options: tuple[str, ...], status: int, part: str
):
    refused = run("train", table, *options)
    assert (refused.returncode, refused.stdout) == (status, "")
    assert refused.stderr.startswith("Error: ")
    assert part in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_the_defaults_in_the_help_are_those_of_the_service(table: str, services: Services):
    with TrainingClient(services.training_address) as training:
        spec = training.create_job(TrainingSpec(table=table, architecture="tiny_xception"), validate_only=True).spec
    found = (spec.optimizer, spec.learning_rate, spec.validation_split, spec.epochs, spec.batch_size, spec.seed)
    assert found == ("adam", 0.001, 0.2, 10, 32, 0)


def test_architectures_are_listed_and_shown(run: Run, run_json):
    names = [architecture["name"] for architecture in run_json("architecture", "list")]
    small = {"big_xception", "mini_xception", "simple_cnn", "simpler_cnn", "tiny_xception"}
    columns = {"image_and_columns", "mlp", "residual_mlp", "wide_and_deep"}
    assert (len(names), names == sorted(names, key=str.casefold)) == (49, True)
    assert {*small, *columns, "VGG16", "Xception"} <= {*names}
    shown = run_json("architecture", "show", "mini_xception")
    assert shown["minimum_image_size"] == 5
    assert "def build(" in shown["source"]
    assert shown["source"].rstrip() in run("architecture", "show", "mini_xception").stdout
    assert "there are big_xception, " in run("architecture", "show", "vgg").stderr


def test_a_model_is_tagged_shown_and_exported(finished: list[dict[str, Any]], run: Run, run_json, tmp_path: Path):
    model_id = finished[0]["job"]["job_id"]
    assert run_json("model", "tag", model_id, "best", "old", "--remove", "old")["tags"] == ["best"]
    shown = run("model", "show", model_id).stdout
    assert ("cat, dog" in shown, "HELD OUT \\ TAKEN FOR" in shown) == (True, True)
    written = run_json("model", "export", model_id, "pets.tflite")
    assert (tmp_path / "pets.tflite").stat().st_size == written["size_bytes"]
