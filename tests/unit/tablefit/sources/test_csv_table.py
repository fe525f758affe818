"""CSV as a table: what is a header, which type a column has, and what is said about lines that are wrong."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tablefit.errors import InvalidInput
from tablefit.sources import SourceRow, TableReadOptions, open_source
from tablefit.sources.columns import SourceColumn


def write(folder: Path, text: str | bytes, name: str = "a.csv") -> Path:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / name


def read(path: Path, **options):
    return open_source(path, kind="table", options=TableReadOptions(**options))


def columns_of(source) -> dict[str, str]:
    return {column.name: column.type + ("?" if column.nullable else "") for column in source.columns}


def values_of(source) -> list[tuple]:
    return [tuple(row.values.values()) for row in source.rows()]


CENSUS = """39, State-gov, 77516, <=50K
50, Self-emp, 83311, <=50K
38, ?, 215646, >50K
28, State-gov, 338409, >50K

"""


def test_a_census_table_without_a_header_loses_its_spaces(tmp_path):
    source = open_source(write(tmp_path, CENSUS))
    assert columns_of(source) == {
        "column_1": "integer",
        "column_2": "text?",
        "column_3": "integer",
        "column_4": "category",
    }
    assert list(source.rows(skip=2)) == [
        SourceRow("a.csv#2", {"column_1": 38, "column_2": None, "column_3": 215646, "column_4": ">50K"}),
        SourceRow("a.csv#3", {"column_1": 28, "column_2": "State-gov", "column_3": 338409, "column_4": ">50K"}),
    ]
    assert source.row_count == 4


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "age,name\n1,x\n2,y\n"),
        ("a.csv", "\ufeffage,name\r\n1,x\r\n\r\n2,y"),
        ("a.csv", "\nage;name\n1;x\n2;y\n\n"),
        ("a.csv", "age|name\n1|x\n2|y\n"),
        ("a.TSV", "age\tname\n1\tx\n2\ty\n"),
        ("a.csv", 'age, "name"\n1, "x"\n2, "y"\n'),
        ("a.csv", " age ,name\n1,x\n2,y\n"),
    ],
)
def test_delimiters_line_ends_and_headers_are_found(tmp_path, name, text):
    source = read(write(tmp_path, text, name))
    assert source.columns == (SourceColumn("age", "integer"), SourceColumn("name", "text"))
    assert values_of(source) == [(1, "x"), (2, "y")]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a,b\n1,2\n", ["a", "b"]),
        ("a,2\n1,2\n", ["column_1", "column_2"]),
        ("a,a\n1,2\n", ["column_1", "column_2"]),
        ("a,\n1,2\n", ["column_1", "column_2"]),
        ("a,b\nc,d\ne,f\n", ["column_1", "column_2"]),
        ("said,label\nhi,pos\nho,pos\nhu,neg\nha,neg\n", ["said", "label"]),
        ("hi,pos\nho,pos\nhu,neg\nha,neg\n", ["column_1", "column_2"]),
        ("when,b\n2026-01-31,x\n", ["when", "b"]),
    ],
)
def test_a_header_is_known_by_what_stands_below_it(tmp_path, text, names):
    assert [column.name for column in read(write(tmp_path, text)).columns] == names


def test_who_names_a_column_says_that_there_is_a_header(tmp_path):
    path = write(tmp_path, "a,b\nc,d\n")
    assert values_of(read(path, types={"b": "category"})) == [("c", "d")]
    assert values_of(read(path, types={"column_2": "category"})) == [("a", "b"), ("c", "d")]
    assert values_of(read(path, has_header=True)) == [("c", "d")]
    assert columns_of(read(path, names=("x", "X"), has_header=False)) == {"x": "text", "X_2": "text"}
    with pytest.raises(InvalidInput, match=r"a\.csv has no column 'z'; it has column_1, column_2"):
        assert read(path, types={"z": "text"}).columns
    with pytest.raises(InvalidInput, match="has 2 columns; expected as many names, received 1"):
        assert read(path, names=("x",)).columns


@pytest.mark.parametrize(
    ("texts", "type_name", "values"),
    [
        (["-12", "+3", " 0 ", "9223372036854775807"], "integer", [-12, 3, 0, 2**63 - 1]),
        (["00501", "00502"], "text", ["00501", "00502"]),
        (["0x10", "1"], "text", ["0x10", "1"]),
        (["1_000", "2"], "text", ["1_000", "2"]),
        (["9223372036854775808", "1"], "text", ["9223372036854775808", "1"]),
        (["1", "2.5", "-.5", "+1e3", "0.25"], "float", [1.0, 2.5, -0.5, 1000.0, 0.25]),
        (["007.5", "1"], "text", ["007.5", "1"]),
        (["true", "False", "TRUE"], "boolean", [True, False, True]),
        (["yes", "no"], "text", ["yes", "no"]),
        (["1", "true"], "text", ["1", "true"]),
        (
            ["2026-01-31", "2026-01-31T12:30", "2026-01-31 12:30:00.000001+02:00"],
            "timestamp",
            [
                datetime(2026, 1, 31, tzinfo=UTC),
                datetime(2026, 1, 31, 12, 30, tzinfo=UTC),
                datetime(2026, 1, 31, 10, 30, 0, 1, tzinfo=UTC),
            ],
        ),
        (["2026-01-31T12:30:00.123456789"], "text", ["2026-01-31T12:30:00.123456789"]),
        (["a", "b", "a", "b"], "category", ["a", "b", "a", "b"]),
        (["inf", "sup"], "text", ["inf", "sup"]),
    ],
)
def test_types_follow_from_all_values(tmp_path, texts, type_name, values):
    body = "".join(f"x,{text}\n" for text in texts)
    source = read(write(tmp_path, body), has_header=False)
    assert source.columns[1] == SourceColumn("column_2", type_name)
    assert [row[1] for row in values_of(source)] == values


def test_missing_marks_are_missing_in_columns_of_every_type(tmp_path):
    text = "i,f,b,t,c\n1,1.5,true,2026-01-01,x\nNA,?, null ,,N/A\n2,nan,false,2026-01-02,x\n"
    source = read(write(tmp_path, text))
    assert columns_of(source) == {"i": "integer?", "f": "float?", "b": "boolean?", "t": "timestamp?", "c": "category?"}
    assert values_of(source)[1] == (None, None, None, None, None)
    assert values_of(source)[2][1] is None
    dashes = read(write(tmp_path, "a,b\n1,-\n-,?\n"), missing=("-",))
    assert values_of(dashes) == [(1, None), (None, "?")]


def test_given_types_are_kept_and_say_what_does_not_fit(tmp_path):
    path = write(tmp_path, 'zip,ok,n\n501,yes,"1\n"\n502,no,2\n')
    types = {"zip": "text", "ok": "boolean", "n": "float"}
    source = read(path, types=types)
    assert columns_of(source) == {"zip": "text", "ok": "boolean", "n": "float"}
    assert values_of(source) == [("501", True, 1.0), ("502", False, 2.0)]
    write(tmp_path, 'zip,ok,n\n501,yes,"1\n"\n502,maybe,2\n')
    with pytest.raises(InvalidInput, match=r"Line 4 of .*a\.csv has 'maybe' in the column ok; expected true or false"):
        assert read(path, types=types).columns
    with pytest.raises(InvalidInput, match=r"A column of .* is a tensor by its given type"):
        assert read(path, types={"n": "tensor"}).columns
    with pytest.raises(InvalidInput, match="expected a type of column out of integer, float"):
        read(path, types={"n": "number"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n\n3\n", r"Line 4 of .*a\.csv has 1 fields; expected 2, as in the first record"),
        ('a,b\n"1\n1",2\n3,4,5\n', r"Line 4 of .* has 3 fields; expected 2"),
        ("a,b\n1,2\n-inf,3\n", "Line 3 of .* has '-inf' in the column a; expected finite numbers"),
        ("inf,b\n1,2\n", "Line 1 of .* has 'inf' in the column column_1"),
        ("a,b\n1,1e999\n", "Line 2 of .* has '1e999' in the column b"),
        (b"a,b\n1,2\n3,\xff\n", "is not text in UTF-8"),
        (b"a,b\n1,2\n" + b"3,4\n" * 100_000 + b"3,\xff\n", "is not text in UTF-8"),
        ('a,b\n1,"2\n3,4\n', "Cannot read .* after line 1 .unexpected end of data"),
        ("a,b\n1," + "x" * 5_000_000 + "\n", "Cannot read .* after line|is longer than 4,194,304 bytes"),
        ("", "holds no rows"),
        ("\n\n", "holds no rows"),
    ],
)
def test_files_that_are_wrong_are_refused_with_the_line(tmp_path, text, message):
    with pytest.raises(InvalidInput, match=message):
        assert read(write(tmp_path, text)).columns


def test_a_header_without_rows_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match=r"a\.csv holds no rows; expected a table with at least one"):
        assert read(write(tmp_path, "a,b\n"), has_header=True).row_count


def test_fingerprints_follow_content_and_options(tmp_path):
    path = write(tmp_path, "a,b\n1,2\n3,4\n")
    before = read(path).fingerprint
    assert read(path).fingerprint == before
    assert read(path, types={"a": "float"}).fingerprint != before
    assert read(write(tmp_path, "a,b\n1,2\n3,5\n")).fingerprint != before


def test_the_first_reading_tells_how_far_it_is(tmp_path):
    path = write(tmp_path, "a,b\n" + "1,2\n" * 600_000)
    told = []
    source = open_source(path, on_scan=lambda done, total: told.append((done, total)))
    assert source.row_count == 600_000
    assert told[-1] == (path.stat().st_size, path.stat().st_size)
    assert sorted(told) == told
    assert len(told) > 1


def test_chunks_go_on_after_any_row(tmp_path):
    path = write(tmp_path, "n,t\n" + "".join(f"{n},{'x' * (n % 7)}\n" for n in range(5_000)))
    source = read(path)
    whole = [n for chunk in source.chunks(0, 1_000, 2**20) for n in chunk.columns["n"].values.tolist()]
    assert whole == list(range(5_000))
    rest = list(source.chunks(4_990, 3, 2**20))
    assert [chunk.columns["n"].values.tolist() for chunk in rest] == [
        [4990, 4991, 4992],
        [4993, 4994, 4995],
        [4996, 4997, 4998],
        [4999],
    ]
    assert rest[0].columns["n"].values.dtype == np.int64


CELLS = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=8),
)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 9), CELLS, CELLS), min_size=1, max_size=12),
    delimiter=st.sampled_from(",;\t|"),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_texts_come_back_as_the_standard_library_wrote_them(tmp_path_factory, rows, delimiter, line_end, quoting):
    texts = [tuple("" if cell is None else str(cell) for cell in row) for row in rows]
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows(texts)
    path = write(tmp_path_factory.mktemp("csv"), buffer.getvalue())
    types = dict.fromkeys(("column_1", "column_2", "column_3"), "text")
    source = read(path, types=types, delimiter=delimiter, skip_spaces=False, missing=("",), has_header=False)
    expected = [tuple(text if text.strip(" \t\n\r\v\f") else None for text in row) for row in texts]
    received = values_of(source)
    assert [row[0] for row in received] == [row[0] for row in texts]
    for text, value in zip(
        (text for row in expected for text in row), (value for row in received for value in row), strict=True
    ):
        # What consists of other white space only counts as empty, too.
        assert value == text or (value is None and not (text or "").strip())


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-(2**63), 2**63 - 1),
            st.floats(allow_nan=False, allow_infinity=False),
            st.datetimes(timezones=st.just(UTC)),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_numbers_and_times_come_back_exactly(tmp_path_factory, rows):
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([(n, repr(x), time.isoformat()) for n, x, time in rows])
    path = write(tmp_path_factory.mktemp("csv"), buffer.getvalue())
    types = {"column_1": "integer", "column_2": "float", "column_3": "timestamp"}
    assert values_of(read(path, types=types)) == rows
