"""The helper process that answers for Keras: a real one, shared by all tests here."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tablefit.errors import InvalidInput, Unavailable

from tests.waiting import wait_until
from training_service.adviser import Adviser
from training_service.architectures import ARCHITECTURES
from training_service.counting import Count, Counting, WantedNetwork

OF_DIGITS = {"inputs": [20, 20, 1], "output_count": 10, "activation": "softmax", "settings": {"momentum": 0.9}}
CLASSES = {"task": "classification", "outputs": 10}


def test_optimizers_have_their_arguments_and_defaults(adviser: Adviser) -> None:
    found = adviser.ask("catalogue", kind="optimizer")["components"]
    assert found["SGD"]["learning_rate"] == 0.01
    assert found["SGD"]["arguments"]["momentum"] == {"required": False, "default": 0.0}
    assert {"clipnorm", "use_ema", "gradient_accumulation_steps", "weight_decay"} <= set(found["Adam"]["arguments"])
    assert "Lamb" in found
    assert not {"Optimizer", "LossScaleOptimizer"} & set(found)


def test_callbacks_that_run_code_or_name_files_are_not_offered(adviser: Adviser) -> None:
    found = adviser.ask("catalogue", kind="callback")["components"]
    assert sorted(found) == ["CSVLogger", "EarlyStopping", "ReduceLROnPlateau", "TensorBoard", "TerminateOnNaN"]
    assert "filename" not in found["CSVLogger"]["arguments"]


@pytest.mark.parametrize(
    ("kind", "name", "arguments", "context"),
    [
        ("optimizer", "Adam", {"clipnorm": 1.0, "gradient_accumulation_steps": 2}, {"learning_rate": 0.001}),
        ("schedule", "CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 100}, {}),
        ("loss", "SparseCategoricalCrossentropy", {"from_logits": False}, CLASSES),
        ("metric", "SparseTopKCategoricalAccuracy", {"k": 3}, CLASSES),
        ("augmentation", "RandomRotation", {"factor": 0.1, "seed": 1}, {"shape": [20, 20, 1]}),
    ],
)
def test_what_works_has_no_problem(adviser: Adviser, kind: str, name: str, arguments: dict, context: dict) -> None:
    assert adviser.ask("trial", kind=kind, name=name, arguments=arguments, **context)["problem"] == ""


@pytest.mark.parametrize(
    ("kind", "name", "arguments", "context", "problem"),
    [
        ("optimizer", "Adam", {"clipnorm": 1.0, "clipvalue": 1.0}, {"learning_rate": 0.001}, "Only one of"),
        ("schedule", "CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": -1}, {}, "decay_steps"),
        ("loss", "CategoricalCrossentropy", {}, CLASSES, "must have the same rank"),
        ("loss", "SparseCategoricalCrossentropy", {"reduction": "none"}, CLASSES, "one number"),
        ("metric", "F1Score", {}, CLASSES, ""),
        ("augmentation", "AutoContrast", {}, {"shape": [20, 20, 1]}, "in training only"),
    ],
)
def test_what_does_not_work_is_answered_with_the_reason(
    adviser: Adviser, kind: str, name: str, arguments: dict, context: dict, problem: str
) -> None:
    answer = adviser.ask("trial", kind=kind, name=name, arguments=arguments, **context)
    assert answer["problem"]
    assert problem in answer["problem"]


@pytest.mark.parametrize(
    ("monitor", "problem"),
    [
        ("val_accuracy", ""),
        ("val_f1", "expected monitor to be one of accuracy, loss, val_accuracy, val_loss, received 'val_f1'"),
    ],
)
def test_callbacks_are_tried_in_a_training(adviser: Adviser, monitor: str, problem: str) -> None:
    answer = adviser.ask(
        "trial",
        kind="callback",
        name="EarlyStopping",
        arguments={"monitor": monitor, "patience": 1},
        loss={"name": "SparseCategoricalCrossentropy", "arguments": {}},
        metrics=[{"name": "accuracy", "arguments": {}}],
        held_out=True,
        places={},
        **CLASSES,
    )
    assert answer["problem"] == problem


def test_networks_are_measured(adviser: Adviser) -> None:
    source = ARCHITECTURES["mini_xception"].source
    answer = adviser.ask("network", source=source, **OF_DIGITS)
    assert answer["problem"] == ""
    assert answer["output_shape"] == [10]
    assert answer["parameter_count"] > answer["trainable_count"] > 50_000
    assert answer["activation_count"] > 20 * 20


def test_a_question_that_there_is_none_of_is_a_fault(adviser: Adviser) -> None:
    with pytest.raises(RuntimeError, match="unheard_of"):
        adviser.ask("unheard_of")


def test_answers_outlive_the_process_and_questions_start_it_again(adviser: Adviser) -> None:
    first = adviser.ask("catalogue", kind="loss")
    died = adviser._process.pid
    os.kill(died, signal.SIGKILL)
    again = Adviser(adviser._directory)
    assert again.ask("catalogue", kind="loss") == first
    assert again._process is None
    source = ARCHITECTURES["tiny_xception"].source
    assert adviser.ask("network", source=source, **OF_DIGITS | {"output_count": 3})["layers"]
    assert adviser._process.pid != died


def test_an_answer_that_does_not_come_in_time_is_not_waited_for(tmp_path: Path) -> None:
    adviser = Adviser(tmp_path, start_limit_s=0.01)
    try:
        with pytest.raises(Unavailable, match=r"gave no answer within 0\.01 seconds"):
            adviser.ask("catalogue", kind="loss")
    finally:
        adviser.close()
    with pytest.raises(Unavailable, match="stopping"):
        adviser.ask("catalogue", kind="loss")


def test_the_process_ends_with_its_service(tmp_path: Path) -> None:
    script = (
        "import os, pathlib; from training_service.adviser import Adviser\n"
        f"adviser = Adviser(pathlib.Path({str(tmp_path)!r})); adviser.warm()\n"
        "print(adviser._process.pid, flush=True); os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    pid = int(done.stdout)
    wait_until(lambda: not Path(f"/proc/{pid}").exists())


def test_weights_are_counted_for_images_and_for_columns(adviser: Adviser) -> None:
    counting = Counting(ARCHITECTURES, adviser)
    image = WantedNetwork("mini_xception", mode="RGB", height=32, width=32, output_count=10)
    assert counting.count(image) == Count(62_026, 62_026 - 1_472)
    inputs = {"age": ((1,), 0), "dense": ((1,), 12)}
    settings = {"units": [4], "normalization": "none"}
    # 13 vectors of 6 numbers for the categories, then 7 numbers into 4, and 4 into 2.
    columns = WantedNetwork("mlp", settings, inputs=inputs, output_count=2)
    assert counting.count(columns) == Count(13 * 6 + 8 * 4 + 5 * 2, 13 * 6 + 8 * 4 + 5 * 2)


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (WantedNetwork("mlp", output_count=2), "the inputs of a network that takes columns, received none"),
        (WantedNetwork("mlp", output_count=0), "a number of outputs from 1 to 65,536, received 0"),
        (WantedNetwork("simple_cnn", output_count=2), "a mode out of L, RGB, received none"),
        (WantedNetwork("simple_cnn", mode="L", output_count=2), "a height and a width from 1 to 4,096, received 0 x 0"),
        (WantedNetwork("Xception", mode="L", height=64, width=64, output_count=2), "images of at least 71 x 71 pixels"),
    ],
)
def test_what_cannot_be_counted_is_refused_without_asking_keras(
    tmp_path: Path, wanted: WantedNetwork, sentence: str
) -> None:
    adviser = Adviser(tmp_path / "adviser")
    with pytest.raises(InvalidInput, match=sentence):
        Counting(ARCHITECTURES, adviser).count(wanted)
    adviser.close()
