"""Addresses, and the limits that both ends of a call share."""

import os
from collections.abc import Mapping

from tablefit.errors import InvalidInput

DATA_SERVICE_ADDRESS = "127.0.0.1:7501"
TRAINING_SERVICE_ADDRESS = "127.0.0.1:7502"
DATA_SERVICE_VARIABLE = "TABLEFIT_DATA_SERVICE"
TRAINING_SERVICE_VARIABLE = "TABLEFIT_TRAINING_SERVICE"

# One message at most: a batch part of a single row of 4,096 x 4,096 RGB pixels (48 MiB) and its frame.
LIMIT_MESSAGE_BYTES = 64 * 1024 * 1024
# A model of the caller's own; the rest of the message has room beside it.
LIMIT_OWN_MODEL_BYTES = 60 * 1024 * 1024
# What messages of streams aim at: large enough to make the cost per message small, small enough to buffer.
TARGET_MESSAGE_BYTES = 1024 * 1024


def data_service_address(given: str | None = None, environment: Mapping[str, str] = os.environ) -> str:
    """The data service to call: `given`, else the environment's, else 127.0.0.1:7501."""
    return check_address(given or environment.get(DATA_SERVICE_VARIABLE) or DATA_SERVICE_ADDRESS)


def training_service_address(given: str | None = None, environment: Mapping[str, str] = os.environ) -> str:
    """The training service to call: `given`, else the environment's, else 127.0.0.1:7502."""
    return check_address(given or environment.get(TRAINING_SERVICE_VARIABLE) or TRAINING_SERVICE_ADDRESS)


def check_address(address: str) -> str:
    """`address` itself when it has the form HOST:PORT ([HOST]:PORT for IPv6); else InvalidInput."""
    host, colon, port = address.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    bracketed = host != bare
    fits = bool(colon and bare) and (":" in bare) == bracketed
    if not fits or not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise InvalidInput(f"expected an address HOST:PORT such as {DATA_SERVICE_ADDRESS}, received {address!r}")
    return address
