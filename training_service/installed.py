"""Networks of other packages that are installed beside the service, by the entry points of a group.

    [project.entry-points."tablefit.architectures"]
    my_network = "my_package.my_network:build"

The module holds a `build` function like those of `architectures`, which needs `keras` and nothing else:
`build(input_shape, output_count, activation, …)` for one image, `build(inputs, output_count, activation, …)` for
columns. Its text goes into scripts as theirs does. The module is read and never imported here: it would bring Keras
into the service.
"""

import ast
import importlib.metadata
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

from tablefit.errors import InvalidInput

from training_service.architecture import Architecture, InputKind, Parameter, ParameterKind

_log = logging.getLogger(__name__)

GROUP = "tablefit.architectures"
_FIRST = {"input_shape": InputKind.IMAGE, "inputs": InputKind.COLUMNS}
# What a setting of somebody else's may be: they check it themselves.
_LIMIT = 1e9


def installed_architectures() -> Iterator[Architecture]:
    """The networks of all entry points. One that cannot be used is logged and left out: the others can."""
    for point in importlib.metadata.entry_points(group=GROUP):
        try:
            yield _read(point)
        except InvalidInput as error:
            _log.warning("the architecture %s of %s is left out: %s", point.name, point.value, error.message)


def _read(point: importlib.metadata.EntryPoint) -> Architecture:
    path = _find_module(point.module)
    try:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
    except (OSError, ValueError, SyntaxError) as error:
        raise InvalidInput(f"expected a Python module, received {path.name}: {error}") from error
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "build"]
    if point.attr != "build" or not functions:
        raise InvalidInput(f"expected a function build in {path.name}, received {point.attr or 'none'}")
    (function,) = functions[-1:]
    names = [argument.arg for argument in function.args.args]
    if names[1:3] != ["output_count", "activation"] or names[0] not in _FIRST:
        raise InvalidInput(
            f"expected build(input_shape, output_count, activation, …) or build(inputs, output_count, activation, …), "
            f"received build({', '.join(names)})"
        )
    docstring = ast.get_docstring(tree) or ast.get_docstring(function) or f"Installed as {point.value}."
    return Architecture(
        point.name,
        " ".join(docstring.split("\n\n")[0].split()),
        minimum_image_size=1 if names[0] == "input_shape" else 0,
        parameters=tuple(_parameters(function)),
        inputs=_FIRST[names[0]],
        text=f"{ast.get_source_segment(text, function)}\n",
    )


def _find_module(name: str) -> Path:
    """The module's file. `importlib` would import the packages around it."""
    for folder in sys.path:
        path = Path(folder or ".").joinpath(*name.split("."))
        for candidate in (path.with_suffix(".py"), path / "__init__.py"):
            if candidate.is_file():
                return candidate
    raise InvalidInput(f"expected a module {name} on Python's path, found none")


def _parameters(function: ast.FunctionDef) -> Iterator[Parameter]:
    """The settings behind the activation: numbers, whole numbers, or tuples of them by their defaults."""
    arguments, defaults = function.args.args[3:], function.args.defaults
    if len(defaults) < len(arguments):
        raise InvalidInput("expected a default for each setting of build, received one without")
    for argument, node in zip(arguments, defaults[len(defaults) - len(arguments) :], strict=True):
        try:
            default = ast.literal_eval(node)
        except ValueError:
            default = None
        kind = _kind(default)
        if kind is None:
            raise InvalidInput(
                f"expected a number or a tuple of whole numbers as default of {argument.arg}, received "
                f"{ast.unparse(node)}"
            )
        value = list(default) if isinstance(default, tuple) else default
        yield Parameter(argument.arg, "As its author has it.", -_LIMIT, _LIMIT, value, kind)


def _kind(default: object) -> ParameterKind | None:
    if isinstance(default, bool):
        return None
    if isinstance(default, int | float):
        return ParameterKind.INTEGER if isinstance(default, int) else ParameterKind.NUMBER
    if isinstance(default, tuple) and default and all(type(number) is int for number in default):
        return ParameterKind.INTEGERS
    return None
