"""Values of rows fitted to the columns of a model."""

from datetime import UTC, datetime

import numpy as np
import pytest
from tablefit.errors import InvalidInput
from tablefit.models import ModelColumn

from training_service.inference.row_values import fit_row

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("integer", "-7", -7),
        ("integer", 3.0, 3),
        ("float", "2.5", 2.5),
        ("float", 2, 2.0),
        ("boolean", "true", True),
        ("boolean", 0, False),
        ("category", "cat", "cat"),
        ("timestamp", "2024-05-01T12:00:00", NOON),
        ("timestamp", "2024-05-01T14:00:00+02:00", NOON),
        ("image", b"png", b"png"),
        ("integer", None, None),
    ],
)
def test_values_and_texts_are_taken_for_the_columns_type(kind: str, value: object, expected: object) -> None:
    assert fit_row({"x": value}, [ModelColumn("x", kind, nullable=True)]) == {"x": expected}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("integer", 2.5),
        ("integer", True),
        ("integer", 2**63),
        ("float", "nan"),
        ("float", True),
        ("boolean", "maybe"),
        ("boolean", 2),
        ("text", 5),
        ("timestamp", "noon"),
        ("timestamp", 5),
        ("image", "cat.png"),
    ],
)
def test_other_values_are_refused_by_the_columns_name(kind: str, value: object) -> None:
    with pytest.raises(InvalidInput, match=r"expected .* in the column 'x', received"):
        fit_row({"x": value}, [ModelColumn("x", kind)])


def test_tensors_are_their_bytes() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    column = ModelColumn("x", "tensor", data_type="float32", row_shape=(2, 3))
    assert np.array_equal(fit_row({"x": array.tobytes()}, [column])["x"], array)
    with pytest.raises(InvalidInput, match="the bytes of a tensor of its shape"):
        fit_row({"x": b"1234"}, [column])
