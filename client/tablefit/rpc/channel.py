"""Opens channels to the services: message limits, keepalive, and retries of calls that may be repeated.

gRPC itself repeats the listed unary calls when the service is UNAVAILABLE, with growing pauses for about ten
seconds. Streams are taken up again by their clients, which know the position.
"""

import json

import grpc

from tablefit.rpc.settings import LIMIT_MESSAGE_BYTES

_REPEATABLE = {
    "tablefit.v1.DataService": ["GetTable", "ListTables", "ListRows"],
    "tablefit.v1.TrainingService": [
        "ListArchitectures",
        "GetTrainingJob",
        "ListTrainingJobs",
        "CancelTrainingJob",
    ],
}

_LOOPBACK = ("127.", "localhost:", "[::1]:")


def open_channel(address: str) -> grpc.Channel:
    """A channel to the service at HOST:PORT. It connects on the first call; the caller closes it."""
    # gRPC would send calls to this very machine through the environment's http_proxy too.
    own = address.startswith(_LOOPBACK)
    return grpc.insecure_channel(address, options=[*_options(), ("grpc.enable_http_proxy", int(not own))])


def _options() -> list[tuple[str, str | int]]:
    return [
        ("grpc.max_receive_message_length", LIMIT_MESSAGE_BYTES),
        ("grpc.max_send_message_length", LIMIT_MESSAGE_BYTES),
        # A dead host is noticed within a minute, also while a stream waits.
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        # A service that was restarted is found again at once, not after gRPC's two minutes of growing pauses.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 2_000),
        ("grpc.enable_retries", 1),
        ("grpc.service_config", json.dumps(_service_config())),
    ]


def _service_config() -> dict[str, object]:
    names = [{"service": service, "method": method} for service, methods in _REPEATABLE.items() for method in methods]
    retry_policy = {
        "maxAttempts": 5,
        "initialBackoff": "0.2s",
        "maxBackoff": "3s",
        "backoffMultiplier": 2.5,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    return {"methodConfig": [{"name": names, "retryPolicy": retry_policy}]}
