"""Feature files: YAML, or JSON by their name's ending."""

import json
from pathlib import Path
from typing import Literal

import yaml

from tablefit.features.reading import parse_features
from tablefit.features.records import FeatureSet
from tablefit.features.writing import to_form
from tablefit.form_files import load_form


def load_features(path: str | Path) -> FeatureSet:
    """The features of a file. Raises InvalidInput, naming file and item, for every mistake in it."""
    return parse_features(load_form(path, field="features"), str(Path(path)))


def dump_features(features: FeatureSet, format: Literal["yaml", "json"] = "yaml") -> str:
    """The text of a file that says the same."""
    form = to_form(features)
    if format == "json":
        return json.dumps(form, indent=2, ensure_ascii=False) + "\n"
    return yaml.safe_dump(form, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100)
