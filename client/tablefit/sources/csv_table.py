"""CSV and TSV as a table: which record is a header, which types the columns have, and the values.

    39, State-gov, 77516          a header is found by its content: its fields are neither empty, equal nor missing,
    50, Self-emp, 83311           none is a number, boolean or time, and below one of them stand such values, or a few
                                  texts again and again that it is not one of

Without a header columns are column_1, column_2 and so on, or as `options.names` says. Parsed by pyarrow, several times
as fast as the standard library, a block at a time; types follow from all rows (see `text_inference`). Empty lines do
not count. Delimiters are found by `csv_look`.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from tablefit.errors import InvalidInput
from tablefit.sources.chunking import Digest
from tablefit.sources.column_names import check_known, numbered_names, unique_names
from tablefit.sources.columns import ColumnArray, ColumnChunk, ColumnTypeName, SourceColumn
from tablefit.sources.csv_faults import find_fault, line_of
from tablefit.sources.csv_look import CsvLook, look_at
from tablefit.sources.csv_stream import CsvStream
from tablefit.sources.options import TableReadOptions
from tablefit.sources.table_source import Scan
from tablefit.sources.text_inference import ColumnInference
from tablefit.sources.text_values import Texts, Unfit, parse

# A record must fit into a block, and some blocks are on their way at once.
_BLOCK_BYTES = 4 * 1024 * 1024

ScanProgress = Callable[[int, int], None]
_NUMERIC: tuple[ColumnTypeName, ...] = ("integer", "float", "boolean", "timestamp")


@dataclass
class CsvTable:
    """The content of a file. `on_scan` gets the bytes that the first reading has done, and all there are."""

    path: Path
    options: TableReadOptions
    on_scan: ScanProgress | None = None
    _has_header: bool = False

    def __post_init__(self) -> None:
        self._missing = pa.array(self.options.missing, pa.string())

    @property
    def origin(self) -> str:
        """The file's name."""
        return self.path.name

    def scan(self) -> Scan:
        """The columns with the types that all rows fit, and how many rows there are."""
        look = look_at(self.path, self.options)
        digest = hashlib.sha256(self.options.digest_text().encode())
        if not look.first:
            return Scan((), 0, digest.hexdigest())
        if self.options.delimiter is not None and len(look.first) == 1:
            raise InvalidInput(
                f"{self.path} has no {self.options.delimiter!r} in its first line; expected the delimiter that stands "
                "there, which is found out when none is given.",
                field="delimiter",
            )
        named = self._naming(look)
        given = {} if named is None else self._given_types(named[0])
        known = named[0] if named is not None else numbered_names(len(look.first))
        inferences = [ColumnInference(name, given.get(name)) for name in known]
        row_count = 0
        for texts in self._texts(look, look.first_end, digest):
            self._infer(inferences, texts, row_count)
            row_count += len(texts[0])
        names, has_header = named or (None, None)
        if has_header is None:
            has_header = self._looks_like_header(look.first, inferences)
        if names is None:
            names = unique_names(look.first) if has_header else numbered_names(len(look.first))
        if not has_header:
            # The infinities of other rows were counted from the second record on.
            self._infer(inferences, [pa.array([text]) for text in look.first], -1)
            row_count += 1
        self._has_header = has_header
        columns = tuple(map(self._column, names, inferences))
        digest.update(repr((columns, has_header)).encode())
        return Scan(columns, row_count, digest.hexdigest())

    def read(self, columns: tuple[SourceColumn, ...]) -> Iterator[ColumnChunk]:
        """The rows. Raises InvalidInput, also for a file that was changed since `scan`."""
        look = look_at(self.path, self.options)
        if len(look.first) != len(columns):
            raise InvalidInput(f"{self.path} was changed while it was read; begin again.")
        record = 1 if self._has_header else 0
        for texts in self._texts(look, look.first_end if self._has_header else look.start, None):
            row_count = len(texts[0])
            arrays = {}
            for place, column in enumerate(columns):
                arrays[column.name] = self._parse(texts[place], column, record)
            yield ColumnChunk(row_count, arrays)
            record += row_count

    def _naming(self, look: CsvLook) -> tuple[tuple[str, ...], bool | None] | None:
        """The names of the columns and whether there is a header, as far as the options say; None when the rows must
        tell."""
        options, count = self.options, len(look.first)
        if options.names is not None:
            if len(options.names) != count:
                raise InvalidInput(
                    f"{self.path} has {count} columns; expected as many names, received {len(options.names)}.",
                    field="names",
                )
            return unique_names(options.names), options.has_header
        header = unique_names(look.first)
        if options.has_header is not None:
            return (header if options.has_header else numbered_names(count)), options.has_header
        # Who names a column of the first record has said that it is a header.
        if any(name in header for name in options.types):
            return header, True
        return (numbered_names(count), False) if options.types else None

    def _given_types(self, names: tuple[str, ...]) -> Mapping[str, ColumnTypeName]:
        types = self.options.types
        check_known(types, names, str(self.path))
        unread = [name for name, type_name in types.items() if type_name in ("tensor", "image")]
        if unread:
            raise InvalidInput(
                f"A column of {self.path} is a {types[unread[0]]} by its given type; CSV holds numbers, times and "
                "texts. For images, list their paths and labels in a manifest.",
                field="types",
            )
        return types

    def _infer(self, inferences: list[ColumnInference], texts: list[Texts], first_row: int) -> None:
        for inference, column in zip(inferences, texts, strict=True):
            try:
                inference.add(column, self._missing, first_row)
            except Unfit as unfit:
                # Rows are counted from the second record on here.
                raise self._unfit(unfit, first_row + 1, inference.name, inference.type) from unfit

    def _column(self, name: str, inference: ColumnInference) -> SourceColumn:
        if inference.infinity is not None and inference.type == "float":
            row, text = inference.infinity
            raise InvalidInput(
                f"Line {line_of(self.path, self.options, row + 1)} of {self.path} has {text!r} in the column {name}; "
                "expected finite numbers, since databases hold no others. Leave the field empty, or add it to the "
                "texts that mean a missing value."
            )
        return SourceColumn(name, inference.type, inference.null_count > 0)

    def _parse(self, texts: Texts, column: SourceColumn, first_record: int) -> ColumnArray:
        try:
            # A column in which nothing was missing need not be searched again.
            return parse(texts, self._missing if column.nullable else self._missing[:0], column.type)
        except Unfit as unfit:
            raise self._unfit(unfit, first_record, column.name, column.type) from unfit

    def _unfit(self, unfit: Unfit, first_record: int, column: str, type_name: ColumnTypeName) -> InvalidInput:
        line = line_of(self.path, self.options, first_record + unfit.index)
        return InvalidInput(
            f"Line {line} of {self.path} has {unfit.text!r} in the column {column}; expected {_SAYING[type_name]}."
        )

    def _looks_like_header(self, first: tuple[str, ...], inferences: list[ColumnInference]) -> bool:
        names = {field.strip().casefold() for field in first}
        if len(names) < len(first) or "" in names:
            return False
        for text in first:
            field = ColumnInference(text)
            field.add(pa.array([text]), self._missing, 0)
            if field.null_count or not field.is_text:
                return False
        return any(
            inference.type in _NUMERIC or (inference.type == "category" and text not in inference.distinct.texts)
            for text, inference in zip(first, inferences, strict=True)
        )

    def _texts(self, look: CsvLook, start: int, digest: Digest | None) -> Iterator[list[Texts]]:
        """The fields from the byte `start` on, by column, a block at a time."""
        stream = CsvStream(self.path, start, look.delimiter if look.skip_spaces else None)
        size_bytes = self.path.stat().st_size
        if digest is not None:
            digest.update(repr(look).encode())
            stream.digest = digest
            if self.on_scan is not None:
                on_scan = self.on_scan
                stream.on_read = lambda done_bytes: on_scan(done_bytes, size_bytes)
        try:
            for batch in _open_reader(stream, look):
                if batch.num_rows:
                    yield batch.columns
        except pa.ArrowInvalid as error:
            if str(error) == "Empty CSV file":
                return
            raise find_fault(self.path, look, _BLOCK_BYTES, str(error)) from error
        finally:
            stream.close()
        if stream.quote_count % 2 and (fault := find_fault(self.path, look, _BLOCK_BYTES, None)):
            raise fault


def _open_reader(stream: CsvStream, look: CsvLook) -> Any:
    names = numbered_names(len(look.first))
    return pa.csv.open_csv(
        pa.PythonFile(stream, "r"),
        read_options=pa.csv.ReadOptions(block_size=_BLOCK_BYTES, column_names=names),
        parse_options=pa.csv.ParseOptions(delimiter=look.delimiter, newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), null_values=[], strings_can_be_null=False
        ),
    )


_SAYING: dict[ColumnTypeName, str] = {
    "integer": "an integer of at most 64 bits",
    "float": "a finite number",
    "boolean": "true or false (or yes/no, on/off, 1/0)",
    "timestamp": "a date or time such as 2026-01-31 or 2026-01-31T12:30:00Z, to the microsecond",
    "text": "a text",
    "category": "a text",
    "bytes": "a text",
}
