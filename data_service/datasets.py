"""Datasets: one SELECT under a name, which is read wherever a table is.

Leaves which queries may run to `queries`, and running them to the store.
"""

import hashlib
from dataclasses import dataclass, replace
from typing import Literal

from data_service import names
from data_service.queries import check_query, keep_order
from data_service.schema import Table
from data_service.store import Store
from data_service.tables import LIMIT_DESCRIPTION_CHARACTERS, LIMIT_ID_CHARACTERS, check_text

LIMIT_QUERY_CHARACTERS = 65_536


@dataclass(frozen=True)
class NewDataset:
    """A dataset to be made. `request_id` is empty or protects a repeated call; `validate_only` keeps nothing."""

    name: str
    query: str
    description: str = ""
    request_id: str = ""
    validate_only: bool = False


class Datasets:
    """The datasets of a store, as callers see them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, wanted: NewDataset) -> Table:
        """Makes a dataset; with a `request_id` a repeated call returns the same one. InvalidInput, AlreadyExists."""
        check_text(wanted.description, LIMIT_DESCRIPTION_CHARACTERS, "description")
        check_text(wanted.request_id, LIMIT_ID_CHARACTERS, "request_id")
        check_text(wanted.query, LIMIT_QUERY_CHARACTERS, "query")
        name = names.check_name(wanted.name, "name")
        queries = self._store.queries
        digest = _digest(replace(wanted, name=names.key(name)))
        made_before = queries.find_request(wanted.request_id, digest)
        if made_before:
            return self._store.get_table_by_id(made_before.table_id)
        queries.refuse_taken(name)
        dialect: Literal["mysql", "sqlite"] = "sqlite" if queries.dialect == "sqlite" else "mysql"
        checked = check_query(
            wanted.query, dialect=dialect, database=queries.database_name, known_tables=queries.readable_names()
        )
        query = keep_order(checked.sql, dialect)
        columns = queries.describe(query)
        dataset = queries.make(name, query, wanted.description, columns, (wanted.request_id, digest))
        if wanted.validate_only:
            return queries.shown(dataset)
        return self._store.get_table_by_id(queries.add(dataset).table_id)


def _digest(wanted: NewDataset) -> str:
    content = "\0".join((wanted.name, wanted.query, wanted.description))
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
