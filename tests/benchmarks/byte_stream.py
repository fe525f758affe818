"""A gRPC stream of bytes and nothing else: as fast as messages of given sizes can go between two Python processes.

`python -m tests.benchmarks.byte_stream` serves on a free port of this machine, writes the port to standard output and
ends when standard input does. The request is a JSON list of sizes; the answer is a message of each size.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from time import perf_counter

import grpc

ROOT = Path(__file__).resolve().parents[2]
SERVICE, METHOD = "benchmark.Bytes", "Stream"
_LIMIT_BYTES = 64 * 1024 * 1024
_OPTIONS = [("grpc.max_receive_message_length", _LIMIT_BYTES), ("grpc.max_send_message_length", _LIMIT_BYTES)]


class ByteStream:
    """The server as a process of its own, and a connection to it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self._channel = grpc.insecure_channel(f"127.0.0.1:{int(self._process.stdout.readline())}", options=_OPTIONS)
        self._stream = self._channel.unary_stream(f"/{SERVICE}/{METHOD}")

    def seconds(self, sizes: list[int]) -> float:
        """Receives a message of each size; returns how long it took."""
        start = perf_counter()
        received = sum(map(len, self._stream(json.dumps(sizes).encode())))
        seconds = perf_counter() - start
        assert received == sum(sizes)
        return seconds

    def close(self) -> None:
        """Ends the connection and the process."""
        self._channel.close()
        self._process.communicate()


def _send(request: bytes, _: grpc.ServicerContext) -> Iterator[bytes]:
    sizes = json.loads(request)
    made = {size: bytes(size) for size in set(sizes)}
    return map(made.__getitem__, sizes)


def _serve() -> None:
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2), options=_OPTIONS)
    handlers = {METHOD: grpc.unary_stream_rpc_method_handler(_send)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    sys.stdin.read()
    server.stop(None).wait()


if __name__ == "__main__":
    _serve()
