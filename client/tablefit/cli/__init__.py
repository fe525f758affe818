"""The `tablefit` command.

`main` runs one command and turns whatever it ends with into an exit status and at most one sentence on standard error.
Each module holds one group of commands; `output`, `meter` and `watching` hold what they show, `connections` whom they
talk to, `services` and `supervision` the running of the services themselves. TensorFlow is never imported here.
"""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and exits."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Runs one command; returns its exit status."""
    from tablefit.cli import ending

    try:
        return _run_command(arguments)
    except BrokenPipeError:
        return ending.leave_quietly()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last place where it can be told in a sentence
        return ending.report(error)


def _run_command(arguments: Sequence[str]) -> int:
    from tablefit.cli.app import build

    result = build().main(list(arguments), prog_name="tablefit", standalone_mode=False)
    sys.stdout.flush()
    return result if isinstance(result, int) else 0
