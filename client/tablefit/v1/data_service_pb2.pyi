import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TableKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TABLE_KIND_UNSPECIFIED: _ClassVar[TableKind]
    TABLE_KIND_IMAGE: _ClassVar[TableKind]
    TABLE_KIND_GENERAL: _ClassVar[TableKind]

class TableOrigin(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TABLE_ORIGIN_UNSPECIFIED: _ClassVar[TableOrigin]
    TABLE_ORIGIN_SERVICE: _ClassVar[TableOrigin]
    TABLE_ORIGIN_DATABASE: _ClassVar[TableOrigin]
    TABLE_ORIGIN_VIEW: _ClassVar[TableOrigin]
    TABLE_ORIGIN_QUERY: _ClassVar[TableOrigin]

class ColumnType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COLUMN_TYPE_UNSPECIFIED: _ClassVar[ColumnType]
    COLUMN_TYPE_INTEGER: _ClassVar[ColumnType]
    COLUMN_TYPE_TEXT: _ClassVar[ColumnType]
    COLUMN_TYPE_CATEGORY: _ClassVar[ColumnType]
    COLUMN_TYPE_IMAGE: _ClassVar[ColumnType]
    COLUMN_TYPE_TIMESTAMP: _ClassVar[ColumnType]
    COLUMN_TYPE_FLOAT: _ClassVar[ColumnType]
    COLUMN_TYPE_BOOLEAN: _ClassVar[ColumnType]
    COLUMN_TYPE_BYTES: _ClassVar[ColumnType]
    COLUMN_TYPE_TENSOR: _ClassVar[ColumnType]

class Comparator(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMPARATOR_UNSPECIFIED: _ClassVar[Comparator]
    COMPARATOR_EQUAL: _ClassVar[Comparator]
    COMPARATOR_NOT_EQUAL: _ClassVar[Comparator]
    COMPARATOR_LESS: _ClassVar[Comparator]
    COMPARATOR_LESS_OR_EQUAL: _ClassVar[Comparator]
    COMPARATOR_GREATER: _ClassVar[Comparator]
    COMPARATOR_GREATER_OR_EQUAL: _ClassVar[Comparator]

class Guarantee(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GUARANTEE_UNSPECIFIED: _ClassVar[Guarantee]
    GUARANTEE_EXACT: _ClassVar[Guarantee]
    GUARANTEE_CHANGE_DETECTING: _ClassVar[Guarantee]

class Balance(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BALANCE_UNSPECIFIED: _ClassVar[Balance]
    BALANCE_NONE: _ClassVar[Balance]
    BALANCE_OVERSAMPLE: _ClassVar[Balance]

class TimestampPart(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIMESTAMP_PART_UNSPECIFIED: _ClassVar[TimestampPart]
    TIMESTAMP_PART_YEAR: _ClassVar[TimestampPart]
    TIMESTAMP_PART_MONTH: _ClassVar[TimestampPart]
    TIMESTAMP_PART_DAY: _ClassVar[TimestampPart]
    TIMESTAMP_PART_WEEKDAY: _ClassVar[TimestampPart]
    TIMESTAMP_PART_DAY_OF_YEAR: _ClassVar[TimestampPart]
    TIMESTAMP_PART_HOUR: _ClassVar[TimestampPart]
    TIMESTAMP_PART_MINUTE: _ClassVar[TimestampPart]
    TIMESTAMP_PART_SECOND: _ClassVar[TimestampPart]
    TIMESTAMP_PART_EPOCH_SECOND: _ClassVar[TimestampPart]

class Stratification(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STRATIFICATION_UNSPECIFIED: _ClassVar[Stratification]
    STRATIFICATION_NONE: _ClassVar[Stratification]
    STRATIFICATION_TARGET: _ClassVar[Stratification]

class SplitPart(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SPLIT_PART_UNSPECIFIED: _ClassVar[SplitPart]
    SPLIT_PART_TRAINING: _ClassVar[SplitPart]
    SPLIT_PART_VALIDATION: _ClassVar[SplitPart]

class Resampling(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RESAMPLING_UNSPECIFIED: _ClassVar[Resampling]
    RESAMPLING_NEAREST: _ClassVar[Resampling]
    RESAMPLING_BOX: _ClassVar[Resampling]
    RESAMPLING_BILINEAR: _ClassVar[Resampling]
    RESAMPLING_HAMMING: _ClassVar[Resampling]
    RESAMPLING_BICUBIC: _ClassVar[Resampling]
    RESAMPLING_LANCZOS: _ClassVar[Resampling]

class ImageFit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMAGE_FIT_UNSPECIFIED: _ClassVar[ImageFit]
    IMAGE_FIT_STRETCH: _ClassVar[ImageFit]
    IMAGE_FIT_CROP: _ClassVar[ImageFit]
    IMAGE_FIT_LETTERBOX: _ClassVar[ImageFit]

class ImageMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMAGE_MODE_UNSPECIFIED: _ClassVar[ImageMode]
    IMAGE_MODE_L: _ClassVar[ImageMode]
    IMAGE_MODE_RGB: _ClassVar[ImageMode]

class Tail(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TAIL_UNSPECIFIED: _ClassVar[Tail]
    TAIL_KEEP: _ClassVar[Tail]
    TAIL_DROP: _ClassVar[Tail]
    TAIL_PAD: _ClassVar[Tail]

class DataType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DATA_TYPE_UNSPECIFIED: _ClassVar[DataType]
    DATA_TYPE_UINT8: _ClassVar[DataType]
    DATA_TYPE_INT32: _ClassVar[DataType]
    DATA_TYPE_INT64: _ClassVar[DataType]
    DATA_TYPE_FLOAT32: _ClassVar[DataType]
    DATA_TYPE_FLOAT64: _ClassVar[DataType]
    DATA_TYPE_BOOL: _ClassVar[DataType]
    DATA_TYPE_BYTES: _ClassVar[DataType]
    DATA_TYPE_TEXT: _ClassVar[DataType]
    DATA_TYPE_INT8: _ClassVar[DataType]
    DATA_TYPE_INT16: _ClassVar[DataType]
    DATA_TYPE_UINT16: _ClassVar[DataType]
    DATA_TYPE_FLOAT16: _ClassVar[DataType]
TABLE_KIND_UNSPECIFIED: TableKind
TABLE_KIND_IMAGE: TableKind
TABLE_KIND_GENERAL: TableKind
TABLE_ORIGIN_UNSPECIFIED: TableOrigin
TABLE_ORIGIN_SERVICE: TableOrigin
TABLE_ORIGIN_DATABASE: TableOrigin
TABLE_ORIGIN_VIEW: TableOrigin
TABLE_ORIGIN_QUERY: TableOrigin
COLUMN_TYPE_UNSPECIFIED: ColumnType
COLUMN_TYPE_INTEGER: ColumnType
COLUMN_TYPE_TEXT: ColumnType
COLUMN_TYPE_CATEGORY: ColumnType
COLUMN_TYPE_IMAGE: ColumnType
COLUMN_TYPE_TIMESTAMP: ColumnType
COLUMN_TYPE_FLOAT: ColumnType
COLUMN_TYPE_BOOLEAN: ColumnType
COLUMN_TYPE_BYTES: ColumnType
COLUMN_TYPE_TENSOR: ColumnType
COMPARATOR_UNSPECIFIED: Comparator
COMPARATOR_EQUAL: Comparator
COMPARATOR_NOT_EQUAL: Comparator
COMPARATOR_LESS: Comparator
COMPARATOR_LESS_OR_EQUAL: Comparator
COMPARATOR_GREATER: Comparator
COMPARATOR_GREATER_OR_EQUAL: Comparator
GUARANTEE_UNSPECIFIED: Guarantee
GUARANTEE_EXACT: Guarantee
GUARANTEE_CHANGE_DETECTING: Guarantee
BALANCE_UNSPECIFIED: Balance
BALANCE_NONE: Balance
BALANCE_OVERSAMPLE: Balance
TIMESTAMP_PART_UNSPECIFIED: TimestampPart
TIMESTAMP_PART_YEAR: TimestampPart
TIMESTAMP_PART_MONTH: TimestampPart
TIMESTAMP_PART_DAY: TimestampPart
TIMESTAMP_PART_WEEKDAY: TimestampPart
TIMESTAMP_PART_DAY_OF_YEAR: TimestampPart
TIMESTAMP_PART_HOUR: TimestampPart
TIMESTAMP_PART_MINUTE: TimestampPart
TIMESTAMP_PART_SECOND: TimestampPart
TIMESTAMP_PART_EPOCH_SECOND: TimestampPart
STRATIFICATION_UNSPECIFIED: Stratification
STRATIFICATION_NONE: Stratification
STRATIFICATION_TARGET: Stratification
SPLIT_PART_UNSPECIFIED: SplitPart
SPLIT_PART_TRAINING: SplitPart
SPLIT_PART_VALIDATION: SplitPart
RESAMPLING_UNSPECIFIED: Resampling
RESAMPLING_NEAREST: Resampling
RESAMPLING_BOX: Resampling
RESAMPLING_BILINEAR: Resampling
RESAMPLING_HAMMING: Resampling
RESAMPLING_BICUBIC: Resampling
RESAMPLING_LANCZOS: Resampling
IMAGE_FIT_UNSPECIFIED: ImageFit
IMAGE_FIT_STRETCH: ImageFit
IMAGE_FIT_CROP: ImageFit
IMAGE_FIT_LETTERBOX: ImageFit
IMAGE_MODE_UNSPECIFIED: ImageMode
IMAGE_MODE_L: ImageMode
IMAGE_MODE_RGB: ImageMode
TAIL_UNSPECIFIED: Tail
TAIL_KEEP: Tail
TAIL_DROP: Tail
TAIL_PAD: Tail
DATA_TYPE_UNSPECIFIED: DataType
DATA_TYPE_UINT8: DataType
DATA_TYPE_INT32: DataType
DATA_TYPE_INT64: DataType
DATA_TYPE_FLOAT32: DataType
DATA_TYPE_FLOAT64: DataType
DATA_TYPE_BOOL: DataType
DATA_TYPE_BYTES: DataType
DATA_TYPE_TEXT: DataType
DATA_TYPE_INT8: DataType
DATA_TYPE_INT16: DataType
DATA_TYPE_UINT16: DataType
DATA_TYPE_FLOAT16: DataType

class Column(_message.Message):
    __slots__ = ("name", "type", "nullable", "description", "data_type", "shape", "sql_type")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    NULLABLE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    DATA_TYPE_FIELD_NUMBER: _ClassVar[int]
    SHAPE_FIELD_NUMBER: _ClassVar[int]
    SQL_TYPE_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: ColumnType
    nullable: bool
    description: str
    data_type: DataType
    shape: _containers.RepeatedScalarFieldContainer[int]
    sql_type: str
    def __init__(self, name: _Optional[str] = ..., type: _Optional[_Union[ColumnType, str]] = ..., nullable: _Optional[bool] = ..., description: _Optional[str] = ..., data_type: _Optional[_Union[DataType, str]] = ..., shape: _Optional[_Iterable[int]] = ..., sql_type: _Optional[str] = ...) -> None: ...

class Table(_message.Message):
    __slots__ = ("name", "table_id", "kind", "description", "columns", "row_count", "create_time", "update_time", "origin", "read_only", "key_column", "query")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TABLE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    READ_ONLY_FIELD_NUMBER: _ClassVar[int]
    KEY_COLUMN_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    name: str
    table_id: str
    kind: TableKind
    description: str
    columns: _containers.RepeatedCompositeFieldContainer[Column]
    row_count: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    origin: TableOrigin
    read_only: bool
    key_column: str
    query: str
    def __init__(self, name: _Optional[str] = ..., table_id: _Optional[str] = ..., kind: _Optional[_Union[TableKind, str]] = ..., description: _Optional[str] = ..., columns: _Optional[_Iterable[_Union[Column, _Mapping]]] = ..., row_count: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., origin: _Optional[_Union[TableOrigin, str]] = ..., read_only: _Optional[bool] = ..., key_column: _Optional[str] = ..., query: _Optional[str] = ...) -> None: ...

class CreateDatasetRequest(_message.Message):
    __slots__ = ("name", "query", "description", "request_id", "validate_only")
    NAME_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    name: str
    query: str
    description: str
    request_id: str
    validate_only: bool
    def __init__(self, name: _Optional[str] = ..., query: _Optional[str] = ..., description: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class CreateDatasetResponse(_message.Message):
    __slots__ = ("dataset",)
    DATASET_FIELD_NUMBER: _ClassVar[int]
    dataset: Table
    def __init__(self, dataset: _Optional[_Union[Table, _Mapping]] = ...) -> None: ...

class CreateTableRequest(_message.Message):
    __slots__ = ("table", "request_id")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    table: Table
    request_id: str
    def __init__(self, table: _Optional[_Union[Table, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateTableResponse(_message.Message):
    __slots__ = ("table",)
    TABLE_FIELD_NUMBER: _ClassVar[int]
    table: Table
    def __init__(self, table: _Optional[_Union[Table, _Mapping]] = ...) -> None: ...

class GetTableRequest(_message.Message):
    __slots__ = ("table",)
    TABLE_FIELD_NUMBER: _ClassVar[int]
    table: str
    def __init__(self, table: _Optional[str] = ...) -> None: ...

class GetTableResponse(_message.Message):
    __slots__ = ("table",)
    TABLE_FIELD_NUMBER: _ClassVar[int]
    table: Table
    def __init__(self, table: _Optional[_Union[Table, _Mapping]] = ...) -> None: ...

class ListTablesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "origins")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ORIGINS_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    origins: _containers.RepeatedScalarFieldContainer[TableOrigin]
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., origins: _Optional[_Iterable[_Union[TableOrigin, str]]] = ...) -> None: ...

class ListTablesResponse(_message.Message):
    __slots__ = ("tables", "next_page_token")
    TABLES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tables: _containers.RepeatedCompositeFieldContainer[Table]
    next_page_token: str
    def __init__(self, tables: _Optional[_Iterable[_Union[Table, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateTableRequest(_message.Message):
    __slots__ = ("table", "update", "update_mask")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    table: str
    update: Table
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, table: _Optional[str] = ..., update: _Optional[_Union[Table, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateTableResponse(_message.Message):
    __slots__ = ("table",)
    TABLE_FIELD_NUMBER: _ClassVar[int]
    table: Table
    def __init__(self, table: _Optional[_Union[Table, _Mapping]] = ...) -> None: ...

class DeleteTableRequest(_message.Message):
    __slots__ = ("table",)
    TABLE_FIELD_NUMBER: _ClassVar[int]
    table: str
    def __init__(self, table: _Optional[str] = ...) -> None: ...

class DeleteTableResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class IngestRowsRequest(_message.Message):
    __slots__ = ("start", "chunk", "finish")
    START_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    FINISH_FIELD_NUMBER: _ClassVar[int]
    start: IngestStart
    chunk: RowChunk
    finish: IngestFinish
    def __init__(self, start: _Optional[_Union[IngestStart, _Mapping]] = ..., chunk: _Optional[_Union[RowChunk, _Mapping]] = ..., finish: _Optional[_Union[IngestFinish, _Mapping]] = ...) -> None: ...

class IngestStart(_message.Message):
    __slots__ = ("table", "upload_id")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_ID_FIELD_NUMBER: _ClassVar[int]
    table: str
    upload_id: str
    def __init__(self, table: _Optional[str] = ..., upload_id: _Optional[str] = ...) -> None: ...

class IngestFinish(_message.Message):
    __slots__ = ("chunk_count",)
    CHUNK_COUNT_FIELD_NUMBER: _ClassVar[int]
    chunk_count: int
    def __init__(self, chunk_count: _Optional[int] = ...) -> None: ...

class RowChunk(_message.Message):
    __slots__ = ("number", "row_count", "source_names", "columns")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_NAMES_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    number: int
    row_count: int
    source_names: _containers.RepeatedScalarFieldContainer[str]
    columns: _containers.RepeatedCompositeFieldContainer[ColumnValues]
    def __init__(self, number: _Optional[int] = ..., row_count: _Optional[int] = ..., source_names: _Optional[_Iterable[str]] = ..., columns: _Optional[_Iterable[_Union[ColumnValues, _Mapping]]] = ...) -> None: ...

class ColumnValues(_message.Message):
    __slots__ = ("column", "texts", "blobs", "tensor", "is_null")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    TEXTS_FIELD_NUMBER: _ClassVar[int]
    BLOBS_FIELD_NUMBER: _ClassVar[int]
    TENSOR_FIELD_NUMBER: _ClassVar[int]
    IS_NULL_FIELD_NUMBER: _ClassVar[int]
    column: str
    texts: TextValues
    blobs: BlobValues
    tensor: Tensor
    is_null: bytes
    def __init__(self, column: _Optional[str] = ..., texts: _Optional[_Union[TextValues, _Mapping]] = ..., blobs: _Optional[_Union[BlobValues, _Mapping]] = ..., tensor: _Optional[_Union[Tensor, _Mapping]] = ..., is_null: _Optional[bytes] = ...) -> None: ...

class TextValues(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, values: _Optional[_Iterable[str]] = ...) -> None: ...

class BlobValues(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, values: _Optional[_Iterable[bytes]] = ...) -> None: ...

class IngestRowsResponse(_message.Message):
    __slots__ = ("state", "acknowledgement")
    STATE_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGEMENT_FIELD_NUMBER: _ClassVar[int]
    state: IngestState
    acknowledgement: ChunkAcknowledgement
    def __init__(self, state: _Optional[_Union[IngestState, _Mapping]] = ..., acknowledgement: _Optional[_Union[ChunkAcknowledgement, _Mapping]] = ...) -> None: ...

class IngestState(_message.Message):
    __slots__ = ("next_chunk", "committed_rows", "rejected_rows", "finished", "limit_rows", "limit_bytes", "window_chunks", "table_rows")
    NEXT_CHUNK_FIELD_NUMBER: _ClassVar[int]
    COMMITTED_ROWS_FIELD_NUMBER: _ClassVar[int]
    REJECTED_ROWS_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    LIMIT_ROWS_FIELD_NUMBER: _ClassVar[int]
    LIMIT_BYTES_FIELD_NUMBER: _ClassVar[int]
    WINDOW_CHUNKS_FIELD_NUMBER: _ClassVar[int]
    TABLE_ROWS_FIELD_NUMBER: _ClassVar[int]
    next_chunk: int
    committed_rows: int
    rejected_rows: int
    finished: bool
    limit_rows: int
    limit_bytes: int
    window_chunks: int
    table_rows: int
    def __init__(self, next_chunk: _Optional[int] = ..., committed_rows: _Optional[int] = ..., rejected_rows: _Optional[int] = ..., finished: _Optional[bool] = ..., limit_rows: _Optional[int] = ..., limit_bytes: _Optional[int] = ..., window_chunks: _Optional[int] = ..., table_rows: _Optional[int] = ...) -> None: ...

class ChunkAcknowledgement(_message.Message):
    __slots__ = ("number", "committed_rows", "rejections", "repeated_chunk")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    COMMITTED_ROWS_FIELD_NUMBER: _ClassVar[int]
    REJECTIONS_FIELD_NUMBER: _ClassVar[int]
    REPEATED_CHUNK_FIELD_NUMBER: _ClassVar[int]
    number: int
    committed_rows: int
    rejections: _containers.RepeatedCompositeFieldContainer[RowRejection]
    repeated_chunk: bool
    def __init__(self, number: _Optional[int] = ..., committed_rows: _Optional[int] = ..., rejections: _Optional[_Iterable[_Union[RowRejection, _Mapping]]] = ..., repeated_chunk: _Optional[bool] = ...) -> None: ...

class RowRejection(_message.Message):
    __slots__ = ("index", "source_name", "reason")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    SOURCE_NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    index: int
    source_name: str
    reason: str
    def __init__(self, index: _Optional[int] = ..., source_name: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GetRowRequest(_message.Message):
    __slots__ = ("table", "id", "columns")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    table: str
    id: int
    columns: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, table: _Optional[str] = ..., id: _Optional[int] = ..., columns: _Optional[_Iterable[str]] = ...) -> None: ...

class GetRowResponse(_message.Message):
    __slots__ = ("columns", "row")
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    columns: _containers.RepeatedCompositeFieldContainer[Column]
    row: Row
    def __init__(self, columns: _Optional[_Iterable[_Union[Column, _Mapping]]] = ..., row: _Optional[_Union[Row, _Mapping]] = ...) -> None: ...

class Filter(_message.Message):
    __slots__ = ("all", "any", "comparison", "membership", "is_null", "like")
    ALL_FIELD_NUMBER: _ClassVar[int]
    ANY_FIELD_NUMBER: _ClassVar[int]
    NOT_FIELD_NUMBER: _ClassVar[int]
    COMPARISON_FIELD_NUMBER: _ClassVar[int]
    MEMBERSHIP_FIELD_NUMBER: _ClassVar[int]
    IS_NULL_FIELD_NUMBER: _ClassVar[int]
    LIKE_FIELD_NUMBER: _ClassVar[int]
    all: FilterList
    any: FilterList
    comparison: Comparison
    membership: Membership
    is_null: NullTest
    like: PatternTest
    def __init__(self, all: _Optional[_Union[FilterList, _Mapping]] = ..., any: _Optional[_Union[FilterList, _Mapping]] = ..., comparison: _Optional[_Union[Comparison, _Mapping]] = ..., membership: _Optional[_Union[Membership, _Mapping]] = ..., is_null: _Optional[_Union[NullTest, _Mapping]] = ..., like: _Optional[_Union[PatternTest, _Mapping]] = ..., **kwargs) -> None: ...

class FilterList(_message.Message):
    __slots__ = ("filters",)
    FILTERS_FIELD_NUMBER: _ClassVar[int]
    filters: _containers.RepeatedCompositeFieldContainer[Filter]
    def __init__(self, filters: _Optional[_Iterable[_Union[Filter, _Mapping]]] = ...) -> None: ...

class Comparison(_message.Message):
    __slots__ = ("column", "comparator", "value")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    COMPARATOR_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    column: str
    comparator: Comparator
    value: Value
    def __init__(self, column: _Optional[str] = ..., comparator: _Optional[_Union[Comparator, str]] = ..., value: _Optional[_Union[Value, _Mapping]] = ...) -> None: ...

class Membership(_message.Message):
    __slots__ = ("column", "values")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    column: str
    values: _containers.RepeatedCompositeFieldContainer[Value]
    def __init__(self, column: _Optional[str] = ..., values: _Optional[_Iterable[_Union[Value, _Mapping]]] = ...) -> None: ...

class NullTest(_message.Message):
    __slots__ = ("column",)
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    column: str
    def __init__(self, column: _Optional[str] = ...) -> None: ...

class PatternTest(_message.Message):
    __slots__ = ("column", "pattern")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    PATTERN_FIELD_NUMBER: _ClassVar[int]
    column: str
    pattern: str
    def __init__(self, column: _Optional[str] = ..., pattern: _Optional[str] = ...) -> None: ...

class ListRowsRequest(_message.Message):
    __slots__ = ("table", "page_size", "page_token", "columns", "filter", "order_by")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    table: str
    page_size: int
    page_token: str
    columns: _containers.RepeatedScalarFieldContainer[str]
    filter: Filter
    order_by: _containers.RepeatedCompositeFieldContainer[RowOrder]
    def __init__(self, table: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., columns: _Optional[_Iterable[str]] = ..., filter: _Optional[_Union[Filter, _Mapping]] = ..., order_by: _Optional[_Iterable[_Union[RowOrder, _Mapping]]] = ...) -> None: ...

class RowOrder(_message.Message):
    __slots__ = ("column", "descending")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    DESCENDING_FIELD_NUMBER: _ClassVar[int]
    column: str
    descending: bool
    def __init__(self, column: _Optional[str] = ..., descending: _Optional[bool] = ...) -> None: ...

class ListRowsResponse(_message.Message):
    __slots__ = ("columns", "rows", "next_page_token")
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    columns: _containers.RepeatedCompositeFieldContainer[Column]
    rows: _containers.RepeatedCompositeFieldContainer[Row]
    next_page_token: str
    def __init__(self, columns: _Optional[_Iterable[_Union[Column, _Mapping]]] = ..., rows: _Optional[_Iterable[_Union[Row, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class Row(_message.Message):
    __slots__ = ("id", "values")
    ID_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    id: int
    values: _containers.RepeatedCompositeFieldContainer[Value]
    def __init__(self, id: _Optional[int] = ..., values: _Optional[_Iterable[_Union[Value, _Mapping]]] = ...) -> None: ...

class Value(_message.Message):
    __slots__ = ("integer", "text", "blob", "timestamp", "float", "boolean")
    INTEGER_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    BLOB_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    FLOAT_FIELD_NUMBER: _ClassVar[int]
    BOOLEAN_FIELD_NUMBER: _ClassVar[int]
    integer: int
    text: str
    blob: bytes
    timestamp: _timestamp_pb2.Timestamp
    float: float
    boolean: bool
    def __init__(self, integer: _Optional[int] = ..., text: _Optional[str] = ..., blob: _Optional[bytes] = ..., timestamp: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., float: _Optional[float] = ..., boolean: _Optional[bool] = ...) -> None: ...

class NamedValue(_message.Message):
    __slots__ = ("column", "value")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    column: str
    value: Value
    def __init__(self, column: _Optional[str] = ..., value: _Optional[_Union[Value, _Mapping]] = ...) -> None: ...

class RowIds(_message.Message):
    __slots__ = ("ids",)
    IDS_FIELD_NUMBER: _ClassVar[int]
    ids: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, ids: _Optional[_Iterable[int]] = ...) -> None: ...

class InsertRowsRequest(_message.Message):
    __slots__ = ("table", "rows", "request_id")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    table: str
    rows: RowChunk
    request_id: str
    def __init__(self, table: _Optional[str] = ..., rows: _Optional[_Union[RowChunk, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class InsertRowsResponse(_message.Message):
    __slots__ = ("ids",)
    IDS_FIELD_NUMBER: _ClassVar[int]
    ids: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, ids: _Optional[_Iterable[int]] = ...) -> None: ...

class UpdateRowsRequest(_message.Message):
    __slots__ = ("table", "ids", "filter", "values", "update_mask", "validate_only")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    IDS_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    table: str
    ids: RowIds
    filter: Filter
    values: _containers.RepeatedCompositeFieldContainer[NamedValue]
    update_mask: _field_mask_pb2.FieldMask
    validate_only: bool
    def __init__(self, table: _Optional[str] = ..., ids: _Optional[_Union[RowIds, _Mapping]] = ..., filter: _Optional[_Union[Filter, _Mapping]] = ..., values: _Optional[_Iterable[_Union[NamedValue, _Mapping]]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class UpdateRowsResponse(_message.Message):
    __slots__ = ("row_count",)
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    row_count: int
    def __init__(self, row_count: _Optional[int] = ...) -> None: ...

class DeleteRowsRequest(_message.Message):
    __slots__ = ("table", "ids", "filter", "validate_only")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    IDS_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    table: str
    ids: RowIds
    filter: Filter
    validate_only: bool
    def __init__(self, table: _Optional[str] = ..., ids: _Optional[_Union[RowIds, _Mapping]] = ..., filter: _Optional[_Union[Filter, _Mapping]] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class DeleteRowsResponse(_message.Message):
    __slots__ = ("row_count",)
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    row_count: int
    def __init__(self, row_count: _Optional[int] = ...) -> None: ...

class RowProgress(_message.Message):
    __slots__ = ("done_rows", "total_rows")
    DONE_ROWS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_ROWS_FIELD_NUMBER: _ClassVar[int]
    done_rows: int
    total_rows: int
    def __init__(self, done_rows: _Optional[int] = ..., total_rows: _Optional[int] = ...) -> None: ...

class CopyTableRequest(_message.Message):
    __slots__ = ("source", "target", "filter", "columns", "description")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    source: str
    target: str
    filter: Filter
    columns: _containers.RepeatedScalarFieldContainer[str]
    description: str
    def __init__(self, source: _Optional[str] = ..., target: _Optional[str] = ..., filter: _Optional[_Union[Filter, _Mapping]] = ..., columns: _Optional[_Iterable[str]] = ..., description: _Optional[str] = ...) -> None: ...

class CopyTableResponse(_message.Message):
    __slots__ = ("progress", "table")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    progress: RowProgress
    table: Table
    def __init__(self, progress: _Optional[_Union[RowProgress, _Mapping]] = ..., table: _Optional[_Union[Table, _Mapping]] = ...) -> None: ...

class AppendTableRequest(_message.Message):
    __slots__ = ("source", "target", "filter")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    source: str
    target: str
    filter: Filter
    def __init__(self, source: _Optional[str] = ..., target: _Optional[str] = ..., filter: _Optional[_Union[Filter, _Mapping]] = ...) -> None: ...

class AppendTableResponse(_message.Message):
    __slots__ = ("progress", "table")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    progress: RowProgress
    table: Table
    def __init__(self, progress: _Optional[_Union[RowProgress, _Mapping]] = ..., table: _Optional[_Union[Table, _Mapping]] = ...) -> None: ...

class TableShare(_message.Message):
    __slots__ = ("table", "fraction")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    table: str
    fraction: float
    def __init__(self, table: _Optional[str] = ..., fraction: _Optional[float] = ...) -> None: ...

class SplitTableRequest(_message.Message):
    __slots__ = ("source", "shares", "stratify_by", "seed")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SHARES_FIELD_NUMBER: _ClassVar[int]
    STRATIFY_BY_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    source: str
    shares: _containers.RepeatedCompositeFieldContainer[TableShare]
    stratify_by: str
    seed: int
    def __init__(self, source: _Optional[str] = ..., shares: _Optional[_Iterable[_Union[TableShare, _Mapping]]] = ..., stratify_by: _Optional[str] = ..., seed: _Optional[int] = ...) -> None: ...

class SplitTableResponse(_message.Message):
    __slots__ = ("progress", "tables")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    TABLES_FIELD_NUMBER: _ClassVar[int]
    progress: RowProgress
    tables: _containers.RepeatedCompositeFieldContainer[Table]
    def __init__(self, progress: _Optional[_Union[RowProgress, _Mapping]] = ..., tables: _Optional[_Iterable[_Union[Table, _Mapping]]] = ...) -> None: ...

class SampleTableRequest(_message.Message):
    __slots__ = ("source", "target", "row_count", "fraction", "seed")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    source: str
    target: str
    row_count: int
    fraction: float
    seed: int
    def __init__(self, source: _Optional[str] = ..., target: _Optional[str] = ..., row_count: _Optional[int] = ..., fraction: _Optional[float] = ..., seed: _Optional[int] = ...) -> None: ...

class SampleTableResponse(_message.Message):
    __slots__ = ("progress", "table")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    progress: RowProgress
    table: Table
    def __init__(self, progress: _Optional[_Union[RowProgress, _Mapping]] = ..., table: _Optional[_Union[Table, _Mapping]] = ...) -> None: ...

class RelabelRowsRequest(_message.Message):
    __slots__ = ("table", "column", "mapping", "validate_only")
    class MappingEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TABLE_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    MAPPING_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    table: str
    column: str
    mapping: _containers.ScalarMap[str, str]
    validate_only: bool
    def __init__(self, table: _Optional[str] = ..., column: _Optional[str] = ..., mapping: _Optional[_Mapping[str, str]] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class RelabelRowsResponse(_message.Message):
    __slots__ = ("progress", "done", "row_count")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    progress: RowProgress
    done: bool
    row_count: int
    def __init__(self, progress: _Optional[_Union[RowProgress, _Mapping]] = ..., done: _Optional[bool] = ..., row_count: _Optional[int] = ...) -> None: ...

class DeduplicateRowsRequest(_message.Message):
    __slots__ = ("table", "columns", "validate_only")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    table: str
    columns: _containers.RepeatedScalarFieldContainer[str]
    validate_only: bool
    def __init__(self, table: _Optional[str] = ..., columns: _Optional[_Iterable[str]] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class DeduplicateRowsResponse(_message.Message):
    __slots__ = ("progress", "done", "row_count")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    progress: RowProgress
    done: bool
    row_count: int
    def __init__(self, progress: _Optional[_Union[RowProgress, _Mapping]] = ..., done: _Optional[bool] = ..., row_count: _Optional[int] = ...) -> None: ...

class TruncateTableRequest(_message.Message):
    __slots__ = ("table", "validate_only")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    table: str
    validate_only: bool
    def __init__(self, table: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class TruncateTableResponse(_message.Message):
    __slots__ = ("row_count",)
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    row_count: int
    def __init__(self, row_count: _Optional[int] = ...) -> None: ...

class ComputeStatisticsRequest(_message.Message):
    __slots__ = ("table", "columns", "quantiles", "bin_count", "limit_values")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    QUANTILES_FIELD_NUMBER: _ClassVar[int]
    BIN_COUNT_FIELD_NUMBER: _ClassVar[int]
    LIMIT_VALUES_FIELD_NUMBER: _ClassVar[int]
    table: str
    columns: _containers.RepeatedScalarFieldContainer[str]
    quantiles: _containers.RepeatedScalarFieldContainer[float]
    bin_count: int
    limit_values: int
    def __init__(self, table: _Optional[str] = ..., columns: _Optional[_Iterable[str]] = ..., quantiles: _Optional[_Iterable[float]] = ..., bin_count: _Optional[int] = ..., limit_values: _Optional[int] = ...) -> None: ...

class ComputeStatisticsResponse(_message.Message):
    __slots__ = ("column", "column_count")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    COLUMN_COUNT_FIELD_NUMBER: _ClassVar[int]
    column: ColumnStatistics
    column_count: int
    def __init__(self, column: _Optional[_Union[ColumnStatistics, _Mapping]] = ..., column_count: _Optional[int] = ...) -> None: ...

class ColumnStatistics(_message.Message):
    __slots__ = ("column", "row_count", "null_count", "distinct_count", "minimum", "maximum", "mean", "standard_deviation", "quantiles", "value_counts", "histogram", "byte_sizes", "image_sizes")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    NULL_COUNT_FIELD_NUMBER: _ClassVar[int]
    DISTINCT_COUNT_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_FIELD_NUMBER: _ClassVar[int]
    MEAN_FIELD_NUMBER: _ClassVar[int]
    STANDARD_DEVIATION_FIELD_NUMBER: _ClassVar[int]
    QUANTILES_FIELD_NUMBER: _ClassVar[int]
    VALUE_COUNTS_FIELD_NUMBER: _ClassVar[int]
    HISTOGRAM_FIELD_NUMBER: _ClassVar[int]
    BYTE_SIZES_FIELD_NUMBER: _ClassVar[int]
    IMAGE_SIZES_FIELD_NUMBER: _ClassVar[int]
    column: Column
    row_count: int
    null_count: int
    distinct_count: int
    minimum: Value
    maximum: Value
    mean: float
    standard_deviation: float
    quantiles: _containers.RepeatedCompositeFieldContainer[Quantile]
    value_counts: _containers.RepeatedCompositeFieldContainer[ValueCount]
    histogram: _containers.RepeatedCompositeFieldContainer[HistogramBin]
    byte_sizes: ByteSizes
    image_sizes: _containers.RepeatedCompositeFieldContainer[ImageSizeCount]
    def __init__(self, column: _Optional[_Union[Column, _Mapping]] = ..., row_count: _Optional[int] = ..., null_count: _Optional[int] = ..., distinct_count: _Optional[int] = ..., minimum: _Optional[_Union[Value, _Mapping]] = ..., maximum: _Optional[_Union[Value, _Mapping]] = ..., mean: _Optional[float] = ..., standard_deviation: _Optional[float] = ..., quantiles: _Optional[_Iterable[_Union[Quantile, _Mapping]]] = ..., value_counts: _Optional[_Iterable[_Union[ValueCount, _Mapping]]] = ..., histogram: _Optional[_Iterable[_Union[HistogramBin, _Mapping]]] = ..., byte_sizes: _Optional[_Union[ByteSizes, _Mapping]] = ..., image_sizes: _Optional[_Iterable[_Union[ImageSizeCount, _Mapping]]] = ...) -> None: ...

class Quantile(_message.Message):
    __slots__ = ("fraction", "value")
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    fraction: float
    value: float
    def __init__(self, fraction: _Optional[float] = ..., value: _Optional[float] = ...) -> None: ...

class ValueCount(_message.Message):
    __slots__ = ("value", "row_count")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    value: Value
    row_count: int
    def __init__(self, value: _Optional[_Union[Value, _Mapping]] = ..., row_count: _Optional[int] = ...) -> None: ...

class HistogramBin(_message.Message):
    __slots__ = ("lower", "upper", "row_count")
    LOWER_FIELD_NUMBER: _ClassVar[int]
    UPPER_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    lower: float
    upper: float
    row_count: int
    def __init__(self, lower: _Optional[float] = ..., upper: _Optional[float] = ..., row_count: _Optional[int] = ...) -> None: ...

class ByteSizes(_message.Message):
    __slots__ = ("minimum", "maximum", "total")
    MINIMUM_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    minimum: int
    maximum: int
    total: int
    def __init__(self, minimum: _Optional[int] = ..., maximum: _Optional[int] = ..., total: _Optional[int] = ...) -> None: ...

class ImageSizeCount(_message.Message):
    __slots__ = ("width", "height", "mode", "row_count")
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    width: int
    height: int
    mode: ImageMode
    row_count: int
    def __init__(self, width: _Optional[int] = ..., height: _Optional[int] = ..., mode: _Optional[_Union[ImageMode, str]] = ..., row_count: _Optional[int] = ...) -> None: ...

class Snapshot(_message.Message):
    __slots__ = ("snapshot_id", "table", "table_id", "row_count", "columns", "digest", "guarantee", "row_ids_are_numbers", "size_bytes", "new_bytes", "create_time", "expire_time", "expired", "block_count", "new_block_count")
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    TABLE_ID_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    GUARANTEE_FIELD_NUMBER: _ClassVar[int]
    ROW_IDS_ARE_NUMBERS_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    NEW_BYTES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRED_FIELD_NUMBER: _ClassVar[int]
    BLOCK_COUNT_FIELD_NUMBER: _ClassVar[int]
    NEW_BLOCK_COUNT_FIELD_NUMBER: _ClassVar[int]
    snapshot_id: str
    table: str
    table_id: str
    row_count: int
    columns: _containers.RepeatedCompositeFieldContainer[Column]
    digest: str
    guarantee: Guarantee
    row_ids_are_numbers: bool
    size_bytes: int
    new_bytes: int
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    expired: bool
    block_count: int
    new_block_count: int
    def __init__(self, snapshot_id: _Optional[str] = ..., table: _Optional[str] = ..., table_id: _Optional[str] = ..., row_count: _Optional[int] = ..., columns: _Optional[_Iterable[_Union[Column, _Mapping]]] = ..., digest: _Optional[str] = ..., guarantee: _Optional[_Union[Guarantee, str]] = ..., row_ids_are_numbers: _Optional[bool] = ..., size_bytes: _Optional[int] = ..., new_bytes: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expired: _Optional[bool] = ..., block_count: _Optional[int] = ..., new_block_count: _Optional[int] = ...) -> None: ...

class CreateSnapshotRequest(_message.Message):
    __slots__ = ("table", "guarantee", "keep", "columns")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    GUARANTEE_FIELD_NUMBER: _ClassVar[int]
    KEEP_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    table: str
    guarantee: Guarantee
    keep: _duration_pb2.Duration
    columns: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, table: _Optional[str] = ..., guarantee: _Optional[_Union[Guarantee, str]] = ..., keep: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., columns: _Optional[_Iterable[str]] = ...) -> None: ...

class CreateSnapshotResponse(_message.Message):
    __slots__ = ("progress", "snapshot")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    progress: RowProgress
    snapshot: Snapshot
    def __init__(self, progress: _Optional[_Union[RowProgress, _Mapping]] = ..., snapshot: _Optional[_Union[Snapshot, _Mapping]] = ...) -> None: ...

class GetSnapshotRequest(_message.Message):
    __slots__ = ("snapshot_id",)
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    snapshot_id: str
    def __init__(self, snapshot_id: _Optional[str] = ...) -> None: ...

class GetSnapshotResponse(_message.Message):
    __slots__ = ("snapshot",)
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    snapshot: Snapshot
    def __init__(self, snapshot: _Optional[_Union[Snapshot, _Mapping]] = ...) -> None: ...

class ListSnapshotsRequest(_message.Message):
    __slots__ = ("table", "page_size", "page_token", "include_expired")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_EXPIRED_FIELD_NUMBER: _ClassVar[int]
    table: str
    page_size: int
    page_token: str
    include_expired: bool
    def __init__(self, table: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., include_expired: _Optional[bool] = ...) -> None: ...

class ListSnapshotsResponse(_message.Message):
    __slots__ = ("snapshots", "next_page_token")
    SNAPSHOTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    snapshots: _containers.RepeatedCompositeFieldContainer[Snapshot]
    next_page_token: str
    def __init__(self, snapshots: _Optional[_Iterable[_Union[Snapshot, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateSnapshotRequest(_message.Message):
    __slots__ = ("snapshot_id", "keep")
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    KEEP_FIELD_NUMBER: _ClassVar[int]
    snapshot_id: str
    keep: _duration_pb2.Duration
    def __init__(self, snapshot_id: _Optional[str] = ..., keep: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class UpdateSnapshotResponse(_message.Message):
    __slots__ = ("snapshot",)
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    snapshot: Snapshot
    def __init__(self, snapshot: _Optional[_Union[Snapshot, _Mapping]] = ...) -> None: ...

class DeleteSnapshotRequest(_message.Message):
    __slots__ = ("snapshot_id",)
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    snapshot_id: str
    def __init__(self, snapshot_id: _Optional[str] = ...) -> None: ...

class DeleteSnapshotResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class StreamBatchesRequest(_message.Message):
    __slots__ = ("table", "snapshot", "split", "image", "shuffle", "batch_size", "tail", "start_step", "step_count", "reader", "header_only", "columns", "features", "fitted_features", "target", "balance", "rank", "world_size")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    SPLIT_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    SHUFFLE_FIELD_NUMBER: _ClassVar[int]
    BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    TAIL_FIELD_NUMBER: _ClassVar[int]
    START_STEP_FIELD_NUMBER: _ClassVar[int]
    STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    READER_FIELD_NUMBER: _ClassVar[int]
    HEADER_ONLY_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    FITTED_FEATURES_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    WORLD_SIZE_FIELD_NUMBER: _ClassVar[int]
    table: str
    snapshot: str
    split: Split
    image: ImageOptions
    shuffle: Shuffle
    batch_size: int
    tail: Tail
    start_step: int
    step_count: int
    reader: str
    header_only: bool
    columns: _containers.RepeatedScalarFieldContainer[str]
    features: _containers.RepeatedCompositeFieldContainer[Feature]
    fitted_features: _containers.RepeatedCompositeFieldContainer[FittedFeature]
    target: str
    balance: Balance
    rank: int
    world_size: int
    def __init__(self, table: _Optional[str] = ..., snapshot: _Optional[str] = ..., split: _Optional[_Union[Split, _Mapping]] = ..., image: _Optional[_Union[ImageOptions, _Mapping]] = ..., shuffle: _Optional[_Union[Shuffle, _Mapping]] = ..., batch_size: _Optional[int] = ..., tail: _Optional[_Union[Tail, str]] = ..., start_step: _Optional[int] = ..., step_count: _Optional[int] = ..., reader: _Optional[str] = ..., header_only: _Optional[bool] = ..., columns: _Optional[_Iterable[str]] = ..., features: _Optional[_Iterable[_Union[Feature, _Mapping]]] = ..., fitted_features: _Optional[_Iterable[_Union[FittedFeature, _Mapping]]] = ..., target: _Optional[str] = ..., balance: _Optional[_Union[Balance, str]] = ..., rank: _Optional[int] = ..., world_size: _Optional[int] = ...) -> None: ...

class Feature(_message.Message):
    __slots__ = ("output", "inputs", "standardize", "min_max", "robust", "log1p", "clip", "impute", "bucketize", "one_hot", "ordinal", "timestamp_parts", "cross", "image_normalization")
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    STANDARDIZE_FIELD_NUMBER: _ClassVar[int]
    MIN_MAX_FIELD_NUMBER: _ClassVar[int]
    ROBUST_FIELD_NUMBER: _ClassVar[int]
    LOG1P_FIELD_NUMBER: _ClassVar[int]
    CLIP_FIELD_NUMBER: _ClassVar[int]
    IMPUTE_FIELD_NUMBER: _ClassVar[int]
    BUCKETIZE_FIELD_NUMBER: _ClassVar[int]
    ONE_HOT_FIELD_NUMBER: _ClassVar[int]
    ORDINAL_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_PARTS_FIELD_NUMBER: _ClassVar[int]
    CROSS_FIELD_NUMBER: _ClassVar[int]
    IMAGE_NORMALIZATION_FIELD_NUMBER: _ClassVar[int]
    output: str
    inputs: _containers.RepeatedScalarFieldContainer[str]
    standardize: Standardize
    min_max: MinMax
    robust: Robust
    log1p: Log1p
    clip: Clip
    impute: Impute
    bucketize: Bucketize
    one_hot: OneHot
    ordinal: Ordinal
    timestamp_parts: TimestampParts
    cross: Cross
    image_normalization: ImageNormalization
    def __init__(self, output: _Optional[str] = ..., inputs: _Optional[_Iterable[str]] = ..., standardize: _Optional[_Union[Standardize, _Mapping]] = ..., min_max: _Optional[_Union[MinMax, _Mapping]] = ..., robust: _Optional[_Union[Robust, _Mapping]] = ..., log1p: _Optional[_Union[Log1p, _Mapping]] = ..., clip: _Optional[_Union[Clip, _Mapping]] = ..., impute: _Optional[_Union[Impute, _Mapping]] = ..., bucketize: _Optional[_Union[Bucketize, _Mapping]] = ..., one_hot: _Optional[_Union[OneHot, _Mapping]] = ..., ordinal: _Optional[_Union[Ordinal, _Mapping]] = ..., timestamp_parts: _Optional[_Union[TimestampParts, _Mapping]] = ..., cross: _Optional[_Union[Cross, _Mapping]] = ..., image_normalization: _Optional[_Union[ImageNormalization, _Mapping]] = ...) -> None: ...

class Standardize(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class MinMax(_message.Message):
    __slots__ = ("lower", "upper")
    LOWER_FIELD_NUMBER: _ClassVar[int]
    UPPER_FIELD_NUMBER: _ClassVar[int]
    lower: float
    upper: float
    def __init__(self, lower: _Optional[float] = ..., upper: _Optional[float] = ...) -> None: ...

class Robust(_message.Message):
    __slots__ = ("lower", "upper")
    LOWER_FIELD_NUMBER: _ClassVar[int]
    UPPER_FIELD_NUMBER: _ClassVar[int]
    lower: float
    upper: float
    def __init__(self, lower: _Optional[float] = ..., upper: _Optional[float] = ...) -> None: ...

class Log1p(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Clip(_message.Message):
    __slots__ = ("lower", "upper")
    LOWER_FIELD_NUMBER: _ClassVar[int]
    UPPER_FIELD_NUMBER: _ClassVar[int]
    lower: float
    upper: float
    def __init__(self, lower: _Optional[float] = ..., upper: _Optional[float] = ...) -> None: ...

class Impute(_message.Message):
    __slots__ = ("mean", "median", "mode", "number", "category")
    MEAN_FIELD_NUMBER: _ClassVar[int]
    MEDIAN_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    mean: bool
    median: bool
    mode: bool
    number: float
    category: str
    def __init__(self, mean: _Optional[bool] = ..., median: _Optional[bool] = ..., mode: _Optional[bool] = ..., number: _Optional[float] = ..., category: _Optional[str] = ...) -> None: ...

class Bucketize(_message.Message):
    __slots__ = ("edges", "quantile_count", "one_hot")
    EDGES_FIELD_NUMBER: _ClassVar[int]
    QUANTILE_COUNT_FIELD_NUMBER: _ClassVar[int]
    ONE_HOT_FIELD_NUMBER: _ClassVar[int]
    edges: _containers.RepeatedScalarFieldContainer[float]
    quantile_count: int
    one_hot: bool
    def __init__(self, edges: _Optional[_Iterable[float]] = ..., quantile_count: _Optional[int] = ..., one_hot: _Optional[bool] = ...) -> None: ...

class OneHot(_message.Message):
    __slots__ = ("limit_categories",)
    LIMIT_CATEGORIES_FIELD_NUMBER: _ClassVar[int]
    limit_categories: int
    def __init__(self, limit_categories: _Optional[int] = ...) -> None: ...

class Ordinal(_message.Message):
    __slots__ = ("limit_categories",)
    LIMIT_CATEGORIES_FIELD_NUMBER: _ClassVar[int]
    limit_categories: int
    def __init__(self, limit_categories: _Optional[int] = ...) -> None: ...

class TimestampParts(_message.Message):
    __slots__ = ("parts",)
    PARTS_FIELD_NUMBER: _ClassVar[int]
    parts: _containers.RepeatedScalarFieldContainer[TimestampPart]
    def __init__(self, parts: _Optional[_Iterable[_Union[TimestampPart, str]]] = ...) -> None: ...

class Cross(_message.Message):
    __slots__ = ("bucket_count",)
    BUCKET_COUNT_FIELD_NUMBER: _ClassVar[int]
    bucket_count: int
    def __init__(self, bucket_count: _Optional[int] = ...) -> None: ...

class ImageNormalization(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class FittedFeature(_message.Message):
    __slots__ = ("feature", "numbers", "vocabulary", "row_count", "sampled")
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    NUMBERS_FIELD_NUMBER: _ClassVar[int]
    VOCABULARY_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    SAMPLED_FIELD_NUMBER: _ClassVar[int]
    feature: Feature
    numbers: _containers.RepeatedCompositeFieldContainer[NamedTensor]
    vocabulary: _containers.RepeatedScalarFieldContainer[str]
    row_count: int
    sampled: bool
    def __init__(self, feature: _Optional[_Union[Feature, _Mapping]] = ..., numbers: _Optional[_Iterable[_Union[NamedTensor, _Mapping]]] = ..., vocabulary: _Optional[_Iterable[str]] = ..., row_count: _Optional[int] = ..., sampled: _Optional[bool] = ...) -> None: ...

class Split(_message.Message):
    __slots__ = ("fraction", "value", "time", "fold", "hash", "part", "stratification")
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    FOLD_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    STRATIFICATION_FIELD_NUMBER: _ClassVar[int]
    fraction: FractionSplit
    value: ValueSplit
    time: TimeSplit
    fold: FoldSplit
    hash: HashSplit
    part: SplitPart
    stratification: Stratification
    def __init__(self, fraction: _Optional[_Union[FractionSplit, _Mapping]] = ..., value: _Optional[_Union[ValueSplit, _Mapping]] = ..., time: _Optional[_Union[TimeSplit, _Mapping]] = ..., fold: _Optional[_Union[FoldSplit, _Mapping]] = ..., hash: _Optional[_Union[HashSplit, _Mapping]] = ..., part: _Optional[_Union[SplitPart, str]] = ..., stratification: _Optional[_Union[Stratification, str]] = ...) -> None: ...

class FractionSplit(_message.Message):
    __slots__ = ("validation_fraction", "seed")
    VALIDATION_FRACTION_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    validation_fraction: float
    seed: int
    def __init__(self, validation_fraction: _Optional[float] = ..., seed: _Optional[int] = ...) -> None: ...

class ValueSplit(_message.Message):
    __slots__ = ("column", "validation_values")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    VALIDATION_VALUES_FIELD_NUMBER: _ClassVar[int]
    column: str
    validation_values: _containers.RepeatedCompositeFieldContainer[Value]
    def __init__(self, column: _Optional[str] = ..., validation_values: _Optional[_Iterable[_Union[Value, _Mapping]]] = ...) -> None: ...

class TimeSplit(_message.Message):
    __slots__ = ("column", "validation_start")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    VALIDATION_START_FIELD_NUMBER: _ClassVar[int]
    column: str
    validation_start: _timestamp_pb2.Timestamp
    def __init__(self, column: _Optional[str] = ..., validation_start: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class FoldSplit(_message.Message):
    __slots__ = ("fold_count", "fold", "seed")
    FOLD_COUNT_FIELD_NUMBER: _ClassVar[int]
    FOLD_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    fold_count: int
    fold: int
    seed: int
    def __init__(self, fold_count: _Optional[int] = ..., fold: _Optional[int] = ..., seed: _Optional[int] = ...) -> None: ...

class HashSplit(_message.Message):
    __slots__ = ("validation_fraction", "seed")
    VALIDATION_FRACTION_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    validation_fraction: float
    seed: int
    def __init__(self, validation_fraction: _Optional[float] = ..., seed: _Optional[int] = ...) -> None: ...

class ImageOptions(_message.Message):
    __slots__ = ("mode", "height", "width", "resampling", "fit")
    MODE_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    RESAMPLING_FIELD_NUMBER: _ClassVar[int]
    FIT_FIELD_NUMBER: _ClassVar[int]
    mode: ImageMode
    height: int
    width: int
    resampling: Resampling
    fit: ImageFit
    def __init__(self, mode: _Optional[_Union[ImageMode, str]] = ..., height: _Optional[int] = ..., width: _Optional[int] = ..., resampling: _Optional[_Union[Resampling, str]] = ..., fit: _Optional[_Union[ImageFit, str]] = ...) -> None: ...

class Shuffle(_message.Message):
    __slots__ = ("seed", "epoch")
    SEED_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    seed: int
    epoch: int
    def __init__(self, seed: _Optional[int] = ..., epoch: _Optional[int] = ...) -> None: ...

class StreamBatchesResponse(_message.Message):
    __slots__ = ("header", "batches")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    BATCHES_FIELD_NUMBER: _ClassVar[int]
    header: StreamHeader
    batches: BatchGroup
    def __init__(self, header: _Optional[_Union[StreamHeader, _Mapping]] = ..., batches: _Optional[_Union[BatchGroup, _Mapping]] = ...) -> None: ...

class StreamHeader(_message.Message):
    __slots__ = ("snapshot", "columns", "target", "row_count", "step_count", "dropped_row_count", "padded_row_count", "oversampled_row_count", "block_rows", "window_blocks", "image", "features")
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    DROPPED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    PADDED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    OVERSAMPLED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    BLOCK_ROWS_FIELD_NUMBER: _ClassVar[int]
    WINDOW_BLOCKS_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    snapshot: Snapshot
    columns: _containers.RepeatedCompositeFieldContainer[BatchColumn]
    target: str
    row_count: int
    step_count: int
    dropped_row_count: int
    padded_row_count: int
    oversampled_row_count: int
    block_rows: int
    window_blocks: int
    image: ImageOptions
    features: _containers.RepeatedCompositeFieldContainer[FittedFeature]
    def __init__(self, snapshot: _Optional[_Union[Snapshot, _Mapping]] = ..., columns: _Optional[_Iterable[_Union[BatchColumn, _Mapping]]] = ..., target: _Optional[str] = ..., row_count: _Optional[int] = ..., step_count: _Optional[int] = ..., dropped_row_count: _Optional[int] = ..., padded_row_count: _Optional[int] = ..., oversampled_row_count: _Optional[int] = ..., block_rows: _Optional[int] = ..., window_blocks: _Optional[int] = ..., image: _Optional[_Union[ImageOptions, _Mapping]] = ..., features: _Optional[_Iterable[_Union[FittedFeature, _Mapping]]] = ...) -> None: ...

class BatchColumn(_message.Message):
    __slots__ = ("column", "data_type", "row_shape", "type", "nullable", "class_names", "class_row_counts", "class_weights")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    DATA_TYPE_FIELD_NUMBER: _ClassVar[int]
    ROW_SHAPE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    NULLABLE_FIELD_NUMBER: _ClassVar[int]
    CLASS_NAMES_FIELD_NUMBER: _ClassVar[int]
    CLASS_ROW_COUNTS_FIELD_NUMBER: _ClassVar[int]
    CLASS_WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    column: str
    data_type: DataType
    row_shape: _containers.RepeatedScalarFieldContainer[int]
    type: ColumnType
    nullable: bool
    class_names: _containers.RepeatedScalarFieldContainer[str]
    class_row_counts: _containers.RepeatedScalarFieldContainer[int]
    class_weights: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, column: _Optional[str] = ..., data_type: _Optional[_Union[DataType, str]] = ..., row_shape: _Optional[_Iterable[int]] = ..., type: _Optional[_Union[ColumnType, str]] = ..., nullable: _Optional[bool] = ..., class_names: _Optional[_Iterable[str]] = ..., class_row_counts: _Optional[_Iterable[int]] = ..., class_weights: _Optional[_Iterable[float]] = ...) -> None: ...

class BatchGroup(_message.Message):
    __slots__ = ("first_step", "row_counts", "part", "part_count", "row_ids", "weights", "columns")
    FIRST_STEP_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNTS_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    PART_COUNT_FIELD_NUMBER: _ClassVar[int]
    ROW_IDS_FIELD_NUMBER: _ClassVar[int]
    WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    first_step: int
    row_counts: _containers.RepeatedScalarFieldContainer[int]
    part: int
    part_count: int
    row_ids: Tensor
    weights: Tensor
    columns: _containers.RepeatedCompositeFieldContainer[NamedTensor]
    def __init__(self, first_step: _Optional[int] = ..., row_counts: _Optional[_Iterable[int]] = ..., part: _Optional[int] = ..., part_count: _Optional[int] = ..., row_ids: _Optional[_Union[Tensor, _Mapping]] = ..., weights: _Optional[_Union[Tensor, _Mapping]] = ..., columns: _Optional[_Iterable[_Union[NamedTensor, _Mapping]]] = ...) -> None: ...

class NamedTensor(_message.Message):
    __slots__ = ("column", "tensor", "is_null")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    TENSOR_FIELD_NUMBER: _ClassVar[int]
    IS_NULL_FIELD_NUMBER: _ClassVar[int]
    column: str
    tensor: Tensor
    is_null: bytes
    def __init__(self, column: _Optional[str] = ..., tensor: _Optional[_Union[Tensor, _Mapping]] = ..., is_null: _Optional[bytes] = ...) -> None: ...

class Tensor(_message.Message):
    __slots__ = ("data_type", "shape", "data", "lengths")
    DATA_TYPE_FIELD_NUMBER: _ClassVar[int]
    SHAPE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    LENGTHS_FIELD_NUMBER: _ClassVar[int]
    data_type: DataType
    shape: _containers.RepeatedScalarFieldContainer[int]
    data: bytes
    lengths: bytes
    def __init__(self, data_type: _Optional[_Union[DataType, str]] = ..., shape: _Optional[_Iterable[int]] = ..., data: _Optional[bytes] = ..., lengths: _Optional[bytes] = ...) -> None: ...

class HoldTableRequest(_message.Message):
    __slots__ = ("table", "reader", "snapshot")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    READER_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    table: str
    reader: str
    snapshot: str
    def __init__(self, table: _Optional[str] = ..., reader: _Optional[str] = ..., snapshot: _Optional[str] = ...) -> None: ...

class HoldTableResponse(_message.Message):
    __slots__ = ("table",)
    TABLE_FIELD_NUMBER: _ClassVar[int]
    table: Table
    def __init__(self, table: _Optional[_Union[Table, _Mapping]] = ...) -> None: ...
