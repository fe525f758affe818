"""Statistics of columns, on each engine, compared with numpy's."""

import math
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tablefit.errors import Cancelled, InvalidInput, NotFound, WrongState

from data_service.chunks import IncomingChunk
from data_service.columns import ColumnArray, to_microseconds
from data_service.ingest import Ingest, Start
from data_service.readers import Readers
from data_service.schema import IMAGE_COLUMNS, Column, ColumnType, TableKind
from data_service.statistics import LIMIT_SHOWN_CHARACTERS, Bin, Statistics, StatisticsRequest
from data_service.store import ImageSize
from data_service.tables import Tables
from data_service.verification import RowVerifier
from tests import awkward
from tests.image_files import png
from tests.stored_rows import append, create_table, execute, open_sqlite

SHORT = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FRACTIONS = (0.0, 0.1, 0.25, 0.5, 0.75, 0.99, 1.0)


@pytest.fixture
def tables(store):
    return Tables(store, Readers())


@pytest.fixture
def statistics(store, tables):
    return Statistics(store, tables)


@pytest.fixture
def fill(store, tables):
    """Makes the table anew with one column "v" of these values, None for NULL."""

    def run(column_type, values):
        if any(table.name == "things" for table in tables.list(0, "").tables):
            tables.delete("things")
        tables.create("things", TableKind.GENERAL, "", "", (Column("v", column_type, True),))
        chunk = IncomingChunk(0, len(values), [], {"v": array(column_type, values)})
        list(Ingest(store, RowVerifier(store)).run(iter([Start("things", "u"), chunk])))

    return run


@pytest.fixture
def of(statistics, fill):
    """The statistics of a column of these values."""

    def run(column_type, values, **more):
        fill(column_type, values)
        request = StatisticsRequest("things", ("v",), FRACTIONS, **more)
        ((found, column_count),) = statistics.compute(request, active)
        assert column_count == 1
        return found

    return run


def array(column_type, values):
    is_null = np.array([value is None for value in values])
    if column_type in (ColumnType.TEXT, ColumnType.CATEGORY):
        return ColumnArray([value or "" for value in values], is_null)
    if column_type is ColumnType.TIMESTAMP:
        values = [to_microseconds(value) if value else 0 for value in values]
    dtype = {ColumnType.FLOAT: np.float64, ColumnType.BOOLEAN: np.bool_}.get(column_type, np.int64)
    return ColumnArray(np.array([value or 0 for value in values], dtype), is_null)


def active():
    return True


def assert_like_numpy(found, values):
    present = [value for value in values if value is not None]
    assert (found.row_count, found.null_count) == (len(values), len(values) - len(present))
    assert found.distinct_count == len(set(present))
    exact = np.array(present, np.float64)
    assert (found.minimum, found.maximum) == (min(present), max(present))
    wide = exact.astype(np.longdouble)
    scale = max(1e-300, float(np.abs(exact).max()))
    assert found.mean == pytest.approx(float(wide.mean()), rel=1e-9, abs=1e-12 * scale)
    assert found.standard_deviation == pytest.approx(float(wide.std()), rel=1e-9, abs=1e-12 * scale)
    expected = [(fraction, float(np.quantile(exact, fraction))) for fraction in FRACTIONS]
    assert [fraction for fraction, _ in found.quantiles] == list(FRACTIONS)
    for (_, value), (_, other) in zip(found.quantiles, expected, strict=True):
        assert value == pytest.approx(other, rel=1e-12, abs=1e-300)
    if exact.min() < exact.max():
        counts, edges = np.histogram(exact, 10)
        assert [bar.lower for bar in found.histogram] == edges[:-1].tolist()
        assert [bar.upper for bar in found.histogram] == edges[1:].tolist()
        assert [bar.row_count for bar in found.histogram] == counts.tolist()


@SHORT
@given(st.lists(st.none() | st.floats(-1e9, 1e9, allow_subnormal=False), min_size=1, max_size=40).filter(any))
def test_floats_have_the_statistics_that_numpy_gives(of, values):
    assert_like_numpy(of(ColumnType.FLOAT, values), values)


@SHORT
@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3), min_size=1, max_size=40).filter(any))
def test_integers_have_the_statistics_that_numpy_gives(of, values):
    found = of(ColumnType.INTEGER, values)
    assert_like_numpy(found, values)
    counts = Counter(value for value in values if value is not None)
    expected = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:20]
    assert list(found.value_counts) == expected


def test_a_small_deviation_about_a_large_mean_is_exact(of):
    offsets = np.random.default_rng(1).integers(-4000, 4000, 5000) * 2.0**-21
    found = of(ColumnType.FLOAT, (1e9 + offsets).tolist())
    assert found.mean == pytest.approx(1e9 + offsets.mean(), rel=1e-15)
    assert found.standard_deviation == pytest.approx(offsets.std(), rel=1e-9)


def test_numbers_whose_squares_no_double_holds_have_a_deviation(of):
    found = of(ColumnType.FLOAT, [-1.7e308, 1.7e308, None])
    assert found.mean == 0
    assert found.standard_deviation == pytest.approx(1.7e308, rel=1e-12)
    assert found.quantiles[3] == (0.5, 0.0)
    assert (found.histogram[0].lower, found.histogram[-1].upper) == (-1.7e308, 1.7e308)
    assert [bar.row_count for bar in found.histogram] == [1] + [0] * 8 + [1]


