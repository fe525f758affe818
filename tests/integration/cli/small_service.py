"""A service of two rpcs (health and reflection), called as the real ones are; dies by itself when told to."""

import argparse
import os
import sys
import threading
from pathlib import Path

from tablefit.rpc.process import run_until_signal
from tablefit.rpc.server import start_server


def main() -> None:
    """Serves; FAIL in the environment is printed instead, DIE_AFTER_S ends the process so many seconds later."""
    if sentence := os.environ.get("FAIL"):
        sys.stderr.write(f"{sentence}\n")
        sys.exit(1)
    parser = argparse.ArgumentParser()
    parser.add_argument("--address")
    parser.add_argument("--address-file", type=Path)
    given = parser.parse_args()
    running = start_server(given.address, "tests.SmallService", lambda server: None)
    given.address_file.with_suffix(".pid").write_text(str(os.getpid()))
    given.address_file.write_text(running.address)
    if seconds := os.environ.get("DIE_AFTER_S"):
        threading.Timer(float(seconds), os._exit, [7]).start()
    run_until_signal(running)


if __name__ == "__main__":
    main()
