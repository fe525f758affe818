"""The one object for scripts and notebooks offers all calls of the data service."""

import pytest
import tablefit
from tablefit.data import DataClient

NOBODY = "127.0.0.1:1"
CALLS = (
    "append_table",
    "compute_statistics",
    "copy_table",
    "create_dataset",
    "create_snapshot",
    "create_table",
    "deduplicate_rows",
    "delete_rows",
    "delete_snapshot",
    "delete_table",
    "describe_table",
    "get_row",
    "get_snapshot",
    "get_table",
    "insert_rows",
    "list_rows",
    "list_snapshots",
    "list_tables",
    "relabel_rows",
    "rename_table",
    "sample_table",
    "split_table",
    "truncate_table",
    "update_rows",
    "update_snapshot",
)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_of_the_data_client_is_a_call_of_the_client(name: str):
    with tablefit.Client(NOBODY, NOBODY) as client:
        assert getattr(client, name) == getattr(client.data, name)
        assert getattr(client, name).__doc__


def test_columns_are_declared_with_the_library_alone():
    assert tablefit.Column("age", "integer", nullable=True).type == "integer"
    assert isinstance(tablefit.Client(NOBODY, NOBODY).data, DataClient)
