"""`tablefit snapshot …`: tables as they were at one moment."""

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tablefit.cli import output
from tablefit.cli.confirmation import YesOption, confirm
from tablefit.cli.connections import DataServiceOption, JsonOption, open_data
from tablefit.cli.help_text import defaulting, examples
from tablefit.cli.meter import open_meter
from tablefit.cli.selection import columns_option, parse_columns
from tablefit.cli.spans import parse_span
from tablefit.cli.tables import NameArgument

if TYPE_CHECKING:
    from tablefit.data import Snapshot

commands = typer.Typer(name="snapshot", help="Snapshots: create, list, show, keep, delete.", no_args_is_help=True)

SnapshotArgument = Annotated[
    str, typer.Argument(metavar="SNAPSHOT", help="Id of the snapshot; `snapshot list` has them.", show_default=False)
]


class Guarantee(StrEnum):
    """How exactly a snapshot keeps its rows."""

    EXACT = "exact"
    CHANGE_DETECTING = "change-detecting"


@commands.command(
    epilog=examples("tablefit snapshot create people", "tablefit snapshot create joined --keep 90d --columns age,sex")
)
def create(
    context: typer.Context,
    name: NameArgument,
    guarantee: Annotated[
        Guarantee,
        typer.Option(
            "--guarantee", help="exact copies the rows; change-detecting reads images and bytes again from the table."
        ),
    ] = Guarantee.EXACT,
    keep: Annotated[
        timedelta | None,
        typer.Option(
            "--keep",
            metavar="SPAN",
            parser=parse_span,
            help=defaulting("How long to keep it after its last use, such as 12h or 30d.", "as the service is set"),
        ),
    ] = None,
    columns: Annotated[str, columns_option("all")] = "",
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Pin a table, view or dataset as it is now; what anybody changes later does not reach it.

    A table that has not changed since gives its last snapshot again, and takes no further disk.
    """
    with (
        open_data(context, data_service) as data,
        open_meter(f"snapshot {output.printable(name)}", "rows", json_output=json_output) as update,
    ):
        snapshot = data.create_snapshot(
            name, guarantee=guarantee.value, keep=keep, columns=parse_columns(columns), on_progress=update
        )
    if json_output:
        output.print_json(snapshot)
    else:
        output.tell(_sentence(snapshot))


@commands.command(
    "list", epilog=examples("tablefit snapshot list", "tablefit snapshot list --table people --expired --json")
)
def list_snapshots(
    context: typer.Context,
    table: Annotated[str, typer.Option("--table", metavar="NAME", help=defaulting("Only of this table.", "all"))] = "",
    expired: Annotated[bool, typer.Option("--expired", help="Also those whose time is over.")] = False,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """List snapshots, newest first."""
    with open_data(context, data_service) as data:
        snapshots = list(data.list_snapshots(table, include_expired=expired))
    if json_output:
        output.print_json(snapshots)
    elif snapshots:
        rows = [
            (s.snapshot_id, s.table, s.row_count, output.format_size(s.size_bytes), s.create_time, _until(s))
            for s in snapshots
        ]
        output.print_columns(("snapshot", "table", "rows", "size", "created", "kept until"), rows)
    else:
        output.tell("There are no snapshots. `tablefit snapshot create NAME` makes one; so does each training.")


@commands.command(epilog=examples("tablefit snapshot show 3", "tablefit snapshot show 3 --json"))
def show(
    context: typer.Context,
    snapshot_id: SnapshotArgument,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Show a snapshot: what it pins, how exactly, and until when."""
    with open_data(context, data_service) as data:
        snapshot = data.get_snapshot(snapshot_id)
    if json_output:
        output.print_json(snapshot)
        return
    new = f"{output.format_size(snapshot.new_bytes)} in {output.count(snapshot.new_block_count, 'file')}"
    output.print_fields(
        [
            ("snapshot", snapshot.snapshot_id),
            ("table", snapshot.table),
            ("rows", f"{snapshot.row_count:,}"),
            ("guarantee", snapshot.guarantee),
            ("row ids", "numbers in order of reading" if snapshot.row_ids_are_numbers else "those of the table"),
            ("size", f"{output.format_size(snapshot.size_bytes)} in {output.count(snapshot.block_count, 'file')}"),
            ("new", new),
            ("digest", snapshot.digest),
            ("created", snapshot.create_time),
            ("kept until", _until(snapshot)),
        ]
    )
    output.say()
    columns = [(column.name, column.type, column.nullable) for column in snapshot.columns]
    output.print_columns(("column", "type", "nullable"), columns)


@commands.command(epilog=examples("tablefit snapshot keep 3 90d"))
def keep(
    context: typer.Context,
    snapshot_id: SnapshotArgument,
    span: Annotated[
        timedelta,
        typer.Argument(
            metavar="SPAN", parser=parse_span, help="How long from now, such as 12h or 30d.", show_default=False
        ),
    ],
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Keep a snapshot so long from now."""
    with open_data(context, data_service) as data:
        snapshot = data.update_snapshot(snapshot_id, span)
    if json_output:
        output.print_json(snapshot)
    else:
        output.tell(f"Snapshot {output.printable(snapshot_id)} is kept until {output.cell_text(_until(snapshot))}.")


@commands.command(epilog=examples("tablefit snapshot delete 3", "tablefit snapshot delete 3 --yes"))
def delete(
    context: typer.Context,
    snapshot_id: SnapshotArgument,
    yes: YesOption = False,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Delete a snapshot; the table stays, and so do files that other snapshots share."""
    with open_data(context, data_service) as data:
        if not yes:
            snapshot = data.get_snapshot(snapshot_id)
            confirm(f"Delete snapshot {snapshot_id} of {snapshot.table}", json_output)
        data.delete_snapshot(snapshot_id)
    if json_output:
        output.print_json({"deleted": snapshot_id})
    else:
        output.tell(f"Deleted snapshot {output.printable(snapshot_id)}.")


def _sentence(snapshot: "Snapshot") -> str:
    rows, size = output.count(snapshot.row_count, "row"), output.format_size(snapshot.size_bytes)
    new = f"{output.format_size(snapshot.new_bytes)} of them new" if snapshot.new_bytes else "nothing of it new"
    return (
        f"Snapshot {snapshot.snapshot_id} of {output.printable(snapshot.table)}: {rows}, {size}, {new}; "
        f"{snapshot.guarantee}, kept until {output.cell_text(_until(snapshot))}."
    )


def _until(snapshot: "Snapshot") -> object:
    return "expired" if snapshot.expired else snapshot.expire_time
