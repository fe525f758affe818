"""Files that people write by hand: YAML, or JSON by their name's ending. A key that stands twice is refused.

Leaves what stands in them to who reads them.
"""

import json
import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from tablefit.errors import InvalidInput

LIMIT_BYTES = 4 * 1024 * 1024
# What YAML calls the key "<<", which takes over the keys of another mapping.
_MERGE = "tag:yaml.org,2002:merge"


def load_form(path: str | Path, *, field: str = "") -> Any:
    """The values of a file. Raises InvalidInput, with file and line, when it cannot be read; `field` is its field."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"Cannot read {path}: {error.strerror}.", field=field) from error
    if len(content) > LIMIT_BYTES:
        raise InvalidInput(f"{path}: expected a file of at most {LIMIT_BYTES:,} bytes", field=field)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not text in UTF-8 ({error}); save it as such.", field=field) from error
    return _parse(text, path, field)


class _Loader(yaml.SafeLoader):
    """YAML's own types only, each key once, and 1e-3 a number, which YAML 1.1 takes for a text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """The mapping, after a look at its keys."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == _MERGE:
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable):
                if key in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"expected each key once, received {key!r} again", key_node.start_mark
                    )
                seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


def _parse(text: str, path: Path, field: str) -> Any:
    try:
        if path.suffix.lower() == ".json":
            return json.loads(text, object_pairs_hook=_each_once)
        # The loader is a safe one: S506 does not see that it descends from SafeLoader.
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InvalidInput(f"{path}{where}: {error.problem}", field=field) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidInput(f"{path}: cannot be read as YAML or JSON; {error}", field=field) from error


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"expected each key once, received {twice!r} again")
    return found
