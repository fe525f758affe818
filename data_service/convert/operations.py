"""Operations on whole tables between messages and records."""

from collections.abc import Iterable, Iterator

from tablefit.v1 import data_service_pb2 as pb

from data_service.convert.filters import decode_filter
from data_service.convert.tables import encode_table
from data_service.filters import Filter
from data_service.operations import Copy, Sample, Split
from data_service.progress import Step


def decode_copy(request: pb.CopyTableRequest) -> Copy:
    """Which rows are to be copied into which table."""
    return Copy(request.source, request.target, optional_filter(request), tuple(request.columns), request.description)


def optional_filter(request: pb.CopyTableRequest | pb.AppendTableRequest) -> Filter | None:
    """The filter, where one was sent."""
    return decode_filter(request.filter) if request.HasField("filter") else None


def decode_split(request: pb.SplitTableRequest) -> Split:
    """Which tables are to be made of which shares."""
    shares = tuple((share.table, share.fraction) for share in request.shares)
    return Split(request.source, shares, request.stratify_by, request.seed)


def decode_sample(request: pb.SampleTableRequest) -> Sample:
    """How many rows are to be drawn into which table."""
    size = request.WhichOneof("size")
    return Sample(
        request.source,
        request.target,
        row_count=request.row_count if size == "row_count" else None,
        fraction=request.fraction if size == "fraction" else None,
        seed=request.seed,
    )


def encode_copy(steps: Iterable[Step]) -> Iterator[pb.CopyTableResponse]:
    """The messages of a copy."""
    for step in steps:
        yield pb.CopyTableResponse(progress=_progress(step), table=_only_table(step))


def encode_append(steps: Iterable[Step]) -> Iterator[pb.AppendTableResponse]:
    """The messages of an appending."""
    for step in steps:
        yield pb.AppendTableResponse(progress=_progress(step), table=_only_table(step))


def encode_split(steps: Iterable[Step]) -> Iterator[pb.SplitTableResponse]:
    """The messages of a division."""
    for step in steps:
        yield pb.SplitTableResponse(progress=_progress(step), tables=map(encode_table, step.tables))


def encode_sample(steps: Iterable[Step]) -> Iterator[pb.SampleTableResponse]:
    """The messages of a sampling."""
    for step in steps:
        yield pb.SampleTableResponse(progress=_progress(step), table=_only_table(step))


def encode_relabel(steps: Iterable[Step]) -> Iterator[pb.RelabelRowsResponse]:
    """The messages of a relabelling."""
    for step in steps:
        done = step.row_count is not None
        yield pb.RelabelRowsResponse(progress=_progress(step), done=done, row_count=step.row_count or 0)


def encode_deduplicate(steps: Iterable[Step]) -> Iterator[pb.DeduplicateRowsResponse]:
    """The messages of a deduplication."""
    for step in steps:
        done = step.row_count is not None
        yield pb.DeduplicateRowsResponse(progress=_progress(step), done=done, row_count=step.row_count or 0)


def _progress(step: Step) -> pb.RowProgress:
    return pb.RowProgress(done_rows=step.done_rows, total_rows=step.total_rows)


def _only_table(step: Step) -> pb.Table | None:
    return encode_table(step.tables[0]) if step.tables else None
