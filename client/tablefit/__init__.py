"""tablefit fits Keras models to the rows of a MySQL table.

    import tablefit

    client = tablefit.Client()
    client.ingest("digits", "path/to/digits")
    x, y, class_names = client.to_numpy("digits")
    job = client.train("digits", architecture="mini_xception", epochs=5)
    for event in job:
        print(event)

`Client` speaks to both services; `tablefit.data.DataClient` and `tablefit.training.TrainingClient` to one each.
`tablefit.keras` feeds a model of your own. The exceptions are those of `tablefit.errors`.
"""

from typing import TYPE_CHECKING, Any

from tablefit.errors import (
    AlreadyExists,
    Cancelled,
    Internal,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    OutOfOrder,
    PermissionDenied,
    TablefitError,
    TooBusy,
    Unavailable,
    WrongState,
)

if TYPE_CHECKING:
    from tablefit.client import Client
    from tablefit.data import Column
    from tablefit.job import Job

__all__ = [
    "AlreadyExists",
    "Cancelled",
    "Client",
    "Column",
    "Internal",
    "InvalidInput",
    "Job",
    "NotAuthenticated",
    "NotFound",
    "OutOfOrder",
    "PermissionDenied",
    "TablefitError",
    "TooBusy",
    "Unavailable",
    "WrongState",
]


def __getattr__(name: str) -> Any:
    """What speaks to services, on first use: gRPC is slow to import, and a service's modules need only the errors."""
    if name == "Client":
        from tablefit import client

        return client.Client
    if name == "Job":
        from tablefit import job

        return job.Job
    if name == "Column":
        from tablefit import data

        return data.Column
    raise AttributeError(f"module 'tablefit' has no attribute {name!r}")
