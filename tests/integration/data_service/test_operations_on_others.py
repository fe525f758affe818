"""Operations and statistics with views, queries and tables of others as their source, on each engine."""

import numpy as np
import pytest
from tablefit.errors import WrongState

from data_service.datasets import Datasets, NewDataset
from data_service.filters import Comparator, Comparison
from data_service.operations import Copy, Operations, Sample, Split
from data_service.readers import Readers
from data_service.row_pages import PageRequest
from data_service.rows import Rows
from data_service.running_uploads import RunningUploads
from data_service.schema import TableKind, TableOrigin
from data_service.staging import Staging
from data_service.statistics import Statistics, StatisticsRequest
from data_service.store import open_store
from data_service.table_changes import TableChanges
from data_service.tables import Tables
from data_service.verification import RowVerifier

ROWS = [(n, f"w{n % 2}", n / 4) for n in range(1, 21)]


@pytest.fixture
def store(database_url, tmp_path):
    opened = open_store(database_url, datasets_folder=tmp_path / "datasets")
    yield opened
    opened.close()


@pytest.fixture
def tables(store):
    return Tables(store, Readers())


@pytest.fixture
def staging(store):
    return Staging(store, RowVerifier(store))


@pytest.fixture
def operations(store, tables, staging, tmp_path):
    return Operations(store, tables, staging, tmp_path)


@pytest.fixture
def others(store, plain_sql):
    """A table "people" made by others, a view "view_of" and a dataset "query" of it."""
    plain_sql("CREATE TABLE people (id INTEGER PRIMARY KEY, word VARCHAR(20) NOT NULL, x DOUBLE)")
    values = ", ".join(f"({n}, '{word}', {x})" for n, word, x in ROWS)
    plain_sql(f"INSERT INTO people VALUES {values}")
    plain_sql("CREATE VIEW view_of AS SELECT id, word, x FROM people WHERE id > 10")
    query = "SELECT id AS number, word, x FROM people WHERE word <> 'a:b %(c)s' AND id <= 10"
    Datasets(store).create(NewDataset("query", query, "", "", False))


@pytest.fixture
def rows(store):
    def run(table, columns):
        page = Rows(store, RowVerifier(store)).list(table, PageRequest(columns, 1000))
        return [(row.id, *row.cells) for row in page.rows]

    return run


def active():
    return True


def names_of(tables):
    return [(table.name, table.origin) for table in tables.list(0, "").tables]


def test_a_table_of_others_is_copied_under_its_ids(operations, others, rows):
    *_, last = operations.copy(Copy("people", "copy"), active)
    assert (last.tables[0].kind, last.tables[0].origin) == (TableKind.GENERAL, TableOrigin.SERVICE)
    assert [column.name for column in last.tables[0].columns] == ["id", "word", "x"]
    assert rows("copy", ("word", "x")) == ROWS
    where = Comparison("id", Comparator.GREATER, 18)
    list(operations.copy(Copy("people", "few", where, ("x",)), active))
    assert rows("few", ("x",)) == [(19, 19 / 4), (20, 5.0)]


def test_rows_of_a_view_are_numbered_and_an_id_that_is_none_gets_another_name(operations, others, rows):
    where = Comparison("id", Comparator.GREATER, 15)
    list(operations.copy(Copy("view_of", "copy", where), active))
    found = rows("copy", ("source_id", "word"))
    assert sorted(row[1:] for row in found) == [(n, word) for n, word, _ in ROWS if n > 15]
    assert {row[0] for row in found} <= set(range(1, 11))


def test_a_query_is_divided_and_sampled(operations, others, rows, tables):
    list(operations.split(Split("query", [("a", 0.5), ("b", 0.5)], "word"), active))
    both = rows("a", ("number", "word")) + rows("b", ("number", "word"))
    assert sorted(row[1:] for row in both) == [(n, word) for n, word, _ in ROWS[:10]]
    *_, last = operations.sample(Sample("query", "c", row_count=3), active)
    assert last.tables[0].row_count == 3
    service = [name for name, origin in names_of(tables) if origin is TableOrigin.SERVICE]
    assert service == ["a", "b", "c"]


def test_rows_of_others_are_appended(operations, others, rows, store, tables, staging):
    changes = TableChanges(store, tables, RunningUploads(), RowVerifier(store), staging)
    list(operations.copy(Copy("query", "copy"), active))
    *_, last = changes.append("query", "copy", Comparison("number", Comparator.EQUAL, 3), active)
    assert last.tables[0].row_count == 11
    assert rows("copy", ("number", "word", "x"))[-1][1:] == ROWS[2]


def test_statistics_of_others_are_computed_without_a_copy(others, store, tables):
    statistics = Statistics(store, tables)
    for name, chosen in (("people", ROWS), ("view_of", ROWS[10:]), ("query", ROWS[:10])):
        found = [one for one, _ in statistics.compute(StatisticsRequest(name, ("word", "x")), active)]
        x = np.array([row[2] for row in chosen])
        assert (found[1].mean, found[1].row_count) == (pytest.approx(x.mean(), rel=1e-12), len(chosen))
        assert found[1].standard_deviation == pytest.approx(x.std(), rel=1e-12)
        assert found[1].quantiles[2] == (0.5, np.median(x))
        assert found[0].value_counts == (("w0", len(chosen) // 2), ("w1", len(chosen) // 2))


def test_a_value_that_own_tables_refuse_is_named(operations, others, plain_sql, tables, engine_name):
    plain_sql("CREATE TABLE odd (id INTEGER PRIMARY KEY, word TEXT)")
    nul = "char(97, 0)" if engine_name == "sqlite" else "'a\\0'"
    plain_sql(f"INSERT INTO odd VALUES (7, {nul})")
    with pytest.raises(WrongState, match="Row 7 of 'odd' cannot be copied"):
        list(operations.copy(Copy("odd", "copy"), active))
    assert TableOrigin.SERVICE not in [origin for _, origin in names_of(tables)]
