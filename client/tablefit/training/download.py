"""Fetches a model's file: into a temporary file beside the target, taken up again after a break, checked, renamed."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tablefit.errors import Internal, InvalidInput, TablefitError
from tablefit.rpc.calls import Patience, translated
from tablefit.training.records import ModelFile

PATIENCE_S = 30.0


@dataclass(frozen=True)
class Download:
    """One transfer of a model to `path`; `open_stream` asks for the bytes from an offset on."""

    open_stream: Callable[[int], Iterator[Any]]
    peer: str
    model_id: str
    path: Path
    on_progress: Callable[[int, int], None] | None

    def run(self) -> ModelFile:
        """Downloads the file; nothing is left at `path` or beside it when that fails."""
        if self.path.is_dir():
            raise InvalidInput(f"{self.path} is a folder; expected the name of the file to write.")
        try:
            with tempfile.NamedTemporaryFile(dir=self.path.parent, prefix=f".{self.path.name}.", delete=False) as file:
                try:
                    model = self._fetch(file)
                    file.flush()
                    os.fsync(file.fileno())
                    os.chmod(file.name, 0o666 & ~_umask())
                    os.replace(file.name, self.path)
                except BaseException:
                    os.unlink(file.name)
                    raise
        except OSError as error:
            raise InvalidInput(f"Cannot write {self.path}: {error.strerror}.") from error
        return model

    def _fetch(self, file: IO[bytes]) -> ModelFile:
        digest, patience = hashlib.sha256(), Patience(PATIENCE_S)
        while True:
            try:
                model = self._receive(file, digest.update, patience)
            except TablefitError as error:
                patience.wait_or_raise(error)
                continue
            if digest.hexdigest() != model.sha256:
                raise Internal(f"The model {self.model_id} arrived damaged; try the download again.")
            return model

    def _receive(self, file: IO[bytes], update: Callable[[bytes], None], patience: Patience) -> ModelFile:
        """Appends what is missing of the file over one call."""
        header = None
        with translated(self.peer):
            for response in self.open_stream(file.tell()):
                # Not for the progress of a conversion, which may break off at the same place each time.
                match response.WhichOneof("content"):
                    case "header":
                        header = response.header
                    case "data":
                        patience.reset()
                        file.write(response.data)
                        update(response.data)
                if self.on_progress is not None and header is not None:
                    self.on_progress(file.tell(), header.size_bytes)
        if header is None:
            raise Internal(f"The {self.peer} sent nothing of the model {self.model_id}; try the download again.")
        return ModelFile(header.file_name, header.size_bytes, header.sha256, header.parameter_count)


def _umask() -> int:
    """The process's file mode mask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
