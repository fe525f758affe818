"""What a network takes of a stream: the shape of each column's values, and how many categories its numbers mean."""

from collections.abc import Sequence

from tablefit.data.streams import BatchColumn, StreamHeader
from tablefit.errors import InvalidInput
from tablefit.features import FittedFeature

# (shape of one row's value, number of categories), by column. No categories: the values are numbers as they are. Else
# they are indices of categories, from 0; -1 is NULL.
NetworkInputs = dict[str, tuple[tuple[int, ...], int]]

# An embedding has a vector for each.
LIMIT_CATEGORIES = 1_000_000


def network_inputs(header: StreamHeader, targets: Sequence[str]) -> NetworkInputs:
    """The inputs by column: all columns of the stream but the targets; single numbers have the shape (1,).

    Raises InvalidInput for a column that no network can take as it is.
    """
    fitted = {feature.feature.output: feature for feature in header.features}
    inputs = [column for column in header.columns if column.name not in targets]
    return {column.name: _network_input(column, fitted.get(column.name)) for column in inputs}


def _network_input(column: BatchColumn, fitted: FittedFeature | None) -> tuple[tuple[int, ...], int]:
    if column.data_type in ("text", "bytes"):
        advice = "; give it an ordinal or one_hot feature, or leave it out" if column.data_type == "text" else ""
        raise InvalidInput(
            f"expected columns of numbers, categories or images, received {column.name!r} of type "
            f"{column.type or column.data_type}{advice}",
            field="columns",
        )
    if column.type == "timestamp":
        raise InvalidInput(
            f"expected columns of numbers, categories or images, received the times of {column.name!r}; give it a "
            "timestamp_parts feature, or leave it out",
            field="columns",
        )
    if "/" in column.name:
        raise InvalidInput(
            f"expected names without '/' of a network's inputs, received {column.name!r}; give it a feature with "
            "another name as output",
            field="columns",
        )
    count = _category_count(column, fitted)
    if count > LIMIT_CATEGORIES:
        raise InvalidInput(
            f"expected at most {LIMIT_CATEGORIES:,} categories in an input, received {count:,} in {column.name!r}; "
            "limit its ordinals, or cross it into fewer buckets",
            field="features",
        )
    return column.row_shape or (1,), count


def _category_count(column: BatchColumn, fitted: FittedFeature | None) -> int:
    if column.type == "category":
        return len(column.class_names)
    if fitted is None or column.data_type != "int64":
        return 0
    if fitted.feature.transform == "ordinal":
        return len(fitted.vocabulary) + 1
    if fitted.feature.transform == "bucketize":
        return len(fitted.numbers["edges"]) + 2
    pairs = int(fitted.numbers["first_size"]) * int(fitted.numbers["second_size"])
    return int(fitted.feature.parameters.get("bucket_count", 0)) or pairs
