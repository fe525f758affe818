"""`python -m tests.quick_model SOCKET FILE THREADS`: a model's process that tells shades without Keras, at once.

It says what `shade_model` computes by hand, under the names of classes that the file has. For tests of what happens
around a model.
"""

import json
import math
import os
import signal
import sys
import threading
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tablefit.models import MEMBER
from tablefit.models import read_facts as read_saved_facts

from tests.shade_model import facts_of, probabilities
from tests.waiting import wait_until
from training_service.inference.child import main
from training_service.inference.facts import read_facts
from training_service.inference.frames import Frame
from training_service.inference.network import decode

FREE_ANSWERS, PAUSE_S = 32, 0.02


class QuickModel:
    """The model of a file from `save_quick_model`."""

    def __init__(self, path: Path, thread_count: int) -> None:
        self._facts = read_facts(path)
        pin = read_saved_facts(path).pin
        self._lives = pin.get("lives", math.inf)
        self._gate = pin.get("gate")
        self._answers = 0

    def answer(self, request: Frame) -> Frame:
        self._answers += 1
        if self._gate and self._answers > FREE_ANSWERS:
            threading.Event().wait(PAUSE_S)
            wait_until(lambda: not Path(self._gate).exists(), 60)
        self._lives -= 1
        if self._lives < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        if request.kind == "arrays":
            return Frame("outputs", {}, {"outputs": _outputs(request.arrays["image"])})
        decoded, faults = decode(request.arrays["image"].tolist(), self._facts.image)
        kept = [place for place in range(len(decoded)) if place not in faults]
        named = {str(place): reason for place, reason in faults.items()}
        return Frame("outputs", {"faults": named}, {"outputs": _outputs(decoded[kept])})


def _outputs(pixels: np.ndarray) -> np.ndarray:
    return probabilities(pixels).astype(np.float32)


def save_quick_model(
    path: Path, class_names: tuple[str, ...], lives: int | None = None, gate: Path | None = None
) -> None:
    """A file that says what it is and holds no network.

    Each process of it answers `lives` times and is then killed; or FREE_ANSWERS times, then takes its time and waits
    while there is a file `gate`.
    """
    pin: dict[str, Any] = {} if lives is None else {"lives": lives}
    pin |= {} if gate is None else {"gate": str(gate)}
    facts = facts_of(class_names)
    facts = replace(facts, pin=pin) if pin else facts
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MEMBER, json.dumps(facts.to_json()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], QuickModel))
