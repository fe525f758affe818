"""The README names commands and options that exist."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from tablefit.cli.app import build

README = (Path(__file__).resolve().parents[1] / "README.md").read_text()
SHELL = "\n".join(re.findall(r"^```sh\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL))
COMMANDS = [line.partition("  #")[0].strip() for line in SHELL.splitlines() if line.startswith("tablefit ")]


def resolve(words: list[str]) -> tuple[Any, list[str]]:
    """The command that `words` name, and the words that are left for it."""
    command, left = build(), words
    while hasattr(command, "commands"):
        assert left[0] in command.commands, f"there is no command {left[0]!r}"
        command, left = command.commands[left[0]], left[1:]
    return command, left


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_of_the_readme_are_understood(line: str) -> None:
    command, words = resolve(shlex.split(line)[1:])
    command.make_context(command.name, words)


def test_the_readme_shows_every_group_of_commands() -> None:
    shown = {shlex.split(line)[1] for line in COMMANDS} | {"demo"}
    assert set(build().commands) <= shown
