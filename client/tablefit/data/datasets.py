"""Whole tables: datasets from queries, copies, shares and samples, and changes to many rows.

Calls that take long tell `on_progress` the rows done and in all (0 while that is not known). Who is interrupted in one
gives it up: the service leaves nothing behind.
"""

from collections.abc import Mapping, Sequence

from tablefit.data.filters import FilterLike
from tablefit.data.link import Link, OnProgress
from tablefit.data.rows import filter_for
from tablefit.data.tables import Table, to_table
from tablefit.v1 import data_service_pb2 as pb


class Datasets:
    """The calls on whole tables."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def create_dataset(
        self, name: str, query: str, description: str = "", *, request_id: str = "", validate_only: bool = False
    ) -> Table:
        """Gives one read-only SELECT a name, by which it is read as a table is.

        With `validate_only` it is only checked. Raises AlreadyExists, or
        InvalidInput that says which part of the statement is not allowed.
        """
        request = pb.CreateDatasetRequest(
            name=name, query=query, description=description, request_id=request_id, validate_only=validate_only
        )
        return to_table(self._link.call("CreateDataset", request).dataset)

    def copy_table(
        self,
        source: str,
        target: str,
        *,
        filter: FilterLike | None = None,
        columns: Sequence[str] = (),
        description: str = "",
        on_progress: OnProgress | None = None,
    ) -> Table:
        """Copies rows into a new table, which appears when it is complete.

        Raises NotFound, AlreadyExists, InvalidInput.
        """
        wanted = filter_for(self._link, source, filter)
        request = pb.CopyTableRequest(
            source=source, target=target, filter=wanted, columns=columns, description=description
        )
        return to_table(self._link.follow("CopyTable", request, on_progress).table)

    def append_table(
        self,
        source: str,
        target: str,
        *,
        filter: FilterLike | None = None,
        on_progress: OnProgress | None = None,
    ) -> Table:
        """Appends the rows of one table to another, all or none, and returns that. Raises InvalidInput, WrongState."""
        wanted = filter_for(self._link, source, filter)
        request = pb.AppendTableRequest(source=source, target=target, filter=wanted)
        return to_table(self._link.follow("AppendTable", request, on_progress).table)

    def split_table(
        self,
        source: str,
        shares: Mapping[str, float],
        *,
        stratify_by: str = "",
        seed: int = 0,
        on_progress: OnProgress | None = None,
    ) -> tuple[Table, ...]:
        """Divides the rows into new tables, `shares` of them by name; each value of `stratify_by` in the same shares.

        Default for `stratify_by`: the label of an image table, else nothing. Raises InvalidInput, AlreadyExists.
        """
        messages = [pb.TableShare(table=table, fraction=fraction) for table, fraction in shares.items()]
        request = pb.SplitTableRequest(source=source, shares=messages, stratify_by=stratify_by, seed=seed)
        return tuple(map(to_table, self._link.follow("SplitTable", request, on_progress).tables))

    def sample_table(
        self,
        source: str,
        target: str,
        *,
        row_count: int | None = None,
        fraction: float | None = None,
        seed: int = 0,
        on_progress: OnProgress | None = None,
    ) -> Table:
        """Copies `row_count` rows, or this fraction of them, drawn without replacement. Raises as `copy_table`."""
        request = pb.SampleTableRequest(source=source, target=target, row_count=row_count, fraction=fraction, seed=seed)
        return to_table(self._link.follow("SampleTable", request, on_progress).table)

    def relabel_rows(
        self,
        table: str,
        mapping: Mapping[str, str],
        *,
        column: str = "",
        validate_only: bool = False,
        on_progress: OnProgress | None = None,
    ) -> int:
        """Replaces values of a text or category column, all at the same time; returns how many rows that changes.

        Default for `column`: the label of an image table. Raises InvalidInput, WrongState, PermissionDenied.
        """
        request = pb.RelabelRowsRequest(table=table, column=column, mapping=dict(mapping), validate_only=validate_only)
        return int(self._link.follow("RelabelRows", request, on_progress).row_count)

    def deduplicate_rows(
        self,
        table: str,
        *,
        columns: Sequence[str] = (),
        validate_only: bool = False,
        on_progress: OnProgress | None = None,
    ) -> int:
        """Deletes rows that equal one with a smaller id in these columns; returns how many.

        Default for `columns`: the image of an image table, else all but the key. Raises WrongState, PermissionDenied.
        """
        request = pb.DeduplicateRowsRequest(table=table, columns=columns, validate_only=validate_only)
        return int(self._link.follow("DeduplicateRows", request, on_progress).row_count)

    def truncate_table(self, table: str, *, validate_only: bool = False) -> int:
        """Deletes all rows of a table, which stays; returns how many. Raises WrongState, PermissionDenied."""
        request = pb.TruncateTableRequest(table=table, validate_only=validate_only)
        return int(self._link.call("TruncateTable", request).row_count)
