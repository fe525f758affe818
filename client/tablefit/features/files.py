"""Feature files: YAML, or JSON by their name's ending. A key that stands twice is refused, not overwritten."""

import json
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Literal

import yaml

from tablefit.errors import InvalidInput
from tablefit.features.reading import parse_features
from tablefit.features.records import FeatureSet
from tablefit.features.writing import to_form

LIMIT_BYTES = 4 * 1024 * 1024
# What YAML calls the key "<<", which takes over the keys of another mapping.
_MERGE = "tag:yaml.org,2002:merge"


def load_features(path: str | Path) -> FeatureSet:
    """The features of a file. Raises InvalidInput, naming file and item, for every mistake in it."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"Cannot read {path}: {error.strerror}.", field="features") from error
    if len(content) > LIMIT_BYTES:
        raise InvalidInput(f"{path}: expected a feature file of at most {LIMIT_BYTES:,} bytes", field="features")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not text in UTF-8 ({error}); save it as such.", field="features") from error
    return parse_features(_parse(text, path), str(path))


def dump_features(features: FeatureSet, format: Literal["yaml", "json"] = "yaml") -> str:
    """The text of a file that says the same."""
    form = to_form(features)
    if format == "json":
        return json.dumps(form, indent=2, ensure_ascii=False) + "\n"
    return yaml.safe_dump(form, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100)


class _Loader(yaml.SafeLoader):
    """YAML's own types only, each key once."""

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


def _parse(text: str, path: Path) -> Any:
    try:
        if path.suffix.lower() == ".json":
            return json.loads(text, object_pairs_hook=_each_once)
        # The loader is a safe one: S506 does not see that it descends from SafeLoader.
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InvalidInput(f"{path}{where}: {error.problem}", field="features") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidInput(f"{path}: cannot be read as YAML or JSON; {error}", field="features") from error


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"expected each key once, received {twice!r} again")
    return found
