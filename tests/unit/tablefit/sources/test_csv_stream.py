"""Spaces behind delimiters are taken away, wherever the file is cut into blocks."""

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st
from tablefit.sources.csv_stream import CsvStream


def stream_of(folder, content: bytes, start: int = 0) -> CsvStream:
    (folder / "a.csv").write_bytes(content)
    return CsvStream(folder / "a.csv", start, ",")


def read_in_blocks(stream: CsvStream, sizes: list[int]) -> bytes:
    content, turn = b"", 0
    while block := stream.read(sizes[turn % len(sizes)]):
        content, turn = content + block, turn + 1
    stream.close()
    return content


def test_spaces_within_quotes_and_values_stay(tmp_path):
    stream = stream_of(tmp_path, b'skipped\na b,  "c, d" ,e , \n "x, ""y"", z", 1', len(b"skipped\n"))
    assert read_in_blocks(stream, [100]) == b'a b,"c, d" ,e ,\n "x, ""y"", z",1'


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(st.lists(st.text('a ,"\n', max_size=6), min_size=2, max_size=3), min_size=1, max_size=5),
    sizes=st.lists(st.integers(1, 7), min_size=1, max_size=4),
)
def test_records_are_those_of_the_standard_library(tmp_path_factory, rows, sizes):
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows(rows)
    # A space behind each delimiter outside quotes: between the quotes of two fields.
    spaced = "\r\n".join(", ".join(f'"{field.replace(chr(34), chr(34) * 2)}"' for field in row) for row in rows)
    content = read_in_blocks(stream_of(tmp_path_factory.mktemp("csv"), spaced.encode()), sizes).decode()
    assert content + "\r\n" == buffer.getvalue()
