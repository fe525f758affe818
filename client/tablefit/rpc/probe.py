"""`python -m tablefit.rpc.probe HOST:PORT` exits with 0 when the service there is serving.

For the health checks of containers.
"""

import sys

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tablefit.errors import InvalidInput
from tablefit.rpc.channel import open_channel
from tablefit.rpc.settings import check_address

TIMEOUT_S = 5.0


def is_serving(address: str, timeout_s: float = TIMEOUT_S) -> bool:
    """Whether the service at `address` answers SERVING within `timeout_s` seconds."""
    with open_channel(address) as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=timeout_s)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def main(arguments: list[str]) -> int:
    """Exit status: 0 serving, 1 not serving, 2 wrong usage."""
    if len(arguments) != 1:
        sys.stderr.write("expected one address HOST:PORT\n")
        return 2
    try:
        return 0 if is_serving(check_address(arguments[0])) else 1
    except InvalidInput as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
