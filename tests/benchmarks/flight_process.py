"""Arrow Flight: a table in memory, served by pyarrow in a process of its own.

`python -m tests.benchmarks.flight_process` serves on a free port of this machine, writes the port to standard output
and ends when standard input does. A ticket is a JSON list, [rows, kinds of columns], where a kind is "int64", "int32",
"float64" or a number of bytes; the table of a ticket is made once, before anything is measured.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as arrow
from pyarrow import flight
from tablefit.rpc.settings import TARGET_MESSAGE_BYTES

ROOT = Path(__file__).resolve().parents[2]


class FlightProcess:
    """The server as a process of its own, and a connection to it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self._client = flight.connect(f"grpc://127.0.0.1:{int(self._process.stdout.readline())}")

    def seconds(self, row_count: int, kinds: Sequence[str | int]) -> float:
        """Receives the table with these columns; returns how long it took. Making it is not measured."""
        ticket = flight.Ticket(json.dumps([row_count, kinds]).encode())
        self._client.do_get(ticket).read_chunk()
        start = perf_counter()
        received = sum(chunk.data.num_rows for chunk in self._client.do_get(ticket))
        seconds = perf_counter() - start
        assert received == row_count
        return seconds

    def close(self) -> None:
        """Ends the connection and the process."""
        self._client.close()
        self._process.communicate()


class _Server(flight.FlightServerBase):  # type: ignore[misc]  # pyarrow says no types
    def do_get(self, _: Any, ticket: Any) -> Any:
        return flight.RecordBatchStream(_table(ticket.ticket))


@cache
def _table(ticket: bytes) -> Any:
    row_count, kinds = json.loads(ticket)
    columns = [_column(row_count, kind) for kind in kinds]
    table = arrow.table(columns, names=[f"column{place}" for place in range(len(kinds))])
    # In messages as large as those of the data service.
    batch_rows = max(1, TARGET_MESSAGE_BYTES * row_count // table.nbytes)
    return arrow.Table.from_batches(table.to_batches(max_chunksize=batch_rows))


def _column(row_count: int, kind: str | int) -> Any:
    generator = np.random.default_rng(1)
    if isinstance(kind, int):
        pixels = arrow.py_buffer(generator.integers(0, 256, row_count * kind, dtype=np.uint8))
        return arrow.FixedSizeBinaryArray.from_buffers(arrow.binary(kind), row_count, [None, pixels])
    if kind == "float64":
        return arrow.array(generator.normal(size=row_count))
    return arrow.array(generator.integers(0, 1000, row_count, dtype=kind))


def _serve() -> None:
    server = _Server("grpc://127.0.0.1:0")
    print(server.port, flush=True)
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    _serve()
