"""Runs a command that never outlives whoever started it: `python leash.py COMMAND…`.

When standard input ends, the command is killed with SIGKILL; the kernel does the same when this process is killed
itself. A test session that dies in any way thus leaves no server behind.
"""

import subprocess
import sys
import threading


def main(command: list[str]) -> int:
    """Runs `command` until it ends or standard input does; returns its exit status."""
    child = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], stdin=subprocess.DEVNULL)
    threading.Thread(target=_kill_at_end_of_input, args=(child,), daemon=True).start()
    return child.wait()


def _kill_at_end_of_input(child: subprocess.Popen[bytes]) -> None:
    sys.stdin.buffer.read()
    child.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
