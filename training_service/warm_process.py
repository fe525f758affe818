"""A process that loads Keras, waits for a job, and becomes the process of that job.

`python -m training_service.warm_process` takes one order from standard input (see `starting`) and runs the script as
`python script.py` in the job's folder would, with what it prints in the job's file. When standard input ends first, so
does it. Nothing is built or computed before, since the script settles threads, seeds and determinism first.
"""

import json
import os
import runpy
import sys
from pathlib import Path

# As `tablefit.keras.prepare` does before it loads Keras.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")

import tablefit.keras.fitting  # noqa: F401 - loads Keras

from training_service import output
from training_service.starting import OUTPUT_NAME, SCRIPT_NAME


def main() -> None:
    """Waits for the order and carries it out."""
    line = sys.stdin.readline()
    if not line:
        return
    order = json.loads(line)
    os.environ.update(order["variables"])
    os.chdir(order["folder"])
    with open(os.devnull) as nothing, output.open_output(Path(OUTPUT_NAME)) as printed:
        os.dup2(nothing.fileno(), 0)
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
    sys.argv, sys.path[0] = [SCRIPT_NAME], order["folder"]
    runpy.run_path(SCRIPT_NAME, run_name="__main__")


if __name__ == "__main__":
    main()
