"""What a conversion's process runs: `python -m training_service.conversion_child MODEL TARGET FORMAT LEAVE`.

LEAVE is --allow-own-code where the operator lets models run code of their own, else empty.

The exit status is 0 when TARGET is written. Else the last line that it prints on standard output is why not. Ends at
once when its standard input is closed, which the service does when nobody waits any more, or by ending.
"""

import os
import signal
import sys
import threading
import traceback
from pathlib import Path

from tablefit.errors import TablefitError

from training_service.environment import LEAVE

# The exit status of a process whose service has ended (EX_SOFTWARE of sysexits.h).
SERVICE_ENDED = 70
REFUSED = 3


def main(arguments: list[str]) -> int:
    """Converts the model."""
    # Ctrl-C goes to all processes of a terminal; the service decides when its children end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, name="service", daemon=True).start()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # All of these formats are made by TensorFlow, whatever trained the model.
    os.environ["KERAS_BACKEND"] = "tensorflow"
    path, target, format = Path(arguments[0]), Path(arguments[1]), arguments[2]
    try:
        from tablefit.keras.exporting import export_model

        export_model(path, target, format, allow_code=arguments[3] == LEAVE)
    except TablefitError as error:
        traceback.print_exc()
        sys.stdout.write(f"{error.message}\n")
        return REFUSED
    return 0


def _follow() -> None:
    sys.stdin.buffer.read()
    os._exit(SERVICE_ENDED)


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    # The seconds that TensorFlow takes to fold up are saved.
    os._exit(status)
