"""What is measured, against whom and with which targets: the contests of one run.

cold      a new service without snapshot or cache reads its first epoch
later     the same service's following epochs
ingest    from a folder into MySQL
growth    memory of the service, and time, at ten times the rows
training  jobs of ten epochs
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tests import engines
from tests.benchmarks.arena import Arena
from tests.benchmarks.byte_stream import ByteStream
from tests.benchmarks.contests import Line
from tests.benchmarks.flight_process import FlightProcess
from tests.benchmarks.growth import measure_image_growth, measure_tabular_growth
from tests.benchmarks.image_contests import measure_images
from tests.benchmarks.keras_process import KerasProcess
from tests.benchmarks.ours import our_services
from tests.benchmarks.tabular import tabular_work
from tests.benchmarks.tabular_contests import measure_table
from tests.benchmarks.training import measure_training
from tests.benchmarks.works import works


def measure(row_count: int, rounds: int, folder: Path, *, with_keras: bool = True) -> Iterator[Line]:
    """Measures everything at the scale of `row_count` PNG files, on a private MySQL; yields lines as they are done."""
    with ExitStack() as stack:
        arena = _arena(stack, folder, with_keras=with_keras)
        for work in works(row_count):
            yield from measure_images(arena, work, rounds)
        table = tabular_work(row_count)
        yield from measure_table(arena, table, rounds)
        yield from measure_image_growth(arena, works(row_count)[0], rounds)
        yield from measure_tabular_growth(arena, table, rounds)


def measure_jobs(rounds: int, folder: Path) -> Iterator[Line]:
    """Measures training through both services against Keras by itself; yields lines as they are done."""
    with ExitStack() as stack:
        yield from measure_training(_arena(stack, folder, with_keras=False), rounds)


def _arena(stack: ExitStack, folder: Path, *, with_keras: bool) -> Arena:
    server = stack.enter_context(engines.serve("mysql"))
    if isinstance(server, engines.PrivateServer):
        # As MySQL is by itself; the tests' servers commit without waiting for the disk.
        server.execute("SET GLOBAL innodb_flush_log_at_trx_commit = 1")
    url = server.create_database()
    stack.callback(server.drop_database, url)
    bare = stack.enter_context(server.connect(url.rpartition("/")[2]))
    start_service = stack.enter_context(our_services(folder, url))
    bytes_only, flight = ByteStream(), FlightProcess()
    stack.callback(bytes_only.close)
    stack.callback(flight.close)
    keras = KerasProcess() if with_keras else None
    if keras is not None:
        stack.callback(keras.close)
    return Arena(folder, url, start_service, bare, bytes_only, flight, keras)
