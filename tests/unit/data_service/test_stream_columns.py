"""What the batches of a stream hold: columns chosen, described and made of what was gathered."""

from pathlib import Path

import numpy as np
import pytest
from tablefit.errors import InvalidInput, WrongState
from tablefit.imaging.pixel_format import PixelFormat

from data_service import stream_columns
from data_service.columns import ColumnArray, RowBatch
from data_service.features.spec import FeatureSpec, ImageNormalization, Ordinal, Standardize
from data_service.pinned_rows import PinnedRows
from data_service.schema import IMAGE_COLUMNS, Column, ColumnType
from data_service.snapshots import Snapshots
from data_service.stream_columns import BatchColumn, StreamColumns, choose, is_image_table
from data_service.stream_options import StreamOptions
from tests import awkward
from tests.pinned_rows import pin

GENERAL = (
    Column("x", ColumnType.FLOAT, True),
    Column("kind", ColumnType.CATEGORY, False),
    Column("face", ColumnType.IMAGE, True),
    Column("y", ColumnType.INTEGER, False),
)
SCALED = FeatureSpec("x", ("x",), Standardize())
CODE = FeatureSpec("code", ("kind",), Ordinal())


def options(**more: object) -> StreamOptions:
    return StreamOptions(table="t", reader="", batch_size=1, **more)


def test_an_image_table_streams_label_and_image() -> None:
    chosen = choose(options(), IMAGE_COLUMNS)
    assert (chosen.streamed, chosen.target, chosen.gathered) == (("label", "image"), "label", ("label", "image"))
    assert is_image_table(IMAGE_COLUMNS)
    assert not is_image_table(GENERAL)


def test_a_general_table_streams_all_of_its_columns_and_has_no_target() -> None:
    chosen = choose(options(), GENERAL)
    assert (chosen.streamed, chosen.target) == (("x", "kind", "face", "y"), "")


def test_columns_come_in_the_order_asked_for() -> None:
    assert choose(options(columns=("y", "x")), GENERAL).streamed == ("y", "x")


def test_what_features_use_up_is_not_streamed_but_for_the_target() -> None:
    chosen = choose(options(features=(SCALED, CODE)), GENERAL)
    assert chosen.streamed == ("face", "y")
    assert chosen.gathered == ("face", "y", "x", "kind")
    assert choose(options(features=(CODE,), target="kind"), GENERAL).streamed == ("x", "kind", "face", "y")
    assert choose(options(features=(SCALED,), columns=("kind", "x")), GENERAL).streamed == ("kind",)


@pytest.mark.parametrize(
    ("more", "field", "message"),
    [
        ({"columns": ("z",)}, "columns", "expected a column out of x, kind, face, y; received 'z'"),
        ({"columns": ("x", "x")}, "columns", "expected each column once, received one twice"),
        ({"target": "z"}, "target", "expected a column out of x, kind, face, y; received 'z'"),
    ],
)
def test_columns_that_do_not_fit_are_refused(more: dict[str, object], field: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        choose(options(**more), GENERAL)
    assert (refused.value.field, refused.value.message) == (field, message)


@pytest.fixture
def rows(pins: Snapshots, tmp_path: Path) -> PinnedRows:
    return PinnedRows(pin(pins, awkward.COLUMNS, RowBatch(np.arange(1, 14), awkward.arrays())), tmp_path)


def test_columns_of_every_type_are_described(rows: PinnedRows) -> None:
    chosen = choose(options(), awkward.COLUMNS)
    columns = StreamColumns(rows, chosen, {"picture": PixelFormat("RGB", 7, 9)}, None)
    names = tuple(sorted(awkward.CATEGORIES))
    expected = [
        ("int64", (), ()),
        ("float64", (), ()),
        ("bool", (), ()),
        ("text", (), ()),
        ("int32", (), names),
        ("int64", (), ()),
        ("bytes", (), ()),
        ("uint8", (7, 9, 3), ()),
        ("float32", (2, 3), ()),
        ("uint8", (), ()),
    ]
    assert columns.columns == tuple(
        BatchColumn(column.name, data_type, shape, column.type, True, classes)
        for column, (data_type, shape, classes) in zip(awkward.COLUMNS, expected, strict=True)
    )
    # Numbers of fixed size, and of texts and byte strings about the mean: what a message is planned by.
    fixed = 8 + 8 + 1 + 4 + 8 + 7 * 9 * 3 + 24 + 1
    strings = sum(len(text.encode()) for text in awkward.TEXTS) + sum(map(len, awkward.RAW))
    assert columns.row_bytes == -(-(13 * (fixed + 8) + strings) // 13)
    assert columns.fitted_features == ()


def test_floats_say_themselves_where_they_are_null(rows: PinnedRows) -> None:
    name = "real 100%(x)s"
    columns = StreamColumns(rows, choose(options(columns=(name, "whole")), awkward.COLUMNS), {}, None)
    is_null = np.array([False, True])
    gathered = {
        "whole": ColumnArray(np.array([5, 0]), is_null),
        name: ColumnArray(np.array([0.5, 0.0]), is_null),
    }
    found = columns.finish(np.array([1, 2]), gathered)
    assert list(found) == [name, "whole"]
    assert np.array_equal(found[name].values, [0.5, np.nan], equal_nan=True)
    assert found["whole"].values.tolist() == [5, 0]
    assert found[name].is_null.tolist() == is_null.tolist()


def test_too_many_classes_are_refused(rows: PinnedRows, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = choose(options(columns=("select",)), awkward.COLUMNS)
    monkeypatch.setattr(stream_columns, "LIMIT_CLASSES", 11)
    with pytest.raises(WrongState, match=r"has too many different values \(12\) to be classes; there may be 11"):
        StreamColumns(rows, chosen, {}, None)


def test_features_of_images_need_an_image() -> None:
    with pytest.raises(InvalidInput):
        choose(options(features=(FeatureSpec("y", ("y",), ImageNormalization()),)), GENERAL)


def test_a_row_that_no_message_can_hold_is_refused(pins: Snapshots, tmp_path: Path) -> None:
    faces = [Column(name, ColumnType.IMAGE, False) for name in ("one", "two")]
    batch = RowBatch(np.array([1]), {face.name: ColumnArray([b"image"]) for face in faces})
    rows = PinnedRows(pin(pins, faces, batch), tmp_path)
    largest = {face.name: PixelFormat("RGB", 4096, 4096) for face in faces}
    with pytest.raises(WrongState, match="may have 100,663,296 bytes, more than the 66,060,288 that"):
        StreamColumns(rows, choose(options(), faces), largest, None)
    alone = StreamColumns(rows, choose(options(columns=("one",)), faces), largest, None)
    assert alone.limit_message_rows == 1


def test_images_that_come_as_a_list_are_one_array_to_features(rows: PinnedRows) -> None:
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 2, 2, 1)
    batch = stream_columns.feature_batch(rows, np.arange(3), {"picture": ColumnArray(list(pixels))})
    assert np.array_equal(batch.values["picture"].values, pixels)
