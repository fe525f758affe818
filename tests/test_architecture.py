"""The rules of the house that can be read from the code: who imports whom, and how long things are.

Every rule is a table of modules; generated stubs are exempt.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"tablefit": ROOT / "client/tablefit", "data_service": ROOT / "data_service"} | {
    "training_service": ROOT / "training_service"
}
GENERATED = ROOT / "client/tablefit/v1"
LIMIT_MODULE_LINES = 400
LIMIT_FUNCTION_LINES = 40

# What may be imported only in some modules; a name stands for itself and all below it.
CONFINED = {
    ("sqlalchemy", "pymysql"): ("data_service.store",),
    ("keras", "tensorflow", "h5py"): (
        "tablefit.keras",
        "training_service.architectures",
        "training_service.adviser.child",
    ),
    # A process of its own for each loaded model.
    ("tablefit.keras",): (
        "tablefit.keras",
        "training_service.warm_process",
        "training_service.inference.network",
        "training_service.conversion_child",
        "training_service.adviser.child.networks",
        "training_service.adviser.child.own_models",
    ),
    ("grpc", "grpc_health", "grpc_reflection", "grpc_status", "google"): (
        "tablefit.rpc",
        "tablefit.data",
        "tablefit.training",
        "data_service.servicer",
        "data_service.convert",
        "training_service.servicer",
        "training_service.servicer_models",
        "training_service.convert",
        "training_service.servicer_inference",
        "training_service.convert_inference",
        "training_service.convert_models",
        "training_service.convert_architecture",
        "training_service.servicer_architectures",
        "training_service.convert_reading",
        "training_service.convert_native",
    ),
    ("tablefit.v1",): (
        "tablefit.rpc",
        "tablefit.data",
        "tablefit.training",
        "data_service.servicer",
        "data_service.convert",
        "data_service.__main__",
        "training_service.servicer",
        "training_service.servicer_models",
        "training_service.convert",
        "training_service.servicer_inference",
        "training_service.convert_inference",
        "training_service.convert_models",
        "training_service.convert_architecture",
        "training_service.servicer_architectures",
        "training_service.convert_reading",
        "training_service.convert_native",
        "training_service.__main__",
    ),
    ("data_service",): ("data_service",),
    ("training_service",): ("training_service",),
    ("tablefit.cli",): ("tablefit.cli",),
}
# What a package may import of the client library, where that is not everything.
ALLOWED_OF_TABLEFIT = {
    # What pixels are is one definition, for the batches of the data service and for files that a model predicts from.
    "data_service": ("tablefit.rpc", "tablefit.errors", "tablefit.v1", "tablefit.imaging"),
    "training_service": (
        "tablefit.rpc",
        "tablefit.errors",
        "tablefit.v1",
        "tablefit.data",
        "tablefit.features",
        "tablefit.models",
        "tablefit.features",
        # Predictions of tables are a source of rows; files that a model predicts from are decoded in its process.
        "tablefit.sources",
        "tablefit.imaging",
        "tablefit.keras",
    ),
    "tablefit.rpc": ("tablefit.rpc", "tablefit.errors", "tablefit.v1"),
    "tablefit.errors": (),
    "tablefit.imaging": ("tablefit.imaging",),
}
# Modules are named by what they hold.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}


@cache
def modules() -> dict[str, ast.Module]:
    """All written modules of the three packages by name."""
    found = {}
    for package, folder in PACKAGES.items():
        for path in sorted(folder.rglob("*.py")):
            if not path.is_relative_to(GENERATED):
                parts = (package, *path.relative_to(folder).with_suffix("").parts)
                name = ".".join(parts).removesuffix(".__init__")
                found[name] = ast.parse(path.read_text(), filename=str(path))
    return found


def written_files() -> list[Path]:
    """All written Python files, tests and tools included."""
    folders = [*PACKAGES.values(), ROOT / "tests", ROOT / ".ci"]
    paths = (path for folder in folders for path in folder.rglob("*.py"))
    return sorted(path for path in paths if not path.is_relative_to(GENERATED))


@cache
def imports(module: str) -> tuple[str, ...]:
    """Every module that `module` imports, inside functions too; `from a import b` counts as a and as a.b."""
    return tuple(_imports(module))


def _imports(module: str) -> Iterator[str]:
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_below(name: str, places: tuple[str, ...]) -> bool:
    """Whether `name` is one of `places` or inside one."""
    return any(name == place or name.startswith(f"{place}.") for place in places)


@pytest.mark.parametrize(("confined", "places"), CONFINED.items(), ids=lambda names: names[0])
def test_imports_stay_where_they_belong(confined: tuple[str, ...], places: tuple[str, ...]) -> None:
    wrong = {
        f"{module} imports {imported}"
        for module in modules()
        for imported in imports(module)
        if is_below(imported, confined) and not is_below(module, places)
    }
    assert wrong == set()


@pytest.mark.parametrize(("package", "allowed"), ALLOWED_OF_TABLEFIT.items())
def test_packages_import_only_their_part_of_the_client_library(package: str, allowed: tuple[str, ...]) -> None:
    names = {name for name in modules() if is_below(name, ("tablefit",))} | {"tablefit.v1"}
    wrong = {
        f"{module} imports {imported}"
        for module in modules()
        if is_below(module, (package,))
        for imported in imports(module)
        if imported in names - {"tablefit"} and not is_below(imported, allowed)
    }
    assert wrong == set()


def test_the_catalogue_of_architectures_does_not_import_keras() -> None:
    catalogue = "training_service.architectures"
    assert not [name for name in imports(catalogue) if is_below(name, ("keras", "tensorflow"))]


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("data_service.__main__", {"tensorflow", "keras", "training_service", "typer"}),
        ("training_service.__main__", {"tensorflow", "keras", "sqlalchemy", "pymysql", "data_service", "typer", "PIL"}),
        ("tablefit", {"tensorflow", "keras", "sqlalchemy", "pymysql", "data_service", "training_service", "PIL"}),
    ],
)
def test_a_process_never_loads_what_belongs_to_others(module: str, unwanted: set[str]) -> None:
    script = f"import sys, {module}; print(*(name.partition('.')[0] for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert set(done.stdout.split()) & unwanted == set()


def test_calls_are_aborted_in_one_place_only() -> None:
    places = [
        module
        for module, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"abort", "abort_with_status"}
    ]
    assert places == ["tablefit.rpc.interceptor"]


@pytest.mark.parametrize(
    "module", ["data_service.servicer", "training_service.servicer", "training_service.servicer_inference"]
)
def test_servicers_decode_call_and_encode(module: str) -> None:
    handling = [node.lineno for node in ast.walk(modules()[module]) if isinstance(node, ast.Try)]
    assert handling == [], f"{module} handles errors itself"


def test_modules_are_named_by_what_they_hold() -> None:
    assert [name for name in modules() if set(name.split(".")) & EMPTY_NAMES] == []


def test_every_module_says_what_it_owns() -> None:
    assert [name for name, tree in modules().items() if not ast.get_docstring(tree)] == []


def test_no_file_is_too_long() -> None:
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in written_files()}
    assert {path: length for path, length in lengths.items() if length > LIMIT_MODULE_LINES} == {}


def test_no_function_is_too_long() -> None:
    too_long = {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": length
        for path in written_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := line_count(node)) > LIMIT_FUNCTION_LINES
    }
    assert too_long == {}


def line_count(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function's body without its docstring. (The signature of a command is its table of options.)"""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
