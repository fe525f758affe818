"""Datasets: queries under names, one JSON file each in a folder of the service.

    FOLDER/<SHA-256 of the name's key>.json    appears whole or not at all; services may share the folder
    FOLDER/lock                                held while anything changes

Leaves checking a query to `data_service.queries`, and its columns to `reflection`.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tablefit.errors import AlreadyExists, InvalidInput, NotFound, WrongState

from data_service import names
from data_service.schema import Column, TableKind, TableOrigin
from data_service.store.catalogue import Entry, columns_of, columns_text

ID_PREFIX = "query-"


@dataclass(frozen=True)
class Dataset:
    """A query under a name. `query` is what runs, `columns` what it returns; `request_id` may be empty."""

    dataset_id: str
    name: str
    query: str
    description: str
    columns: tuple[Column, ...]
    create_time: datetime
    update_time: datetime
    request_id: str = ""
    request_digest: str = ""


class DatasetFolder:
    """The datasets of one database, in a folder that need not exist yet; without a folder there are none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def all(self) -> list[Dataset]:
        """All datasets, in order of name."""
        paths = self._folder.glob("*.json") if self._folder else ()
        found = [dataset for path in paths if (dataset := _read(path))]
        return sorted(found, key=lambda dataset: names.key(dataset.name))

    def find(self, name: str) -> Dataset | None:
        """The dataset of that name, if there is one."""
        return _read(self._path(name)) if self._folder else None

    def find_request(self, request_id: str, digest: str) -> Dataset | None:
        """The dataset that the same request made. InvalidInput when another one came with its id."""
        found = next((dataset for dataset in self.all() if request_id and dataset.request_id == request_id), None)
        if found and found.request_digest != digest:
            raise InvalidInput(
                f"expected a request_id of its own for each dataset, received one that made {found.name!r}",
                field="request_id",
            )
        return found

    def add(self, dataset: Dataset) -> Dataset:
        """Keeps a dataset, or returns the one that the same request made. AlreadyExists, InvalidInput."""
        with self._changing():
            made_before = self.find_request(dataset.request_id, dataset.request_digest)
            if made_before:
                return made_before
            self._refuse_taken(dataset.name)
            self._write(dataset)
            return dataset

    def change(self, dataset_id: str, new_name: str | None, description: str | None) -> Dataset:
        """Renames or describes a dataset, or both. NotFound, AlreadyExists."""
        with self._changing():
            present = self._by_id(dataset_id)
            changed = replace(
                present,
                name=present.name if new_name is None else new_name,
                description=present.description if description is None else description,
                update_time=datetime.now(UTC),
            )
            if names.key(changed.name) != names.key(present.name):
                self._refuse_taken(changed.name)
            self._write(changed)
            if self._path(changed.name) != self._path(present.name):
                self._path(present.name).unlink()
            return changed

    def remove(self, dataset_id: str) -> None:
        """Forgets a dataset. NotFound."""
        with self._changing():
            self._path(self._by_id(dataset_id).name).unlink()

    def _by_id(self, dataset_id: str) -> Dataset:
        found = next((dataset for dataset in self.all() if dataset.dataset_id == dataset_id), None)
        if found is None:
            raise NotFound("The dataset has been deleted.")
        return found

    def _refuse_taken(self, name: str) -> None:
        taken = self.find(name)
        if taken:
            raise AlreadyExists(f"There is a dataset {taken.name!r} already.", details={"table": taken.name})

    def _path(self, name: str) -> Path:
        return self._required() / f"{hashlib.sha256(names.key(name).encode()).hexdigest()}.json"

    def _required(self) -> Path:
        if self._folder is None:
            raise WrongState("This service has no folder to keep datasets in.")
        return self._folder

    @contextmanager
    def _changing(self) -> Iterator[None]:
        folder = self._required()
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, dataset: Dataset) -> None:
        fields = {
            **vars(dataset),
            "columns": columns_text(dataset.columns),
            "create_time": dataset.create_time.isoformat(),
            "update_time": dataset.update_time.isoformat(),
        }
        path = self._path(dataset.name)
        fresh = path.with_suffix(".part")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(fields, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def entry_of(dataset: Dataset) -> Entry:
    """The dataset as an entry like those of tables."""
    return Entry(
        table_id=dataset.dataset_id,
        name=dataset.name,
        kind=TableKind.GENERAL,
        description=dataset.description,
        create_time=dataset.create_time,
        update_time=dataset.update_time,
        columns=dataset.columns,
        key_column="",
        read_only=True,
        origin=TableOrigin.QUERY,
        query=dataset.query,
    )


def _read(path: Path) -> Dataset | None:
    try:
        fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    times = {name: datetime.fromisoformat(fields[name]) for name in ("create_time", "update_time")}
    return Dataset(**{**fields, **times, "columns": columns_of(fields["columns"])})
