"""Chunks, acknowledgements and states of uploads between messages and records."""

from tablefit.errors import InvalidInput
from tablefit.v1 import data_service_pb2 as pb

from data_service.chunks import LIMIT_BYTES, IncomingChunk
from data_service.columns import ColumnArray
from data_service.convert.values import decode_column
from data_service.ingest import WINDOW_CHUNKS, Answer, Finish, Message, Start, UploadState


def decode_message(request: pb.IngestRowsRequest) -> Message:
    """What the caller says. InvalidInput for an empty message."""
    content = request.WhichOneof("content")
    if content == "start":
        return Start(request.start.table, request.start.upload_id)
    if content == "chunk":
        return decode_chunk(request.chunk)
    if content == "finish":
        return Finish(request.finish.chunk_count)
    raise InvalidInput("expected a message with start, chunk or finish, received an empty one", field="content")


def encode_answer(answer: Answer) -> pb.IngestRowsResponse:
    """The message of an answer."""
    if isinstance(answer, UploadState):
        return pb.IngestRowsResponse(state=_encode_state(answer))
    rejections = [
        pb.RowRejection(index=rejection.index, source_name=rejection.source_name, reason=rejection.reason)
        for rejection in answer.record.rejections
    ]
    acknowledgement = pb.ChunkAcknowledgement(
        number=answer.record.number,
        committed_rows=answer.record.committed_rows,
        rejections=rejections,
        repeated_chunk=answer.repeated,
    )
    return pb.IngestRowsResponse(acknowledgement=acknowledgement)


def _encode_state(state: UploadState) -> pb.IngestState:
    return pb.IngestState(
        next_chunk=state.upload.next_chunk,
        committed_rows=state.upload.committed_rows,
        rejected_rows=state.upload.rejected_rows,
        finished=state.upload.finished,
        limit_rows=state.limit_rows,
        limit_bytes=LIMIT_BYTES,
        window_chunks=WINDOW_CHUNKS,
        table_rows=state.table_rows,
    )


def decode_chunk(chunk: pb.RowChunk) -> IncomingChunk:
    """The rows of a chunk by column."""
    columns: dict[str, ColumnArray] = {}
    for column in chunk.columns:
        if column.column in columns:
            raise InvalidInput(f"expected each column once, received {column.column!r} twice", field="chunk.columns")
        columns[column.column] = decode_column(column, chunk.row_count)
    return IncomingChunk(chunk.number, chunk.row_count, chunk.source_names, columns)
