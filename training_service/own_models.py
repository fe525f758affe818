"""The models that callers bring, kept once each under their digest, until no job names them.

    own-models/SHA-256.json | SHA-256.keras

Leaves to `own_networks` whether one fits a job, and to `tablefit.keras.load_own` the loading.
"""

import hashlib
import threading
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tablefit.errors import InvalidInput
from tablefit.rpc.settings import LIMIT_OWN_MODEL_BYTES

from training_service.adviser import Adviser
from training_service.bringing import bring
from training_service.native import OwnModel
from training_service.specification import Specification

FOLDER = "own-models"
FIELD = "spec.own_model"


def named(kind: str, content: bytes) -> OwnModel:
    """The model of that content."""
    return OwnModel(kind, hashlib.sha256(content).hexdigest())


def ask_own(adviser: Adviser, own: OwnModel, *, allow_code: bool) -> dict[str, Any]:
    """What `child.own_models.examine` says of it. Raises InvalidInput for one that cannot be used, Unavailable."""
    # The adviser's process runs in a folder beside that of the models.
    path = f"../{FOLDER}/{_file_name(own)}"
    answer = adviser.ask("own_model", path=path, sha256=own.sha256, allow_code=allow_code)
    if answer["problem"]:
        raise InvalidInput(answer["problem"], field=FIELD)
    return answer


@dataclass(frozen=True)
class OwnModels:
    """Those below the service's `directory`. Usable from all threads."""

    directory: Path

    def keep(self, kind: str, content: bytes) -> OwnModel:
        """Keeps a model: whole, or not at all. Raises InvalidInput for one that is too large."""
        if len(content) > LIMIT_OWN_MODEL_BYTES:
            limit = f"a model of at most {LIMIT_OWN_MODEL_BYTES:,} bytes"
            raise InvalidInput(f"expected {limit}, received {len(content):,}", field=FIELD)
        own = named(kind, content)
        path = self._path(own)
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f".{path.name}.{threading.get_ident()}")
            unfinished.write_bytes(content)
            unfinished.replace(path)
        return own

    def bring(self, specification: Specification, folder: Path) -> None:
        """Puts the model of a job, if it has one, into the job's folder.

        Raises TooBusy when there is no room, WrongState when the model is no longer there.
        """
        own = specification.native.own_model
        if own is not None:
            bring(self._path(own), folder / own.file_name, "The model that was given")

    def drop_unnamed(self, digests: Collection[str]) -> None:
        """Removes the models that no job names, such as those of jobs that were refused or deleted."""
        folder = self.directory / FOLDER
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.stem not in digests:
                path.unlink()

    def _path(self, own: OwnModel) -> Path:
        return self.directory / FOLDER / _file_name(own)


def _file_name(own: OwnModel) -> str:
    return f"{own.sha256}.{own.kind}"
