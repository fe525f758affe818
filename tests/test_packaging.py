"""What a clone is set up with: locked versions, fresh stubs, the two commands, and sentences for what is missing."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SUPPORTED_PYTHONS = ("3.11", "3.12", "3.13")


def direct_requirements() -> list[Requirement]:
    """Everything that pyproject.toml asks for, extras and groups included."""
    extras = PROJECT["project"]["optional-dependencies"].values()
    lists = [PROJECT["project"]["dependencies"], *extras, *PROJECT["dependency-groups"].values()]
    return [Requirement(text) for each in lists for text in each]


def locked_version(name: str, environment: dict[str, str]) -> Version | None:
    """The version that constraints.txt gives `name` in a marker environment."""
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        constraint = Requirement(line)
        if constraint.name == name and (constraint.marker is None or constraint.marker.evaluate(environment)):
            return Version(str(constraint.specifier).removeprefix("=="))
    return None


@pytest.mark.parametrize("python", SUPPORTED_PYTHONS)
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_requirement_is_locked_to_an_allowed_version(python: str, machine: str) -> None:
    environment = {"python_version": python, "python_full_version": f"{python}.0", "platform_machine": machine}
    environment |= {"sys_platform": "linux", "platform_python_implementation": "CPython", "extra": ""}
    for requirement in direct_requirements():
        if requirement.marker is None or requirement.marker.evaluate(environment):
            version = locked_version(requirement.name, environment)
            assert version is not None, f"{requirement} is not locked: run `make lock`"
            assert version in requirement.specifier, f"{requirement} is locked to {version}: run `make lock`"


def test_constraints_hold_exact_versions_and_no_address() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9a-z.]+( ; [^:@/]+)?", line)] == []


def test_the_build_backend_is_locked_too() -> None:
    assert PROJECT["build-system"]["requires"] == [
        text for text in PROJECT["dependency-groups"]["build"] if text.startswith("hatchling")
    ]


def test_committed_stubs_are_fresh(tmp_path: Path) -> None:
    protos = sorted((ROOT / "protos/tablefit/v1").glob("*.proto"))
    outputs = [f"--{kind}_out={tmp_path}" for kind in ("python", "pyi", "grpc_python")]
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT / 'protos'}", *outputs, *map(str, protos)]
    subprocess.run(command, check=True, timeout=120)
    expected = {path.name: path.read_text() for path in (tmp_path / "tablefit/v1").iterdir()}
    committed = {path.name: path.read_text() for path in (ROOT / "client/tablefit/v1").glob("*_pb2*.py*")}
    assert committed == expected, "run `make proto`"


def test_protos_pass_the_linter() -> None:
    buf = shutil.which("buf", path=str(Path(sys.executable).parent))
    assert buf is not None
    done = subprocess.run([buf, "lint", "protos"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout + done.stderr == ""
    assert done.returncode == 0


def test_readme_names_the_two_commands_and_make_knows_them() -> None:
    readme = (ROOT / "README.md").read_text()
    for target in ("demo", "test"):
        assert f"make {target}" in readme
        done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, check=False, timeout=60)
        assert done.returncode == 0


def test_the_check_of_a_change_is_the_test_command() -> None:
    assert (ROOT / ".ci/run").read_text().splitlines()[-1] == "exec make test </dev/null"
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_committed_files_name_no_machine_and_no_package_index() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    unwanted = re.compile(
        r"/work/|/tmp/w\b|/root/|/home/\w+/|\bpypi\.org|\bpythonhosted\b|--(extra-)?index-url=?\S*://"
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    files = [path for path in paths if path.is_file() and path != Path(__file__)]
    assert [str(path) for path in files if unwanted.search(path.read_text(errors="replace"))] == []


def set_up(path: str, python: str = "python3") -> str:
    """What `.ci/environment` says when it cannot go on, with `path` as PATH and `python` as the only Python."""
    environment = {"PATH": path, "PYTHON": python, "HOME": os.environ.get("HOME", "/")}
    done = subprocess.run(
        ["/bin/sh", ROOT / ".ci/environment", "run"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    return done.stderr


def stand_in(folder: Path, script: str) -> str:
    """A program that answers the questions about Python by a shell script in which $2 is the code to run."""
    program = folder / "python3"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


def test_a_missing_python_is_named_with_the_command_that_brings_it() -> None:
    said = set_up(os.environ["PATH"], "no-such-python")
    assert re.fullmatch(
        r"tablefit: needs Python 3.11, 3.12 or 3.13, which is not here: "
        r"(sudo )?apt-get install -y python3 python3-venv\n",
        said,
    )


def test_a_python_of_another_version_counts_as_missing(tmp_path: Path) -> None:
    assert "needs Python 3.11" in set_up(os.environ["PATH"], stand_in(tmp_path, "exit 1"))


def test_a_missing_venv_module_is_named_with_the_command_that_brings_it(tmp_path: Path) -> None:
    script = 'case "$2" in *ensurepip*) exit 1 ;; *print*) echo 3.12 ;; esac'
    said = set_up(os.environ["PATH"], stand_in(tmp_path, script))
    assert re.fullmatch(
        r"tablefit: needs Python's venv module, which is not here: (sudo )?apt-get install -y python3.12-venv\n", said
    )


def test_a_missing_git_is_named_with_the_command_that_brings_it(tmp_path: Path) -> None:
    for program in ("id", "dirname", "python3"):
        (tmp_path / program).symlink_to(shutil.which(program) or program)
    said = set_up(str(tmp_path))
    assert re.fullmatch(r"tablefit: needs git, which is not here: (sudo )?apt-get install -y git\n", said)
