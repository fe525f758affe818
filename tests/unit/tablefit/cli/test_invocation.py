"""How commands that are printed name this program."""

import sys
from pathlib import Path

import pytest
from tablefit.cli.invocation import command_line, program


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tablefit in tmp_path/.venv/bin, called from tmp_path, off the PATH."""
    called = tmp_path / ".venv" / "bin" / "tablefit"
    called.parent.mkdir(parents=True)
    called.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(called)])
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return called


def test_a_program_below_the_working_folder_is_named_from_there(installed: Path):
    assert program() == ".venv/bin/tablefit"


def test_a_program_on_the_path_is_named_bare(installed: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", f"{installed.parent}:/usr/bin")
    assert program() == "tablefit"


def test_a_program_elsewhere_is_named_in_full(installed: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir("/usr")
    assert program() == str(installed)


def test_a_module_run_by_python_is_named_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "argv", ["/somewhere/tablefit/cli/__main__.py"])
    assert program().endswith(" -m tablefit.cli")


def test_words_are_quoted_for_a_shell(installed: Path):
    assert command_line("ingest", "digits", Path("my scans")) == ".venv/bin/tablefit ingest digits 'my scans'"
