"""Runs a gRPC service: threads, limits, health with Watch, reflection, error translation.

Used by both services alike. Leaves to their `__main__` what is served, to `tablefit.rpc.interceptor` the errors, and to
`tablefit.rpc.process` how long.
"""

from collections.abc import Callable
from concurrent import futures
from dataclasses import dataclass

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from tablefit.errors import Unavailable
from tablefit.rpc.interceptor import ErrorInterceptor
from tablefit.rpc.settings import LIMIT_MESSAGE_BYTES

# An open stream holds a thread for as long as it lasts. As many calls are let in as there are threads, so a full server
# answers RESOURCE_EXHAUSTED instead of hanging.
THREAD_COUNT = 64
STOP_GRACE_S = 5.0


@dataclass(frozen=True)
class RunningServer:
    """A server that listens. `address` has the port in use, also when port 0 was asked for."""

    server: grpc.Server
    health: health.HealthServicer
    address: str

    def stop(self, grace_s: float = STOP_GRACE_S) -> None:
        """Refuses new calls, gives open ones `grace_s` seconds to end, then cancels them; returns when all is over."""
        self.health.enter_graceful_shutdown()
        self.server.stop(grace_s).wait()


def start_server(
    address: str,
    service: str,
    add_servicer: Callable[[grpc.Server], None],
    *,
    thread_count: int = THREAD_COUNT,
) -> RunningServer:
    """Serves at HOST:PORT (port 0: any free one); `service` is the full name, such as "tablefit.v1.DataService".

    Raises Unavailable when the address cannot be listened on.
    """
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=thread_count, thread_name_prefix="rpc"),
        interceptors=[ErrorInterceptor()],
        options=_options(),
        maximum_concurrent_rpcs=thread_count,
    )
    add_servicer(server)
    health_servicer = health.HealthServicer(
        experimental_non_blocking=True, experimental_thread_pool=futures.ThreadPoolExecutor(max_workers=1)
    )
    health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
    names = (service, health.SERVICE_NAME, reflection.SERVICE_NAME)
    reflection.enable_server_reflection(names, server)
    host = address.rpartition(":")[0]
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as error:
        raise Unavailable(f"Cannot listen on {address}: the address is in use or not this machine's.") from error
    server.start()
    for name in ("", service):
        health_servicer.set(name, health_pb2.HealthCheckResponse.SERVING)
    return RunningServer(server, health_servicer, f"{host}:{port}")


def _options() -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", LIMIT_MESSAGE_BYTES),
        ("grpc.max_send_message_length", LIMIT_MESSAGE_BYTES),
        # Two servers on one port would share its calls at random.
        ("grpc.so_reuseport", 0),
        # A vanished caller is noticed within a minute, and its thread freed.
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        # Clients ping every 30 s; gRPC's own default would take that for abuse.
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
    ]
