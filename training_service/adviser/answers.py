"""Keeps answers on disk, one small file each, for the library versions that gave them.

DIRECTORY/VERSIONS/QUESTION.json    both names are digests; other versions' folders are dropped at the start
"""

import hashlib
import importlib.metadata
import json
import logging
import os
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tablefit

_log = logging.getLogger(__name__)

LIMIT_ANSWERS = 4096
_LIBRARIES = ("keras", "tensorflow", "tensorflow-cpu", "numpy", "tensorboard")


class Answers:
    """The answers kept in `directory`. Usable from all threads."""

    def __init__(self, directory: Path) -> None:
        self._folder = directory / _digest([_versions(), _child_source()])
        self._lock = threading.Lock()
        self._folder.mkdir(parents=True, exist_ok=True)
        for other in directory.iterdir():
            if other.is_dir() and other != self._folder:
                shutil.rmtree(other)

    def find(self, question: str, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
        """The answer to a question that was asked before. One that cannot be read, as after a power cut, is none."""
        try:
            answer: dict[str, Any] = json.loads(self._path(question, arguments).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return answer

    def keep(self, question: str, arguments: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Keeps an answer: whole, or not at all. A disk that is full only costs asking again."""
        path = self._path(question, arguments)
        temporary = path.with_suffix(f".{threading.get_ident()}")
        try:
            with self._lock:
                self._make_room()
                temporary.write_text(json.dumps(answer), encoding="utf-8")
                temporary.replace(path)
        except OSError as error:
            _log.warning("an answer of Keras cannot be kept: %s", error.strerror)

    def _make_room(self) -> None:
        """Drops the older half when there are too many."""
        entries = list(os.scandir(self._folder))
        if len(entries) >= LIMIT_ANSWERS:
            for entry in sorted(entries, key=lambda entry: entry.stat().st_mtime)[: LIMIT_ANSWERS // 2]:
                os.unlink(entry)

    def _path(self, question: str, arguments: Mapping[str, Any]) -> Path:
        return self._folder / f"{_digest([question, arguments])}.json"


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]


def _versions() -> dict[str, str]:
    found = {}
    for library in _LIBRARIES:
        try:
            found[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _child_source() -> str:
    """The text of what answers: another release may answer otherwise with the same libraries."""
    own = sorted((Path(__file__).parent / "child").glob("*.py"))
    # It says which models are refused.
    loading = Path(str(tablefit.__file__)).parent / "keras" / "own_models.py"
    return "".join(path.read_text(encoding="utf-8") for path in [*own, loading])
