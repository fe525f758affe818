"""Feature files in YAML and JSON: read, written, read again."""

from pathlib import Path

import pytest
from tablefit import form_files
from tablefit.errors import InvalidInput
from tablefit.features import Feature, FeatureSet, dump_features, load_features

YAML = """
features:
  - age: standardize            # replaces the column
  - {output: income_bucket, input: income, bucketize: {quantiles: 10, one_hot: true}}
  - hours: [impute: median, min_max: [0, 1]]
  - education: one_hot
  - {output: when, input: signup, timestamp_parts: [month, weekday, hour]}
  - {output: education_code, input: degree, ordinal: 50}
  - {output: occupation_code, input: occupation, steps: [impute: {category: none}, ordinal]}
  - {output: edu_x_occ, cross: [education_code, occupation_code], buckets: 1000}
  - {output: input, input: input, clip: {lower: 0}}
  - {output: größe, input: Größe, bucketize: [1.5, 2]}
columns: [fnlwgt]
target: income
"""
EXPECTED = FeatureSet(
    (
        Feature("age", ("age",), "standardize"),
        Feature("income_bucket", ("income",), "bucketize", {"quantile_count": 10, "one_hot": True}),
        Feature("hours", ("hours",), "impute", {"median": True}),
        Feature("hours", ("hours",), "min_max", {"lower": 0.0, "upper": 1.0}),
        Feature("education", ("education",), "one_hot"),
        Feature("when", ("signup",), "timestamp_parts", {"parts": ("month", "weekday", "hour")}),
        Feature("education_code", ("degree",), "ordinal", {"limit_categories": 50}),
        Feature("occupation_code", ("occupation",), "impute", {"category": "none"}),
        Feature("occupation_code", ("occupation_code",), "ordinal"),
        Feature("edu_x_occ", ("education_code", "occupation_code"), "cross", {"bucket_count": 1000}),
        Feature("input", ("input",), "clip", {"lower": 0.0}),
        Feature("größe", ("Größe",), "bucketize", {"edges": (1.5, 2.0)}),
    ),
    ("fnlwgt",),
    "income",
)


def written(folder: Path, text: str, name: str = "income.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InvalidInput) as caught:
        load_features(path)
    return caught.value.message.replace(str(path), path.name)


def test_a_file_is_read(tmp_path):
    assert load_features(written(tmp_path, YAML)) == EXPECTED


@pytest.mark.parametrize("format", ["yaml", "json"])
def test_what_is_written_is_read_again(tmp_path, format):
    assert load_features(written(tmp_path, dump_features(EXPECTED, format), f"f.{format}")) == EXPECTED


def test_what_is_written_is_short():
    features = FeatureSet(EXPECTED.features[:4], target="income")
    assert dump_features(features) == (
        "features:\n"
        "- {age: standardize}\n"
        "- output: income_bucket\n"
        "  input: income\n"
        "  bucketize: {quantiles: 10, one_hot: true}\n"
        "- hours: {impute: median}\n"
        "- hours:\n"
        "    min_max: {lower: 0.0, upper: 1.0}\n"
        "target: income\n"
    )


def test_aliases_and_merges_are_yaml_as_ever(tmp_path):
    text = "features:\n- &a {output: x, input: age, clip: [0, 1]}\n- {<<: *a, output: y}\n"
    expected = {"lower": 0.0, "upper": 1.0}
    assert load_features(written(tmp_path, text)).features == (
        Feature("x", ("age",), "clip", expected),
        Feature("y", ("age",), "clip", expected),
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "f.yaml",
            "features:\n- age: log1p\n  age: clip\n",
            "f.yaml, line 3, column 3: expected each key once, received 'age' again",
        ),
        (
            "f.json",
            '{"target": "a", "target": "b"}',
            "f.json: cannot be read as YAML or JSON; expected each key once, received 'target' again",
        ),
        (
            "f.yaml",
            "features: [",
            "f.yaml, line 1, column 12: expected the node content, but found '<stream end>'",
        ),
        (
            "f.yaml",
            "target: !!python/object/apply:os.getcwd []",
            (
                "f.yaml, line 1, column 9: could not determine a constructor for the tag "
                "'tag:yaml.org,2002:python/object/apply:os.getcwd'"
            ),
        ),
        ("f.yaml", "", "f.yaml: expected the keys features, columns, target, received nothing"),
        (
            "f.yaml",
            "features:\n- on: log1p\n",
            "f.yaml, item 1: expected the name of a column, received True; put it in quotes",
        ),
    ],
)
def test_files_that_cannot_be_read_are_refused(tmp_path, name, text, message):
    assert refusal(written(tmp_path, text, name)) == message


def test_files_that_are_none_are_refused(tmp_path, monkeypatch):
    assert refusal(tmp_path / "none.yaml") == "Cannot read none.yaml: No such file or directory."
    (tmp_path / "latin.yaml").write_bytes(b"target: gr\xf6\xdfe")
    assert refusal(tmp_path / "latin.yaml").startswith("latin.yaml is not text in UTF-8 (")
    monkeypatch.setattr(form_files, "LIMIT_BYTES", 10)
    assert refusal(written(tmp_path, "target: income")) == ("income.yaml: expected a file of at most 10 bytes")
