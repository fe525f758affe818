"""Questions before something is gone: asked in a terminal, answered by --yes elsewhere."""

import sys
from typing import Annotated

import typer

from tablefit.cli import output
from tablefit.errors import InvalidInput

YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only count the rows.")]


def confirm_name(what: str, name: str, json_output: bool) -> None:
    """Returns when the person at the terminal types `name`; raises InvalidInput otherwise. `what` is to be deleted."""
    if not _can_ask(json_output):
        raise InvalidInput(f"Deleting {what} wants --yes outside a terminal.")
    output.tell(f"This deletes {what} for good.")
    if _ask("Type the table's name to go on: ") != name:
        raise InvalidInput(f"That is not the name; {name} was left as it is.")


def confirm(deed: str, json_output: bool) -> None:
    """Returns when the person at the terminal agrees to `deed`, such as "Delete 3 rows of people"; raises InvalidInput
    otherwise."""
    if not _can_ask(json_output):
        raise InvalidInput(f"{deed}: this wants --yes outside a terminal.")
    if _ask(f"{output.printable(deed)}? [y/N] ").lower() not in ("y", "yes"):
        raise InvalidInput("Nothing was changed.")


def _can_ask(json_output: bool) -> bool:
    return not json_output and sys.stdin.isatty() and sys.stdout.isatty()


def _ask(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        return ""