def test_zeros_are_one_value_and_equal_values_one_bar(of):
    found = of(ColumnType.FLOAT, [0.0, -0.0, 0.0])
    assert (found.distinct_count, found.standard_deviation) == (1, 0.0)
    assert found.histogram == (Bin(0.0, 0.0, 3),)


def test_a_column_without_values_has_counts_only(of):
    found = of(ColumnType.FLOAT, [None, None])
    assert (found.row_count, found.null_count, found.distinct_count) == (2, 2, 0)
    assert (found.minimum, found.mean, found.quantiles, found.histogram) == (None, None, (), ())
    assert of(ColumnType.TEXT, [None]).byte_sizes is None


def test_booleans_count_as_0_and_1(of):
    found = of(ColumnType.BOOLEAN, [True, False, True, None, True])
    assert (found.mean, found.distinct_count, found.minimum) == (0.75, 2, None)
    assert found.standard_deviation == pytest.approx(math.sqrt(3) / 4)
    assert found.value_counts == ((True, 3), (False, 1))


def test_texts_are_told_apart_and_ordered_by_their_bytes(of):
    texts = ["b", "a", "B", "b", "a ", "é", "e\u0301", "", None, "b", "a"]
    for column_type in (ColumnType.TEXT, ColumnType.CATEGORY):
        found = of(column_type, texts)
        assert (found.row_count, found.null_count, found.distinct_count) == (11, 1, 7)
        assert (found.minimum, found.maximum) == ("", "é")
        expected = (("b", 3), ("a", 2), ("", 1), ("B", 1), ("a ", 1), ("e\u0301", 1), ("é", 1))
        assert found.value_counts == expected
        assert found.byte_sizes == (0, 3, 13)
        assert found.mean is None
    assert of(ColumnType.TEXT, texts, limit_values=2).value_counts == (("b", 3), ("a", 2))


def test_long_texts_that_begin_alike_are_different_and_shown_cut(of):
    texts = ["x" * 5000 + "a", "x" * 5000 + "b", "x" * 5000 + "a"]
    found = of(ColumnType.TEXT, texts)
    assert found.distinct_count == 2
    assert found.value_counts == (("x" * LIMIT_SHOWN_CHARACTERS, 2), ("x" * LIMIT_SHOWN_CHARACTERS, 1))


def test_times_are_interpolated_in_microseconds(of):
    times = [datetime(2026, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, 999999, UTC), None]
    found = of(ColumnType.TIMESTAMP, times)
    assert (found.minimum, found.maximum, found.distinct_count) == (times[1], times[0], 2)
    assert found.quantiles[3] == (0.5, (to_microseconds(times[0]) - 1) / 2)
    assert (found.mean, found.histogram, found.value_counts) == (None, (), ())


def test_images_have_sizes(statistics, store):
    append(store, create_table(store), [("a", png(1)), ("b", png(2)), ("a", png(3))])
    found = {one.column.name: one for one, count in statistics.compute(StatisticsRequest("digits"), active)}
    assert list(found) == [column.name for column in IMAGE_COLUMNS]
    assert found["label"].value_counts == (("a", 2), ("b", 1))
    sizes = [len(png(n)) for n in (1, 2, 3)]
    assert found["image"].byte_sizes == (min(sizes), max(sizes), sum(sizes))
    (size,) = found["image"].image_sizes
    assert size.row_count == 3
    assert size == ImageSize(found["width"].minimum, found["height"].minimum, found["channels"].minimum, 3)


def test_columns_of_every_type_have_statistics(statistics, store, tables):
    tables.create("things", TableKind.GENERAL, "", "", awkward.COLUMNS)
    chunk = IncomingChunk(0, awkward.ROW_COUNT, [], awkward.arrays())
    list(Ingest(store, RowVerifier(store, limit_image_bytes=1_000_000)).run(iter([Start("things", "u"), chunk])))
    found = [one for one, _ in statistics.compute(StatisticsRequest("things"), active)]
    assert [one.column.name for one in found] == ["id", *awkward.NAMES]
    assert {one.row_count for one in found} == {awkward.ROW_COUNT}
    assert found[2].mean == pytest.approx(np.mean([x for x in awkward.REAL if x is not None]), rel=1e-9)


def test_what_does_not_fit_is_refused(statistics, fill):
    fill(ColumnType.INTEGER, [1])

    def refusal(**wanted):
        with pytest.raises(InvalidInput) as refused:
            list(statistics.compute(StatisticsRequest("things", **wanted), active))
        return refused.value.field

    assert refusal(columns=("x",)) == "columns"
    assert refusal(quantiles=(1.5,)) == "quantiles"
    assert refusal(quantiles=(math.nan,)) == "quantiles"
    assert refusal(bin_count=101) == "bin_count"
    assert refusal(limit_values=-1) == "limit_values"
    with pytest.raises(NotFound):
        list(statistics.compute(StatisticsRequest("nothing"), active))
    with pytest.raises(Cancelled):
        list(statistics.compute(StatisticsRequest("things"), lambda: False))


def test_values_of_other_types_are_told_of(tmp_path):
    """Servers keep to the types of columns, SQLite does not."""
    with closing(open_sqlite(tmp_path)) as store:
        tables = Tables(store, Readers())
        tables.create("things", TableKind.GENERAL, "", "", (Column("v", ColumnType.INTEGER, True),))
        execute(tmp_path, "INSERT INTO things (v) VALUES ('x')")
        with pytest.raises(WrongState, match="holds values in its column 'v', written by other means"):
            list(Statistics(store, tables).compute(StatisticsRequest("things", ("v",)), active))
