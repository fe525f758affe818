"""The models of earlier jobs that new ones start from: found when a job is made, and kept in its folder until it runs.

Leaves to `tablefit.keras.start_from` which weights fit.
"""

import fnmatch
import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path

from tablefit.errors import InvalidInput
from tablefit.models.code import code_refused, find_code, read_config

from training_service import models
from training_service.adviser import Adviser
from training_service.bringing import bring
from training_service.estimates import ask_network
from training_service.native import StartingWeights
from training_service.native_script import START_NAME
from training_service.options import closest
from training_service.records import Records
from training_service.specification import Specification

LIMIT_PATTERNS = 100
LIMIT_PATTERN = 200
_FIELD = "spec.starting_weights"


@dataclass(frozen=True)
class EarlierModels:
    """The models below the service's `directory`. `allow_own_code` lets those be used that run code of a caller's."""

    records: Records
    directory: Path
    allow_own_code: bool = False

    def look_up(
        self, specification: Specification, asked: StartingWeights | None, adviser: Adviser
    ) -> StartingWeights | None:
        """What was asked for with the digest of its model, once its patterns fit the network.

        Raises NotFound for an unknown job, WrongState for one without a model, InvalidInput for a pattern without a
        layer and for a model that runs code, unless that is allowed.
        """
        if asked is None:
            return None
        path = self._file(asked.job_id)
        if asked.frozen_layers:
            check_patterns(asked.frozen_layers, ask_network(adviser, specification)["layers"])
        runs_code = self.check_code(path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return replace(asked, sha256=digest, runs_code=runs_code)

    def check_code(self, path: Path) -> bool:
        """Whether the model of a file runs code. Raises InvalidInput when it does and that is not allowed."""
        code = find_code(read_config(path))
        if code and not self.allow_own_code:
            raise InvalidInput(code_refused(code).message, field=_FIELD)
        return bool(code)

    def bring(self, specification: Specification, folder: Path) -> None:
        """Puts the model that a job starts with into its folder, so that it no longer depends on the earlier job.

        Raises TooBusy when there is no room; NotFound, WrongState when the model was deleted meanwhile.
        """
        starting = specification.native.starting_weights
        if starting is not None:
            bring(self._file(starting.job_id), folder / START_NAME, f"The model of job {starting.job_id}")

    def _file(self, job_id: str) -> Path:
        """The model's file, which may have outlived its job. Raises NotFound, WrongState."""
        if re.fullmatch(r"[0-9a-f]{1,64}", job_id):
            path = models.place_of(self.directory, job_id)
            if path.is_file():
                return path
        raise models.no_model_of(self.records.get_job(job_id))


def check_patterns(patterns: tuple[str, ...], layers: list[str]) -> None:
    """Raises InvalidInput for a pattern that no layer's name matches."""
    if len(patterns) > LIMIT_PATTERNS or max(map(len, patterns)) > LIMIT_PATTERN:
        limits = f"{LIMIT_PATTERNS} patterns of {LIMIT_PATTERN} characters at most"
        raise InvalidInput(f"expected {limits}, received more", field=_FIELD)
    for pattern in patterns:
        if not any(fnmatch.fnmatchcase(name, pattern) for name in layers):
            hint = closest(pattern, layers) or f" There are {', '.join(layers[:20])}."
            raise InvalidInput(f"expected the names of layers to freeze, received {pattern!r}.{hint}", field=_FIELD)
