"""Records of tables, snapshots and statistics from their messages."""

from datetime import UTC, datetime

import pytest
from tablefit.data.snapshots import Snapshot, to_snapshot
from tablefit.data.statistics import (
    ByteSizes,
    ColumnStatistics,
    HistogramBin,
    ImageSizeCount,
    Quantile,
    ValueCount,
    to_statistics,
)
from tablefit.data.tables import Column, Table, to_column_message, to_table
from tablefit.errors import InvalidInput
from tablefit.rpc.times import to_timestamp
from tablefit.v1 import data_service_pb2 as pb

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def test_a_view_is_a_table_without_count_and_times():
    column = pb.Column(name="price", type=pb.COLUMN_TYPE_FLOAT, nullable=True, sql_type="decimal(10,2)")
    message = pb.Table(
        name="sales",
        table_id="t1",
        kind=pb.TABLE_KIND_GENERAL,
        columns=[column],
        row_count=-1,
        origin=pb.TABLE_ORIGIN_VIEW,
        read_only=True,
    )
    columns = (Column("price", "float", nullable=True, sql_type="decimal(10,2)"),)
    assert to_table(message) == Table(
        name="sales",
        table_id="t1",
        kind="general",
        description="",
        columns=columns,
        row_count=-1,
        create_time=None,
        update_time=None,
        origin="view",
        read_only=True,
        key_column="",
        query="",
    )


def test_a_tensor_column_says_elements_and_shape():
    column = Column("vector", "tensor", nullable=True, data_type="float16", shape=(2, 3))
    assert to_column_message(column) == pb.Column(
        name="vector", type=pb.COLUMN_TYPE_TENSOR, nullable=True, data_type=pb.DATA_TYPE_FLOAT16, shape=[2, 3]
    )


def test_a_column_of_no_type_is_refused():
    with pytest.raises(InvalidInput, match=r"expected a type of column out of integer, text, .*, received .number."):
        to_column_message(Column("age", "number"))


def test_a_snapshot_has_the_fields_of_its_message():
    message = pb.Snapshot(
        snapshot_id="7",
        table="people",
        table_id="t1",
        row_count=3,
        digest="ab",
        guarantee=pb.GUARANTEE_CHANGE_DETECTING,
        size_bytes=100,
        new_bytes=10,
        create_time=to_timestamp(NOON),
        expire_time=to_timestamp(NOON),
        block_count=2,
        new_block_count=1,
    )
    assert to_snapshot(message) == Snapshot(
        snapshot_id="7",
        table="people",
        table_id="t1",
        row_count=3,
        columns=(),
        digest="ab",
        guarantee="change-detecting",
        row_ids_are_numbers=False,
        size_bytes=100,
        new_bytes=10,
        create_time=NOON,
        expire_time=NOON,
        expired=False,
        block_count=2,
        new_block_count=1,
    )


def test_statistics_have_the_fields_of_their_message():
    message = pb.ColumnStatistics(
        column=pb.Column(name="age", type=pb.COLUMN_TYPE_INTEGER),
        row_count=5,
        null_count=1,
        distinct_count=2,
        minimum=pb.Value(integer=3),
        mean=0.0,
        quantiles=[pb.Quantile(fraction=0.5, value=4.0)],
        value_counts=[pb.ValueCount(value=pb.Value(integer=3), row_count=2)],
        histogram=[pb.HistogramBin(lower=3, upper=5, row_count=4)],
        byte_sizes=pb.ByteSizes(minimum=1, maximum=2, total=3),
        image_sizes=[pb.ImageSizeCount(width=4, height=5, mode=pb.IMAGE_MODE_RGB, row_count=6)],
    )
    assert to_statistics(message) == ColumnStatistics(
        column=Column("age", "integer"),
        row_count=5,
        null_count=1,
        distinct_count=2,
        minimum=3,
        maximum=None,
        mean=0.0,
        standard_deviation=None,
        quantiles=(Quantile(0.5, 4.0),),
        value_counts=(ValueCount(3, 2),),
        histogram=(HistogramBin(3.0, 5.0, 4),),
        byte_sizes=ByteSizes(1, 2, 3),
        image_sizes=(ImageSizeCount(4, 5, "RGB", 6),),
    )
