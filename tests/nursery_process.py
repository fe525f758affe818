"""`python -m tests.nursery_process SOCKET PROGRAM`: a program, loaded once and run in many processes.

Each message of the socket is the order of one run, {"arguments", "environment", "folder"}, and brings two descriptors,
for what the program prints and for its standard error. A fork of this process becomes `python -m PROGRAM ARGUMENTS`
with empty input, and ends as Python ends. Answers are messages "PID", and "PID STATUS" when it has ended. At the end of
the orders all that still runs is killed. Loading is nine tenths of what a start costs.
"""

import importlib
import io
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import redirect_stderr
from typing import Any

LIMIT_ORDER_BYTES = 131_072


def load_data_service() -> None:
    """Imports what the data service imports."""
    importlib.import_module("data_service.__main__")
    # Run, not imported, by each fork.
    del sys.modules["data_service.__main__"]


def load_command() -> None:
    """Imports what the `tablefit` command imports, early or late."""
    import tablefit.cli

    for module in pkgutil.iter_modules(tablefit.cli.__path__, "tablefit.cli."):
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)
    for name in ("tablefit.data", "tablefit.training", "tablefit.sources"):
        importlib.import_module(name)
    with redirect_stderr(io.StringIO()):
        # Refused before it talks to anybody; so it brings what understands arguments and tells of mistakes.
        tablefit.cli.run(["row", "delete", "none"])


LOADERS: dict[str, Callable[[], None]] = {"data_service": load_data_service, "tablefit.cli": load_command}


def main(arguments: list[str]) -> None:
    """Carries out orders until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    orders, program = socket.socket(fileno=int(arguments[0])), arguments[1]
    LOADERS[program]()
    running: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([orders, *running], [], [])
        for ended in [descriptor for descriptor in ready if descriptor is not orders]:
            pid = running.pop(ended)
            os.close(ended)
            _, status = os.waitpid(pid, 0)
            orders.send(f"{pid} {os.waitstatus_to_exitcode(status)}".encode())
        if orders in ready:
            message, descriptors, _, _ = socket.recv_fds(orders, LIMIT_ORDER_BYTES, 2)
            if not message:
                break
            pid = os.fork()
            if pid == 0:
                orders.close()
                return become(program, json.loads(message), descriptors)
            for descriptor in descriptors:
                os.close(descriptor)
            running[os.pidfd_open(pid)] = pid
            orders.send(str(pid).encode())
    for descriptor in running:
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    return None


def become(program: str, order: dict[str, Any], printed: list[int]) -> None:
    """Runs the program in this process. Raises SystemExit with its status."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    for descriptor, source in enumerate((os.open(os.devnull, os.O_RDONLY), *printed)):
        os.dup2(source, descriptor)
        os.close(source)
    sys.path[0] = order["folder"]
    sys.argv[1:] = order["arguments"]
    runpy.run_module(program, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
