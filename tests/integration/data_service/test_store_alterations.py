"""What other SQL clients change in the service's tables is told in a sentence, on each engine."""

import pytest
from tablefit.errors import NotFound, Unavailable, WrongState

from data_service.row_pages import PageRequest
from data_service.rows import Rows
from data_service.schema import Chunk, ImageRow
from data_service.verification import RowVerifier

STORED = ImageRow("a", b"image", 3, 2, 1, "image/png", "ab" * 32, "a.png")
COLUMNS = ("label", "image", "width", "height", "channels")


@pytest.fixture
def loosen(plain_sql, engine_name):
    """Lets the columns of the table digits hold anything."""

    def run():
        columns = "label, image, width, height, channels, media_type, sha256, source_name, create_time"
        if engine_name == "sqlite":
            plain_sql("ALTER TABLE digits RENAME TO strict_digits")
            plain_sql(f"CREATE TABLE digits (id INTEGER PRIMARY KEY, {columns})")
            plain_sql(f"INSERT INTO digits SELECT id, {columns} FROM strict_digits")
            return
        for column, column_type in (("label", "TEXT"), ("image", "LONGBLOB"), ("sha256", "CHAR(64)")):
            plain_sql(f"ALTER TABLE digits MODIFY {column} {column_type} NULL")
        for column in ("width", "height", "channels"):
            plain_sql(f"ALTER TABLE digits MODIFY {column} INT NULL")

    return run


def append(store, table, *rows, number=0):
    store.append_chunk(table.table_id, "u", Chunk(number, "00" * 32, rows, ()))


@pytest.fixture
def list_rows(store, table):
    """A page of the table digits."""

    def run(columns, page_size, page_token):
        return Rows(store, RowVerifier(store)).list("digits", PageRequest(columns, page_size, page_token))

    return run


def read_all(store, table):
    """What streams of the table read."""
    return list(store.read_all_rows(table, [column for column in table.columns if column.name != "id"], lambda: None))


@pytest.mark.parametrize("column", COLUMNS)
def test_a_row_without_a_value_ends_reading_with_its_id_and_column(store, table, plain_sql, loosen, column):
    append(store, table, STORED, STORED, STORED)
    loosen()
    plain_sql(f"UPDATE digits SET {column} = NULL WHERE id = 2")
    with pytest.raises(
        WrongState, match=f"Row 2 of 'digits' holds NULL, written by other means in its column '{column}'"
    ) as refusal:
        read_all(store, table)
    assert refusal.value.details == {"table": "digits", "row_id": "2"}


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_values_of_other_types_end_reading(store, table, plain_sql, loosen):
    append(store, table, STORED, STORED)
    loosen()
    plain_sql("UPDATE digits SET label = X'ff' WHERE id = 2")
    with pytest.raises(WrongState, match=r"of 'digits' holds .* in its column 'label', which no batch can hold"):
        read_all(store, table)


def test_rows_are_listed_with_nulls_and_images_that_are_missing(store, table, plain_sql, loosen, list_rows):
    append(store, table, STORED, STORED)
    loosen()
    plain_sql("UPDATE digits SET label = NULL, image = NULL WHERE id = 1")
    page = list_rows(["label", "image"], 0, "")
    assert [row.cells for row in page.rows] == [(None, None), ("a", b"image")]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_text_that_is_no_time_is_told_of(store, table, plain_sql, list_rows):
    append(store, table, STORED)
    plain_sql("UPDATE digits SET create_time = 'yesterday'")
    with pytest.raises(WrongState, match="create_time, written by other means, that is no time"):
        list_rows([], 0, "")
    assert len(list_rows(["label"], 0, "").rows) == 1


@pytest.mark.parametrize("engine_name", ["mysql", "mariadb"])
def test_ids_beyond_64_bits_are_refused(store, table, plain_sql, list_rows):
    append(store, table, STORED, STORED)
    plain_sql("ALTER TABLE digits MODIFY id BIGINT UNSIGNED")
    plain_sql("UPDATE digits SET id = 18446744073709551614 WHERE id = 2")
    with pytest.raises(WrongState, match="18446744073709551614, an integer of more than 64 bits"):
        read_all(store, table)
    with pytest.raises(WrongState, match="Row 18446744073709551614"):
        list_rows([], 0, "")


def test_rows_with_ids_below_one_are_listed_first(store, table, plain_sql, list_rows):
    append(store, table, STORED, STORED, STORED)
    plain_sql("UPDATE digits SET id = -5 WHERE id = 2")
    listed = list_rows(["label"], 2, "")
    assert [row.id for row in listed.rows] == [-5, 1]
    assert [row.id for row in list_rows(["label"], 2, listed.next_page_token).rows] == [3]


@pytest.mark.parametrize(
    "alteration",
    [
        "ALTER TABLE digits DROP COLUMN source_name",
        "ALTER TABLE digits ADD COLUMN reviewer INTEGER NOT NULL DEFAULT 0 CHECK (reviewer > 0)",
        "CREATE UNIQUE INDEX once ON digits (sha256(64))",
    ],
)
def test_a_table_that_no_longer_takes_rows_is_told_of(store, table, plain_sql, engine_name, alteration):
    append(store, table, STORED)
    if "INDEX" not in alteration:
        plain_sql("DELETE FROM digits")
    plain_sql(alteration.replace("(64)", "") if engine_name == "sqlite" else alteration)
    with pytest.raises(WrongState, match="altered by other means"):
        append(store, table, STORED, number=1)
    assert store.get_upload(table.table_id, "u").next_chunk == 1


@pytest.mark.parametrize("own", ["tablefit_tables", "tablefit_uploads", "tablefit_upload_chunks"])
def test_a_catalogue_dropped_by_others_is_told_of(store, table, plain_sql, own):
    plain_sql(f"DROP TABLE {own}")
    with pytest.raises(WrongState, match="The service's own tables were dropped by other means"):
        append(store, table, STORED)


def test_a_table_named_as_the_catalogue_is_only_in_part_is_no_part_of_it(store, table, plain_sql):
    store.update_table("digits", new_name="my_tablefit_tables")
    plain_sql("DROP TABLE my_tablefit_tables")
    with pytest.raises(NotFound, match="dropped by other means"):
        store.get_table("my_tablefit_tables")


@pytest.mark.parametrize("engine_name", ["mysql", "mariadb"])
def test_a_database_dropped_by_others_is_told_of(store, table, plain_sql, database_url):
    plain_sql(f"DROP DATABASE {database_url.rpartition('/')[2]}")
    # MariaDB speaks of the tables only, until a connection is made.
    with pytest.raises((Unavailable, WrongState), match=r"no longer on its server|own tables were dropped"):
        store.list_entries(("", ""), 10)
    store.close()
    with pytest.raises(Unavailable, match="no longer on its server"):
        read_all(store, table)
