"""Holds a table or a snapshot for as long as a `with` block lasts, also across restarts of the service.

A snapshot that is held neither expires nor can it be deleted; a table that is held cannot be deleted.
"""

import threading
from types import TracebackType
from typing import Any

import grpc

from tablefit.errors import TablefitError, TooBusy, Unavailable
from tablefit.rpc import status
from tablefit.rpc.calls import Patience, translated
from tablefit.v1 import data_service_pb2 as pb
from tablefit.v1.data_service_pb2_grpc import DataServiceStub

# A service that is restarted drops its holds; they are placed again as soon as it is back, however long that takes.
_PATIENCE_S = float("inf")


class Hold:
    """A context manager. Entering returns once the hold is in place; raises NotFound, WrongState, Unavailable.

    Or call `begin` and later `close`: the hold is then placed as soon as the service is there.
    """

    def __init__(self, stub: DataServiceStub, peer: str, request: pb.HoldTableRequest) -> None:
        self._stub, self._peer, self._request = stub, peer, request
        self._released = threading.Event()
        # Guards the choice between opening a call and releasing, so that no call is opened after the release.
        self._lock = threading.Lock()
        self._call: Any = None
        self._thread = threading.Thread(target=self._keep, name="hold", daemon=True)

    def __enter__(self) -> None:
        self._open()
        self.begin()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def begin(self) -> None:
        """Places the hold and keeps it, in a thread; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """Ends the hold."""
        with self._lock:
            self._released.set()
            if self._call is not None:
                self._call.cancel()
        self._thread.join()

    def _open(self) -> None:
        with self._lock:
            if self._released.is_set():
                return
            self._call = call = self._stub.HoldTable(self._request)
        with translated(self._peer):
            next(call)

    def _keep(self) -> None:
        """Waits at the open call; opens it again when the service goes away and comes back."""
        patience = Patience(_PATIENCE_S)
        while not self._released.is_set():
            try:
                for _ in self._call or ():
                    patience.reset()
                self._open()
                patience.reset()
            except grpc.RpcError as error:
                if self._released.is_set() or not self._survives(status.from_call(error, self._peer), patience):
                    return
            except TablefitError as error:
                if not self._survives(error, patience):
                    return

    def _survives(self, error: TablefitError, patience: Patience) -> bool:
        """Waits before the next try; False when what is held is gone or the hold released."""
        if isinstance(error, TooBusy):
            error = Unavailable(error.message)
        try:
            patience.wait_or_raise(error, self._released)
        except TablefitError:
            return False
        self._call = None
        return True
