"""A data service at the other end of a socket that keeps what it was asked and gives answers that were laid ready."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tablefit.rpc.server import start_server
from tablefit.v1 import data_service_pb2 as pb
from tablefit.v1.data_service_pb2_grpc import DataServiceServicer, add_DataServiceServicer_to_server

PEOPLE = pb.Table(
    name="people",
    table_id="t1",
    kind=pb.TABLE_KIND_GENERAL,
    origin=pb.TABLE_ORIGIN_SERVICE,
    key_column="id",
    row_count=7,
    columns=[
        pb.Column(name="id", type=pb.COLUMN_TYPE_INTEGER),
        pb.Column(name="age", type=pb.COLUMN_TYPE_INTEGER, nullable=True),
        pb.Column(name="sex", type=pb.COLUMN_TYPE_CATEGORY),
    ],
)


class CannedService(DataServiceServicer):
    """`answers` maps the name of an rpc to its answer, or to the list of them for a stream. GetTable gives PEOPLE."""

    def __init__(self) -> None:
        self.address = ""
        self.answers: dict[str, Any] = {"GetTable": pb.GetTableResponse(table=PEOPLE)}
        self.requests: list[Any] = []

    def __getattribute__(self, name: str) -> Any:
        if not name[0].isupper():
            return super().__getattribute__(name)

        def answer(request: Any, context: Any) -> Any:
            self.requests.append(request)
            found = self.answers[name]
            return iter(found) if isinstance(found, list) else found

        return answer

    @property
    def last_request(self) -> Any:
        """The request that came last."""
        return self.requests[-1]


@contextmanager
def canned_service() -> Iterator[CannedService]:
    """Serves for the time of the block, on a free port."""
    service = CannedService()
    running = start_server(
        "127.0.0.1:0", "tablefit.v1.DataService", lambda server: add_DataServiceServicer_to_server(service, server)
    )
    service.address = running.address
    try:
        yield service
    finally:
        running.stop(0)
