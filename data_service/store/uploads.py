"""Uploads and their chunks: how far each is, and what was committed under each number.

A chunk's record is written in the transaction of its rows. Leaves the rows themselves to `inserting`, and whether a
repeated chunk has the same content to `data_service.ingest`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sql
from tablefit.errors import InvalidInput, OutOfOrder, WrongState

from data_service.columns import ColumnArray, to_microseconds
from data_service.schema import Appended, Chunk, ChunkRecord, ColumnRows, Rejection, UploadRecord
from data_service.store.catalogue import Entry, utc_now
from data_service.store.inserting import image_columns, insert, insert_each
from data_service.store.layout import CHUNKS, UPLOADS
from data_service.store.row_table import row_table


def find(connection: sql.Connection, table_id: str, upload_id: str) -> UploadRecord | None:
    """Where the upload stands; None when nothing was committed under its id yet."""
    row = connection.execute(sql.select(UPLOADS).where(*_is_upload(UPLOADS, table_id, upload_id))).first()
    if row is None:
        return None
    return UploadRecord(row.next_chunk, row.committed_rows, row.rejected_rows, bool(row.finished))


def find_chunk(connection: sql.Connection, table_id: str, upload_id: str, number: int) -> ChunkRecord | None:
    """What was committed under that number, if anything."""
    query = sql.select(CHUNKS).where(*_is_upload(CHUNKS, table_id, upload_id), CHUNKS.c.number == number)
    row = connection.execute(query).first()
    if row is None:
        return None
    rejections = tuple(Rejection(*fields) for fields in json.loads(row.rejections))
    return ChunkRecord(row.number, row.digest, row.committed_rows, rejections)


def append(connection: sql.Connection, entry: Entry, upload_id: str, chunk: Chunk) -> Appended:
    """Stores the rows of a chunk with its record, unless its number is committed; the caller has locked the table.

    Raises WrongState when the upload is finished, OutOfOrder when chunks before this one are missing.
    """
    state = find(connection, entry.table_id, upload_id) or UploadRecord()
    if state.finished:
        raise WrongState(f"The upload {upload_id!r} is finished; choose another upload_id to add more rows.")
    if chunk.number > state.next_chunk:
        raise OutOfOrder(f"expected chunk {state.next_chunk} next, received chunk {chunk.number}")
    if chunk.number < state.next_chunk:
        record = find_chunk(connection, entry.table_id, upload_id, chunk.number)
        if record is None:
            raise LookupError(f"chunk {chunk.number} of upload {upload_id!r} has no record")
        return Appended(record, written=False)
    insert(connection, row_table(entry), _columns(chunk))
    return Appended(_add_record(connection, entry.table_id, upload_id, state, chunk), written=True)


def insert_once(connection: sql.Connection, entry: Entry, request_id: str, chunk: Chunk) -> list[int]:
    """Stores the rows of one request and returns their ids: those of before when the request is a repeated one.

    The caller has locked the table. Raises InvalidInput when the same `request_id` came with other rows.
    """
    # Uploads have no NUL in their ids.
    key = {"table_id": entry.table_id, "upload_id": b"\0" + hashlib.sha256(request_id.encode()).digest(), "number": 0}
    same = (CHUNKS.c.table_id == key["table_id"], CHUNKS.c.upload_id == key["upload_id"])
    before = connection.execute(sql.select(CHUNKS).where(*same)).first() if request_id else None
    if before is not None:
        if before.digest != chunk.digest:
            raise InvalidInput(
                "expected a request_id of its own for each request, received one that came with other rows",
                field="request_id",
            )
        return [int(row_id) for row_id in json.loads(before.rejections)]
    ids = insert_each(connection, row_table(entry), _columns(chunk))
    if request_id:
        values = {"digest": chunk.digest, "committed_rows": len(ids), "rejections": json.dumps(ids)}
        connection.execute(CHUNKS.insert().values(**key, **values))
    return ids


def finish(connection: sql.Connection, entry: Entry, upload_id: str, chunk_count: int) -> UploadRecord:
    """Marks an upload of `chunk_count` chunks as finished, unless it is; the caller has locked the table.

    Raises OutOfOrder when chunks are missing, WrongState when there are more.
    """
    state = find(connection, entry.table_id, upload_id) or UploadRecord()
    if chunk_count > state.next_chunk:
        raise OutOfOrder(f"expected chunk {state.next_chunk} next, received the end after {chunk_count} chunks")
    if chunk_count < state.next_chunk:
        raise WrongState(f"The upload {upload_id!r} has {state.next_chunk} chunks, not {chunk_count}.")
    finished = replace(state, finished=True)
    if not state.finished:
        _save(connection, entry.table_id, upload_id, finished)
    return finished


def _columns(chunk: Chunk) -> Mapping[str, ColumnArray]:
    if isinstance(chunk.rows, ColumnRows):
        return chunk.rows.columns
    return image_columns(chunk.rows, to_microseconds(utc_now()))


def _add_record(
    connection: sql.Connection, table_id: str, upload_id: str, before: UploadRecord, chunk: Chunk
) -> ChunkRecord:
    """Records a chunk and moves its upload on from where it stood `before`."""
    committed_rows = before.committed_rows + len(chunk.rows)
    rejected_rows = before.rejected_rows + len(chunk.rejections)
    _save(connection, table_id, upload_id, UploadRecord(chunk.number + 1, committed_rows, rejected_rows))
    rejections = [[rejection.index, rejection.source_name, rejection.reason] for rejection in chunk.rejections]
    connection.execute(
        CHUNKS.insert().values(
            table_id=table_id,
            upload_id=upload_id.encode(),
            number=chunk.number,
            digest=chunk.digest,
            committed_rows=committed_rows,
            rejections=json.dumps(rejections, ensure_ascii=False),
        )
    )
    return ChunkRecord(chunk.number, chunk.digest, committed_rows, chunk.rejections)


def _save(connection: sql.Connection, table_id: str, upload_id: str, state: UploadRecord) -> None:
    now = utc_now()
    values: dict[str, Any] = {**vars(state), "update_time": now}
    if find(connection, table_id, upload_id) is None:
        key = {"table_id": table_id, "upload_id": upload_id.encode()}
        connection.execute(UPLOADS.insert().values(**key, **values, create_time=now))
    else:
        connection.execute(UPLOADS.update().where(*_is_upload(UPLOADS, table_id, upload_id)).values(**values))


def _is_upload(table: sql.Table, table_id: str, upload_id: str) -> tuple[sql.ColumnElement[bool], ...]:
    return (table.c.table_id == table_id, table.c.upload_id == upload_id.encode())
