"""Features: columns that the data service computes for a model from the columns of a table.

    features:
      - age: standardize                        # replaces the column age
      - hours: [impute: median, min_max]        # a chain: one after the other
      - education: one_hot
      - {output: income_band, input: income, bucketize: {quantiles: 10, one_hot: true}}
      - {output: when, input: signup, timestamp_parts: [month, weekday, hour]}
      - {output: education_code, input: education_name, ordinal: 50}
      - {output: occupation_code, input: occupation, steps: [impute: {category: none}, ordinal]}
      - {output: pair, cross: [education_code, occupation_code], buckets: 1000}
    columns: [weight]                           # taken as they are
    target: income

An item reads columns of the table and outputs of items above it. The same form works as a dict in Python, as YAML and
as JSON. `arguments` lists what may stand behind each transform.
"""

from tablefit.features.files import dump_features, load_features
from tablefit.features.fitted_json import fitted_from_json, fitted_to_json
from tablefit.features.reading import Features, as_feature_set, parse_features
from tablefit.features.records import Feature, FeatureSet, FittedFeature
from tablefit.features.writing import to_form

__all__ = [
    "Feature",
    "FeatureSet",
    "Features",
    "FittedFeature",
    "as_feature_set",
    "dump_features",
    "fitted_from_json",
    "fitted_to_json",
    "load_features",
    "parse_features",
    "to_form",
]
