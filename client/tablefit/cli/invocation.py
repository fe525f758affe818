"""How this program was called, for the commands that it prints to be typed next."""

import os
import shlex
import shutil
import sys
from pathlib import Path


def program() -> str:
    """What to type for this program: "tablefit" where that finds it, else a path such as ".venv/bin/tablefit"."""
    called = Path(sys.argv[0])
    if called.name != "tablefit" or not called.exists():
        return f"{_as_typed(Path(sys.executable))} -m tablefit.cli"
    found = shutil.which("tablefit")
    if found and os.path.samefile(found, called):
        return "tablefit"
    return _as_typed(called)


def command_line(*words: str | Path) -> str:
    """A command of this program, quoted for a shell."""
    return " ".join([program(), *(shlex.quote(str(word)) for word in words)])


def _as_typed(path: Path) -> str:
    """The path from the working folder when it lies below it, else the whole path."""
    absolute = os.path.abspath(path)
    relative = os.path.relpath(absolute)
    if relative.startswith(os.pardir):
        return shlex.quote(absolute)
    return shlex.quote(relative if os.sep in relative else os.path.join(os.curdir, relative))
