"""Feature engineering: columns of the batches that are computed from columns of the table.

    plan = check_features(specs, table.columns)      which columns are read, in which order features are computed
    fitted = fit(plan, chunks)                       what the training rows teach: numbers and vocabularies
    columns = apply(fitted, batch)                   rounded last, to float32
    fitted = from_fitted(features, table.columns)    without fitting, from the numbers that a model carries

`spec` and `values` are records; `parameters`, `transforms` and `plan` say what fits; `exact`, `sample`, `accumulators`
and `learning` learn; `logarithm`, `civil`, `vocabulary` and `computing` compute; `applying`, `fitting` and `restoring`
put these together. NumPy alone: no SQL, no messages.
"""

from data_service.features.applying import Fitted, OutputSchema, apply, output_schemas
from data_service.features.fitting import fit
from data_service.features.plan import Plan, check_features
from data_service.features.restoring import from_fitted
from data_service.features.spec import FeatureSpec, FittedFeature
from data_service.features.values import Batch

__all__ = [
    "Batch",
    "FeatureSpec",
    "Fitted",
    "FittedFeature",
    "OutputSchema",
    "Plan",
    "apply",
    "check_features",
    "fit",
    "from_fitted",
    "output_schemas",
]
