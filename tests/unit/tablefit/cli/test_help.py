"""Every command explains itself, is named in the README, and is there at once."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import typer
from tablefit.cli.app import build

README = Path(__file__).parents[4] / "README.md"


def all_commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Path and command of everything that can be called, groups left out."""
    below = getattr(command, "commands", {})
    if not below:
        yield " ".join(path), command
    for name, sub_command in below.items():
        yield from all_commands(sub_command, (*path, name))


COMMANDS = dict(all_commands(build()))


EXPECTED = [
    "architecture list",
    "architecture show",
    "dataset append",
    "dataset copy",
    "dataset create",
    "dataset deduplicate",
    "dataset delete",
    "dataset list",
    "dataset relabel",
    "dataset sample",
    "dataset split",
    "dataset truncate",
    "demo",
    "evaluate",
    "export",
    "features",
    "ingest",
    "job cancel",
    "job code",
    "job compare",
    "job delete",
    "job list",
    "job log",
    "job plot",
    "job rerun",
    "job show",
    "job update",
    "job watch",
    "model delete",
    "model download",
    "model export",
    "model list",
    "model plot",
    "model rename",
    "model show",
    "model tag",
    "predict",
    "row delete",
    "row get",
    "row insert",
    "row list",
    "row update",
    "snapshot create",
    "snapshot delete",
    "snapshot keep",
    "snapshot list",
    "snapshot show",
    "table create",
    "table delete",
    "table list",
    "table rename",
    "table show",
    "train",
    "up",
]


def test_the_commands_are_these():
    assert sorted(COMMANDS) == EXPECTED


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_sentence_and_an_example_of_itself(name: str):
    command = COMMANDS[name]
    assert re.match(r"[A-Z][^\n]+\.", command.help)
    assert f"$ tablefit {name}" in command.epilog


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained(name: str):
    for parameter in COMMANDS[name].params:
        assert parameter.help, parameter.name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_prints_json_on_demand(name: str):
    assert "--json" in {option for parameter in COMMANDS[name].params for option in parameter.opts}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_is_understood(name: str):
    """Parses the examples of a command; what they would do is tried against real services elsewhere."""
    for line in re.findall(rf"^\$ tablefit {name}(.*)$", COMMANDS[name].epilog.replace("\\[", "["), re.MULTILINE):
        words = list(takewhile(lambda word: word not in ("|", ">"), shlex.split(line)))
        context = COMMANDS[name].make_context(name, words, parent=typer.Context(COMMANDS[name]))
        assert not context.args


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_named_in_the_readme(name: str):
    assert f"`tablefit {name}" in README.read_text(encoding="utf-8")


def test_help_loads_neither_arrays_nor_services_nor_networks():
    code = (
        "import sys\n"
        "from tablefit.cli import run\n"
        "run(['--help'])\n"
        "heavy = {'numpy', 'grpc', 'keras', 'tensorflow', 'sqlalchemy', 'PIL', 'sklearn'}\n"
        "sys.stderr.write(' '.join(sorted(heavy & set(sys.modules))))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
