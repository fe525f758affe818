"""How a command ends: its exit status, and one sentence on standard error when something went wrong.

    0    success
    1    failure: also a watched job that failed or was cancelled
    2    wrong usage
    130  interrupted with Ctrl-C

Leaves the sentences themselves to who raises; adds to them only what the command line alone knows, such as how to start
a service.
"""

import os
import sys

import typer

from tablefit.cli import output
from tablefit.cli.invocation import command_line
from tablefit.errors import TablefitError, Unavailable

FAILURE = 1
USAGE = 2
INTERRUPTED = 130

TRACEBACK_VARIABLE = "TABLEFIT_TRACEBACK"


class Interrupted(Exception):
    """Ctrl-C at a point where there is something to say about it."""


def sentence(error: BaseException) -> str:
    """What to tell a person about `error`."""
    if isinstance(error, TablefitError):
        return _service_sentence(error)
    if isinstance(error, typer.TyperException):
        return _usage_sentence(error)
    if isinstance(error, MemoryError):
        return f"Not enough memory: {error}." if str(error) else "Not enough memory."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    if isinstance(error, typer.Abort):
        return "Given up."
    return (
        f"tablefit failed in a way it did not expect ({type(error).__name__}: {error}); "
        f"{TRACEBACK_VARIABLE}=1 in the environment shows where."
    )


def status(error: BaseException) -> int:
    """The exit status that `error` means."""
    if isinstance(error, (KeyboardInterrupt, Interrupted)):
        return INTERRUPTED
    if isinstance(error, typer.TyperException):
        return error.exit_code
    return FAILURE


def report(error: BaseException) -> int:
    """Tells the person at the terminal about `error`; returns the exit status."""
    if os.environ.get(TRACEBACK_VARIABLE) and not isinstance(error, typer.TyperException):
        sys.excepthook(type(error), error, error.__traceback__)
    elif isinstance(error, Interrupted):
        output.warn(str(error))
    elif type(error).__name__ == "NoArgsIsHelpError":
        pass  # Typer has printed the help; the class itself is none of its public names.
    elif isinstance(error, KeyboardInterrupt):
        output.warn("Interrupted.")
    else:
        output.warn(f"Error: {output.printable(sentence(error))}")
    for note in getattr(error, "__notes__", ()) if isinstance(error, TablefitError) else ():
        output.warn("\n".join(map(output.printable, note.split("\n"))))
    return status(error)


def leave_quietly() -> int:
    """For a reader of our output that has gone (`| head`): nothing is left to say, and nobody to say it to."""
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.close(silent)
    return FAILURE


def _service_sentence(error: TablefitError) -> str:
    if isinstance(error, Unavailable) and not error.details and error.message.startswith("Cannot reach"):
        option = "--training-service" if "training service" in error.message else "--data-service"
        variable = f"TABLEFIT{option.removeprefix('-').replace('-', '_').upper()}"
        return f"{error.message} `{command_line('up')}` starts it; {option} or {variable} names another."
    return error.message


def _usage_sentence(error: typer.TyperException) -> str:
    message = error.format_message()
    ended = message if message.endswith((".", "?")) else f"{message}."
    context = getattr(error, "ctx", None)
    return f"{ended} `{context.command_path} --help` shows how." if context else ended
