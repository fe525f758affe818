import datetime

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

class ColumnType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COLUMN_TYPE_UNSPECIFIED: _ClassVar[ColumnType]
    COLUMN_TYPE_INTEGER: _ClassVar[ColumnType]
    COLUMN_TYPE_TEXT: _ClassVar[ColumnType]
    COLUMN_TYPE_CATEGORY: _ClassVar[ColumnType]
    COLUMN_TYPE_IMAGE: _ClassVar[ColumnType]
    COLUMN_TYPE_TIMESTAMP: _ClassVar[ColumnType]

class SplitPart(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SPLIT_PART_UNSPECIFIED: _ClassVar[SplitPart]
    SPLIT_PART_TRAINING: _ClassVar[SplitPart]
    SPLIT_PART_VALIDATION: _ClassVar[SplitPart]

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
TABLE_KIND_UNSPECIFIED: TableKind
TABLE_KIND_IMAGE: TableKind
COLUMN_TYPE_UNSPECIFIED: ColumnType
COLUMN_TYPE_INTEGER: ColumnType
COLUMN_TYPE_TEXT: ColumnType
COLUMN_TYPE_CATEGORY: ColumnType
COLUMN_TYPE_IMAGE: ColumnType
COLUMN_TYPE_TIMESTAMP: ColumnType
SPLIT_PART_UNSPECIFIED: SplitPart
SPLIT_PART_TRAINING: SplitPart
SPLIT_PART_VALIDATION: SplitPart
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

class Column(_message.Message):
    __slots__ = ("name", "type", "nullable", "description")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    NULLABLE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: ColumnType
    nullable: bool
    description: str
    def __init__(self, name: _Optional[str] = ..., type: _Optional[_Union[ColumnType, str]] = ..., nullable: _Optional[bool] = ..., description: _Optional[str] = ...) -> None: ...

class Table(_message.Message):
    __slots__ = ("name", "table_id", "kind", "description", "columns", "row_count", "create_time", "update_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TABLE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    table_id: str
    kind: TableKind
    description: str
    columns: _containers.RepeatedCompositeFieldContainer[Column]
    row_count: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., table_id: _Optional[str] = ..., kind: _Optional[_Union[TableKind, str]] = ..., description: _Optional[str] = ..., columns: _Optional[_Iterable[_Union[Column, _Mapping]]] = ..., row_count: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

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
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

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
    __slots__ = ("column", "texts", "blobs")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    TEXTS_FIELD_NUMBER: _ClassVar[int]
    BLOBS_FIELD_NUMBER: _ClassVar[int]
    column: str
    texts: TextValues
    blobs: BlobValues
    def __init__(self, column: _Optional[str] = ..., texts: _Optional[_Union[TextValues, _Mapping]] = ..., blobs: _Optional[_Union[BlobValues, _Mapping]] = ...) -> None: ...

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

class ListRowsRequest(_message.Message):
    __slots__ = ("table", "page_size", "page_token", "columns")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    table: str
    page_size: int
    page_token: str
    columns: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, table: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., columns: _Optional[_Iterable[str]] = ...) -> None: ...

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
    __slots__ = ("integer", "text", "blob", "timestamp")
    INTEGER_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    BLOB_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    integer: int
    text: str
    blob: bytes
    timestamp: _timestamp_pb2.Timestamp
    def __init__(self, integer: _Optional[int] = ..., text: _Optional[str] = ..., blob: _Optional[bytes] = ..., timestamp: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class StreamBatchesRequest(_message.Message):
    __slots__ = ("table", "snapshot", "pin", "split", "image", "shuffle", "batch_size", "tail", "start_step", "step_count", "reader", "header_only")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    PIN_FIELD_NUMBER: _ClassVar[int]
    SPLIT_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    SHUFFLE_FIELD_NUMBER: _ClassVar[int]
    BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    TAIL_FIELD_NUMBER: _ClassVar[int]
    START_STEP_FIELD_NUMBER: _ClassVar[int]
    STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    READER_FIELD_NUMBER: _ClassVar[int]
    HEADER_ONLY_FIELD_NUMBER: _ClassVar[int]
    table: str
    snapshot: str
    pin: TablePin
    split: Split
    image: ImageOptions
    shuffle: Shuffle
    batch_size: int
    tail: Tail
    start_step: int
    step_count: int
    reader: str
    header_only: bool
    def __init__(self, table: _Optional[str] = ..., snapshot: _Optional[str] = ..., pin: _Optional[_Union[TablePin, _Mapping]] = ..., split: _Optional[_Union[Split, _Mapping]] = ..., image: _Optional[_Union[ImageOptions, _Mapping]] = ..., shuffle: _Optional[_Union[Shuffle, _Mapping]] = ..., batch_size: _Optional[int] = ..., tail: _Optional[_Union[Tail, str]] = ..., start_step: _Optional[int] = ..., step_count: _Optional[int] = ..., reader: _Optional[str] = ..., header_only: _Optional[bool] = ...) -> None: ...

class TablePin(_message.Message):
    __slots__ = ("row_count", "last_id", "digest")
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    LAST_ID_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    row_count: int
    last_id: int
    digest: str
    def __init__(self, row_count: _Optional[int] = ..., last_id: _Optional[int] = ..., digest: _Optional[str] = ...) -> None: ...

class Split(_message.Message):
    __slots__ = ("validation_fraction", "seed", "part")
    VALIDATION_FRACTION_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    validation_fraction: float
    seed: int
    part: SplitPart
    def __init__(self, validation_fraction: _Optional[float] = ..., seed: _Optional[int] = ..., part: _Optional[_Union[SplitPart, str]] = ...) -> None: ...

class ImageOptions(_message.Message):
    __slots__ = ("mode", "height", "width")
    MODE_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    mode: ImageMode
    height: int
    width: int
    def __init__(self, mode: _Optional[_Union[ImageMode, str]] = ..., height: _Optional[int] = ..., width: _Optional[int] = ...) -> None: ...

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
    __slots__ = ("table_id", "columns", "class_names", "class_row_counts", "pin", "row_count", "step_count", "dropped_row_count", "padded_row_count", "block_rows", "window_blocks", "image")
    TABLE_ID_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    CLASS_NAMES_FIELD_NUMBER: _ClassVar[int]
    CLASS_ROW_COUNTS_FIELD_NUMBER: _ClassVar[int]
    PIN_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    DROPPED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    PADDED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    BLOCK_ROWS_FIELD_NUMBER: _ClassVar[int]
    WINDOW_BLOCKS_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    table_id: str
    columns: _containers.RepeatedCompositeFieldContainer[TensorSchema]
    class_names: _containers.RepeatedScalarFieldContainer[str]
    class_row_counts: _containers.RepeatedScalarFieldContainer[int]
    pin: TablePin
    row_count: int
    step_count: int
    dropped_row_count: int
    padded_row_count: int
    block_rows: int
    window_blocks: int
    image: ImageOptions
    def __init__(self, table_id: _Optional[str] = ..., columns: _Optional[_Iterable[_Union[TensorSchema, _Mapping]]] = ..., class_names: _Optional[_Iterable[str]] = ..., class_row_counts: _Optional[_Iterable[int]] = ..., pin: _Optional[_Union[TablePin, _Mapping]] = ..., row_count: _Optional[int] = ..., step_count: _Optional[int] = ..., dropped_row_count: _Optional[int] = ..., padded_row_count: _Optional[int] = ..., block_rows: _Optional[int] = ..., window_blocks: _Optional[int] = ..., image: _Optional[_Union[ImageOptions, _Mapping]] = ...) -> None: ...

class TensorSchema(_message.Message):
    __slots__ = ("column", "data_type", "row_shape")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    DATA_TYPE_FIELD_NUMBER: _ClassVar[int]
    ROW_SHAPE_FIELD_NUMBER: _ClassVar[int]
    column: str
    data_type: DataType
    row_shape: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, column: _Optional[str] = ..., data_type: _Optional[_Union[DataType, str]] = ..., row_shape: _Optional[_Iterable[int]] = ...) -> None: ...

class BatchGroup(_message.Message):
    __slots__ = ("batches",)
    BATCHES_FIELD_NUMBER: _ClassVar[int]
    batches: _containers.RepeatedCompositeFieldContainer[Batch]
    def __init__(self, batches: _Optional[_Iterable[_Union[Batch, _Mapping]]] = ...) -> None: ...

class Batch(_message.Message):
    __slots__ = ("step", "part", "part_count", "row_ids", "weights", "columns")
    STEP_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    PART_COUNT_FIELD_NUMBER: _ClassVar[int]
    ROW_IDS_FIELD_NUMBER: _ClassVar[int]
    WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    step: int
    part: int
    part_count: int
    row_ids: Tensor
    weights: Tensor
    columns: _containers.RepeatedCompositeFieldContainer[NamedTensor]
    def __init__(self, step: _Optional[int] = ..., part: _Optional[int] = ..., part_count: _Optional[int] = ..., row_ids: _Optional[_Union[Tensor, _Mapping]] = ..., weights: _Optional[_Union[Tensor, _Mapping]] = ..., columns: _Optional[_Iterable[_Union[NamedTensor, _Mapping]]] = ...) -> None: ...

class NamedTensor(_message.Message):
    __slots__ = ("column", "tensor")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    TENSOR_FIELD_NUMBER: _ClassVar[int]
    column: str
    tensor: Tensor
    def __init__(self, column: _Optional[str] = ..., tensor: _Optional[_Union[Tensor, _Mapping]] = ...) -> None: ...

class Tensor(_message.Message):
    __slots__ = ("data_type", "shape", "data")
    DATA_TYPE_FIELD_NUMBER: _ClassVar[int]
    SHAPE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    data_type: DataType
    shape: _containers.RepeatedScalarFieldContainer[int]
    data: bytes
    def __init__(self, data_type: _Optional[_Union[DataType, str]] = ..., shape: _Optional[_Iterable[int]] = ..., data: _Optional[bytes] = ...) -> None: ...

class HoldTableRequest(_message.Message):
    __slots__ = ("table", "reader")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    READER_FIELD_NUMBER: _ClassVar[int]
    table: str
    reader: str
    def __init__(self, table: _Optional[str] = ..., reader: _Optional[str] = ...) -> None: ...

class HoldTableResponse(_message.Message):
    __slots__ = ("table",)
    TABLE_FIELD_NUMBER: _ClassVar[int]
    table: Table
    def __init__(self, table: _Optional[_Union[Table, _Mapping]] = ...) -> None: ...
