import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tablefit.v1 import data_service_pb2 as _data_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InputKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INPUT_KIND_UNSPECIFIED: _ClassVar[InputKind]
    INPUT_KIND_IMAGE: _ClassVar[InputKind]
    INPUT_KIND_COLUMNS: _ClassVar[InputKind]
    INPUT_KIND_IMAGE_AND_COLUMNS: _ClassVar[InputKind]

class Task(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TASK_UNSPECIFIED: _ClassVar[Task]
    TASK_CLASSIFICATION: _ClassVar[Task]
    TASK_BINARY: _ClassVar[Task]
    TASK_MULTI_LABEL: _ClassVar[Task]
    TASK_REGRESSION: _ClassVar[Task]

class ParameterType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PARAMETER_TYPE_UNSPECIFIED: _ClassVar[ParameterType]
    PARAMETER_TYPE_NUMBER: _ClassVar[ParameterType]
    PARAMETER_TYPE_INTEGER: _ClassVar[ParameterType]
    PARAMETER_TYPE_CHOICE: _ClassVar[ParameterType]
    PARAMETER_TYPE_INTEGERS: _ClassVar[ParameterType]

class JobState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    JOB_STATE_UNSPECIFIED: _ClassVar[JobState]
    JOB_STATE_QUEUED: _ClassVar[JobState]
    JOB_STATE_RUNNING: _ClassVar[JobState]
    JOB_STATE_SUCCEEDED: _ClassVar[JobState]
    JOB_STATE_FAILED: _ClassVar[JobState]
    JOB_STATE_CANCELLED: _ClassVar[JobState]

class ModelFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MODEL_FORMAT_UNSPECIFIED: _ClassVar[ModelFormat]
    MODEL_FORMAT_KERAS: _ClassVar[ModelFormat]
    MODEL_FORMAT_SAVED_MODEL: _ClassVar[ModelFormat]
    MODEL_FORMAT_ONNX: _ClassVar[ModelFormat]
    MODEL_FORMAT_LITERT: _ClassVar[ModelFormat]
INPUT_KIND_UNSPECIFIED: InputKind
INPUT_KIND_IMAGE: InputKind
INPUT_KIND_COLUMNS: InputKind
INPUT_KIND_IMAGE_AND_COLUMNS: InputKind
TASK_UNSPECIFIED: Task
TASK_CLASSIFICATION: Task
TASK_BINARY: Task
TASK_MULTI_LABEL: Task
TASK_REGRESSION: Task
PARAMETER_TYPE_UNSPECIFIED: ParameterType
PARAMETER_TYPE_NUMBER: ParameterType
PARAMETER_TYPE_INTEGER: ParameterType
PARAMETER_TYPE_CHOICE: ParameterType
PARAMETER_TYPE_INTEGERS: ParameterType
JOB_STATE_UNSPECIFIED: JobState
JOB_STATE_QUEUED: JobState
JOB_STATE_RUNNING: JobState
JOB_STATE_SUCCEEDED: JobState
JOB_STATE_FAILED: JobState
JOB_STATE_CANCELLED: JobState
MODEL_FORMAT_UNSPECIFIED: ModelFormat
MODEL_FORMAT_KERAS: ModelFormat
MODEL_FORMAT_SAVED_MODEL: ModelFormat
MODEL_FORMAT_ONNX: ModelFormat
MODEL_FORMAT_LITERT: ModelFormat

class ListArchitecturesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListArchitecturesResponse(_message.Message):
    __slots__ = ("architectures", "next_page_token")
    ARCHITECTURES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    architectures: _containers.RepeatedCompositeFieldContainer[Architecture]
    next_page_token: str
    def __init__(self, architectures: _Optional[_Iterable[_Union[Architecture, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CountParametersRequest(_message.Message):
    __slots__ = ("architecture", "architecture_parameters", "image", "inputs", "output_count")
    ARCHITECTURE_FIELD_NUMBER: _ClassVar[int]
    ARCHITECTURE_PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_COUNT_FIELD_NUMBER: _ClassVar[int]
    architecture: str
    architecture_parameters: _struct_pb2.Struct
    image: _data_service_pb2.ImageOptions
    inputs: _containers.RepeatedCompositeFieldContainer[NetworkInput]
    output_count: int
    def __init__(self, architecture: _Optional[str] = ..., architecture_parameters: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., image: _Optional[_Union[_data_service_pb2.ImageOptions, _Mapping]] = ..., inputs: _Optional[_Iterable[_Union[NetworkInput, _Mapping]]] = ..., output_count: _Optional[int] = ...) -> None: ...

class NetworkInput(_message.Message):
    __slots__ = ("name", "shape", "category_count")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SHAPE_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_COUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    shape: _containers.RepeatedScalarFieldContainer[int]
    category_count: int
    def __init__(self, name: _Optional[str] = ..., shape: _Optional[_Iterable[int]] = ..., category_count: _Optional[int] = ...) -> None: ...

class CountParametersResponse(_message.Message):
    __slots__ = ("parameter_count", "trainable_count")
    PARAMETER_COUNT_FIELD_NUMBER: _ClassVar[int]
    TRAINABLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    parameter_count: int
    trainable_count: int
    def __init__(self, parameter_count: _Optional[int] = ..., trainable_count: _Optional[int] = ...) -> None: ...

class Architecture(_message.Message):
    __slots__ = ("name", "description", "parameters", "minimum_image_size", "source", "tasks", "input_kind")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_IMAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TASKS_FIELD_NUMBER: _ClassVar[int]
    INPUT_KIND_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    parameters: _containers.RepeatedCompositeFieldContainer[ArchitectureParameter]
    minimum_image_size: int
    source: str
    tasks: _containers.RepeatedScalarFieldContainer[Task]
    input_kind: InputKind
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., parameters: _Optional[_Iterable[_Union[ArchitectureParameter, _Mapping]]] = ..., minimum_image_size: _Optional[int] = ..., source: _Optional[str] = ..., tasks: _Optional[_Iterable[_Union[Task, str]]] = ..., input_kind: _Optional[_Union[InputKind, str]] = ...) -> None: ...

class ArchitectureParameter(_message.Message):
    __slots__ = ("name", "description", "minimum", "maximum", "default_value", "type", "choices", "default_setting")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_VALUE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_SETTING_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    minimum: float
    maximum: float
    default_value: float
    type: ParameterType
    choices: _containers.RepeatedScalarFieldContainer[str]
    default_setting: _struct_pb2.Value
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., minimum: _Optional[float] = ..., maximum: _Optional[float] = ..., default_value: _Optional[float] = ..., type: _Optional[_Union[ParameterType, str]] = ..., choices: _Optional[_Iterable[str]] = ..., default_setting: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ...) -> None: ...

class TrainingSpec(_message.Message):
    __slots__ = ("table", "architecture", "architecture_parameters", "optimizer", "learning_rate", "validation_split", "epochs", "batch_size", "image", "seed", "save_model", "columns", "features", "targets", "task", "split", "optimizer_arguments", "learning_rate_schedule", "loss", "metrics", "callbacks", "class_weights", "augmentation", "dtype_policy", "steps_per_execution", "jit_compile", "backend", "thread_count", "own_model", "starting_weights", "snapshot", "balance", "checkpoints", "time_limit", "priority", "data_patience", "report_gradient_norm")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    ARCHITECTURE_FIELD_NUMBER: _ClassVar[int]
    ARCHITECTURE_PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    OPTIMIZER_FIELD_NUMBER: _ClassVar[int]
    LEARNING_RATE_FIELD_NUMBER: _ClassVar[int]
    VALIDATION_SPLIT_FIELD_NUMBER: _ClassVar[int]
    EPOCHS_FIELD_NUMBER: _ClassVar[int]
    BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    SAVE_MODEL_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    SPLIT_FIELD_NUMBER: _ClassVar[int]
    OPTIMIZER_ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    LEARNING_RATE_SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    LOSS_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    CALLBACKS_FIELD_NUMBER: _ClassVar[int]
    CLASS_WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    AUGMENTATION_FIELD_NUMBER: _ClassVar[int]
    DTYPE_POLICY_FIELD_NUMBER: _ClassVar[int]
    STEPS_PER_EXECUTION_FIELD_NUMBER: _ClassVar[int]
    JIT_COMPILE_FIELD_NUMBER: _ClassVar[int]
    BACKEND_FIELD_NUMBER: _ClassVar[int]
    THREAD_COUNT_FIELD_NUMBER: _ClassVar[int]
    OWN_MODEL_FIELD_NUMBER: _ClassVar[int]
    STARTING_WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINTS_FIELD_NUMBER: _ClassVar[int]
    TIME_LIMIT_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    DATA_PATIENCE_FIELD_NUMBER: _ClassVar[int]
    REPORT_GRADIENT_NORM_FIELD_NUMBER: _ClassVar[int]
    table: str
    architecture: str
    architecture_parameters: _struct_pb2.Struct
    optimizer: str
    learning_rate: float
    validation_split: float
    epochs: int
    batch_size: int
    image: _data_service_pb2.ImageOptions
    seed: int
    save_model: bool
    columns: _containers.RepeatedScalarFieldContainer[str]
    features: _containers.RepeatedCompositeFieldContainer[_data_service_pb2.Feature]
    targets: _containers.RepeatedScalarFieldContainer[str]
    task: Task
    split: _data_service_pb2.Split
    optimizer_arguments: _struct_pb2.Struct
    learning_rate_schedule: Component
    loss: Component
    metrics: _containers.RepeatedCompositeFieldContainer[Component]
    callbacks: _containers.RepeatedCompositeFieldContainer[Component]
    class_weights: ClassWeights
    augmentation: _containers.RepeatedCompositeFieldContainer[Component]
    dtype_policy: str
    steps_per_execution: int
    jit_compile: bool
    backend: str
    thread_count: int
    own_model: OwnModel
    starting_weights: StartingWeights
    snapshot: str
    balance: _data_service_pb2.Balance
    checkpoints: CheckpointPolicy
    time_limit: _duration_pb2.Duration
    priority: int
    data_patience: _duration_pb2.Duration
    report_gradient_norm: bool
    def __init__(self, table: _Optional[str] = ..., architecture: _Optional[str] = ..., architecture_parameters: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., optimizer: _Optional[str] = ..., learning_rate: _Optional[float] = ..., validation_split: _Optional[float] = ..., epochs: _Optional[int] = ..., batch_size: _Optional[int] = ..., image: _Optional[_Union[_data_service_pb2.ImageOptions, _Mapping]] = ..., seed: _Optional[int] = ..., save_model: _Optional[bool] = ..., columns: _Optional[_Iterable[str]] = ..., features: _Optional[_Iterable[_Union[_data_service_pb2.Feature, _Mapping]]] = ..., targets: _Optional[_Iterable[str]] = ..., task: _Optional[_Union[Task, str]] = ..., split: _Optional[_Union[_data_service_pb2.Split, _Mapping]] = ..., optimizer_arguments: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., learning_rate_schedule: _Optional[_Union[Component, _Mapping]] = ..., loss: _Optional[_Union[Component, _Mapping]] = ..., metrics: _Optional[_Iterable[_Union[Component, _Mapping]]] = ..., callbacks: _Optional[_Iterable[_Union[Component, _Mapping]]] = ..., class_weights: _Optional[_Union[ClassWeights, _Mapping]] = ..., augmentation: _Optional[_Iterable[_Union[Component, _Mapping]]] = ..., dtype_policy: _Optional[str] = ..., steps_per_execution: _Optional[int] = ..., jit_compile: _Optional[bool] = ..., backend: _Optional[str] = ..., thread_count: _Optional[int] = ..., own_model: _Optional[_Union[OwnModel, _Mapping]] = ..., starting_weights: _Optional[_Union[StartingWeights, _Mapping]] = ..., snapshot: _Optional[str] = ..., balance: _Optional[_Union[_data_service_pb2.Balance, str]] = ..., checkpoints: _Optional[_Union[CheckpointPolicy, _Mapping]] = ..., time_limit: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., priority: _Optional[int] = ..., data_patience: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., report_gradient_norm: _Optional[bool] = ...) -> None: ...

class CheckpointPolicy(_message.Message):
    __slots__ = ("every_steps", "every")
    EVERY_STEPS_FIELD_NUMBER: _ClassVar[int]
    EVERY_FIELD_NUMBER: _ClassVar[int]
    every_steps: int
    every: _duration_pb2.Duration
    def __init__(self, every_steps: _Optional[int] = ..., every: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Component(_message.Message):
    __slots__ = ("name", "arguments")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    arguments: _struct_pb2.Struct
    def __init__(self, name: _Optional[str] = ..., arguments: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class ClassWeights(_message.Message):
    __slots__ = ("balanced", "by_class")
    BALANCED_FIELD_NUMBER: _ClassVar[int]
    BY_CLASS_FIELD_NUMBER: _ClassVar[int]
    balanced: bool
    by_class: ClassWeightMap
    def __init__(self, balanced: _Optional[bool] = ..., by_class: _Optional[_Union[ClassWeightMap, _Mapping]] = ...) -> None: ...

class ClassWeightMap(_message.Message):
    __slots__ = ("weights",)
    class WeightsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    weights: _containers.ScalarMap[str, float]
    def __init__(self, weights: _Optional[_Mapping[str, float]] = ...) -> None: ...

class OwnModel(_message.Message):
    __slots__ = ("config_json", "keras_file", "sha256")
    CONFIG_JSON_FIELD_NUMBER: _ClassVar[int]
    KERAS_FILE_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    config_json: str
    keras_file: bytes
    sha256: str
    def __init__(self, config_json: _Optional[str] = ..., keras_file: _Optional[bytes] = ..., sha256: _Optional[str] = ...) -> None: ...

class StartingWeights(_message.Message):
    __slots__ = ("job_id", "frozen_layers")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    FROZEN_LAYERS_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    frozen_layers: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, job_id: _Optional[str] = ..., frozen_layers: _Optional[_Iterable[str]] = ...) -> None: ...

class TrainingJob(_message.Message):
    __slots__ = ("job_id", "state", "spec", "failure", "create_time", "start_time", "end_time", "progress", "data", "model", "script", "last_sequence", "cancel_requested", "resume_count", "checkpoint", "rerun_of", "model_id")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    CANCEL_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    RESUME_COUNT_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    RERUN_OF_FIELD_NUMBER: _ClassVar[int]
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    state: JobState
    spec: TrainingSpec
    failure: str
    create_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    progress: Progress
    data: JobData
    model: ModelFile
    script: str
    last_sequence: int
    cancel_requested: bool
    resume_count: int
    checkpoint: Checkpoint
    rerun_of: str
    model_id: str
    def __init__(self, job_id: _Optional[str] = ..., state: _Optional[_Union[JobState, str]] = ..., spec: _Optional[_Union[TrainingSpec, _Mapping]] = ..., failure: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., progress: _Optional[_Union[Progress, _Mapping]] = ..., data: _Optional[_Union[JobData, _Mapping]] = ..., model: _Optional[_Union[ModelFile, _Mapping]] = ..., script: _Optional[str] = ..., last_sequence: _Optional[int] = ..., cancel_requested: _Optional[bool] = ..., resume_count: _Optional[int] = ..., checkpoint: _Optional[_Union[Checkpoint, _Mapping]] = ..., rerun_of: _Optional[str] = ..., model_id: _Optional[str] = ...) -> None: ...

class JobData(_message.Message):
    __slots__ = ("class_names", "training_row_count", "validation_row_count", "steps_per_epoch", "snapshot_id", "image", "snapshot_digest", "snapshot_row_count", "task", "targets", "columns")
    CLASS_NAMES_FIELD_NUMBER: _ClassVar[int]
    TRAINING_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    VALIDATION_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    STEPS_PER_EPOCH_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    class_names: _containers.RepeatedScalarFieldContainer[str]
    training_row_count: int
    validation_row_count: int
    steps_per_epoch: int
    snapshot_id: str
    image: _data_service_pb2.ImageOptions
    snapshot_digest: str
    snapshot_row_count: int
    task: Task
    targets: _containers.RepeatedScalarFieldContainer[str]
    columns: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, class_names: _Optional[_Iterable[str]] = ..., training_row_count: _Optional[int] = ..., validation_row_count: _Optional[int] = ..., steps_per_epoch: _Optional[int] = ..., snapshot_id: _Optional[str] = ..., image: _Optional[_Union[_data_service_pb2.ImageOptions, _Mapping]] = ..., snapshot_digest: _Optional[str] = ..., snapshot_row_count: _Optional[int] = ..., task: _Optional[_Union[Task, str]] = ..., targets: _Optional[_Iterable[str]] = ..., columns: _Optional[_Iterable[str]] = ...) -> None: ...

class ModelFile(_message.Message):
    __slots__ = ("file_name", "size_bytes", "sha256", "parameter_count")
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    PARAMETER_COUNT_FIELD_NUMBER: _ClassVar[int]
    file_name: str
    size_bytes: int
    sha256: str
    parameter_count: int
    def __init__(self, file_name: _Optional[str] = ..., size_bytes: _Optional[int] = ..., sha256: _Optional[str] = ..., parameter_count: _Optional[int] = ...) -> None: ...

class CreateTrainingJobRequest(_message.Message):
    __slots__ = ("spec", "request_id", "validate_only")
    SPEC_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    spec: TrainingSpec
    request_id: str
    validate_only: bool
    def __init__(self, spec: _Optional[_Union[TrainingSpec, _Mapping]] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class CreateTrainingJobResponse(_message.Message):
    __slots__ = ("job", "estimate")
    JOB_FIELD_NUMBER: _ClassVar[int]
    ESTIMATE_FIELD_NUMBER: _ClassVar[int]
    job: TrainingJob
    estimate: Estimate
    def __init__(self, job: _Optional[_Union[TrainingJob, _Mapping]] = ..., estimate: _Optional[_Union[Estimate, _Mapping]] = ...) -> None: ...

class Estimate(_message.Message):
    __slots__ = ("parameter_count", "trainable_parameter_count", "steps_per_epoch", "step_count", "memory_bytes")
    PARAMETER_COUNT_FIELD_NUMBER: _ClassVar[int]
    TRAINABLE_PARAMETER_COUNT_FIELD_NUMBER: _ClassVar[int]
    STEPS_PER_EPOCH_FIELD_NUMBER: _ClassVar[int]
    STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    parameter_count: int
    trainable_parameter_count: int
    steps_per_epoch: int
    step_count: int
    memory_bytes: int
    def __init__(self, parameter_count: _Optional[int] = ..., trainable_parameter_count: _Optional[int] = ..., steps_per_epoch: _Optional[int] = ..., step_count: _Optional[int] = ..., memory_bytes: _Optional[int] = ...) -> None: ...

class GetTrainingJobRequest(_message.Message):
    __slots__ = ("job_id",)
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    def __init__(self, job_id: _Optional[str] = ...) -> None: ...

class GetTrainingJobResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: TrainingJob
    def __init__(self, job: _Optional[_Union[TrainingJob, _Mapping]] = ...) -> None: ...

class ListTrainingJobsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "states", "table", "architecture", "has_model")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    ARCHITECTURE_FIELD_NUMBER: _ClassVar[int]
    HAS_MODEL_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    states: _containers.RepeatedScalarFieldContainer[JobState]
    table: str
    architecture: str
    has_model: bool
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., states: _Optional[_Iterable[_Union[JobState, str]]] = ..., table: _Optional[str] = ..., architecture: _Optional[str] = ..., has_model: _Optional[bool] = ...) -> None: ...

class ListTrainingJobsResponse(_message.Message):
    __slots__ = ("jobs", "next_page_token")
    JOBS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedCompositeFieldContainer[TrainingJob]
    next_page_token: str
    def __init__(self, jobs: _Optional[_Iterable[_Union[TrainingJob, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CancelTrainingJobRequest(_message.Message):
    __slots__ = ("job_id",)
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    def __init__(self, job_id: _Optional[str] = ...) -> None: ...

class CancelTrainingJobResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: TrainingJob
    def __init__(self, job: _Optional[_Union[TrainingJob, _Mapping]] = ...) -> None: ...

class WatchTrainingJobRequest(_message.Message):
    __slots__ = ("job_id", "after_sequence")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    after_sequence: int
    def __init__(self, job_id: _Optional[str] = ..., after_sequence: _Optional[int] = ...) -> None: ...

class WatchTrainingJobResponse(_message.Message):
    __slots__ = ("event",)
    EVENT_FIELD_NUMBER: _ClassVar[int]
    event: Event
    def __init__(self, event: _Optional[_Union[Event, _Mapping]] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("sequence", "time", "state", "data", "step", "epoch", "resumed", "checkpoint")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    RESUMED_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time: _timestamp_pb2.Timestamp
    state: StateChange
    data: JobData
    step: Progress
    epoch: Progress
    resumed: Resumed
    checkpoint: Checkpoint
    def __init__(self, sequence: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[StateChange, _Mapping]] = ..., data: _Optional[_Union[JobData, _Mapping]] = ..., step: _Optional[_Union[Progress, _Mapping]] = ..., epoch: _Optional[_Union[Progress, _Mapping]] = ..., resumed: _Optional[_Union[Resumed, _Mapping]] = ..., checkpoint: _Optional[_Union[Checkpoint, _Mapping]] = ...) -> None: ...

class StateChange(_message.Message):
    __slots__ = ("state", "failure", "model")
    STATE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    state: JobState
    failure: str
    model: ModelFile
    def __init__(self, state: _Optional[_Union[JobState, str]] = ..., failure: _Optional[str] = ..., model: _Optional[_Union[ModelFile, _Mapping]] = ...) -> None: ...

class Resumed(_message.Message):
    __slots__ = ("step", "reason", "attempt")
    STEP_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    step: int
    reason: str
    attempt: int
    def __init__(self, step: _Optional[int] = ..., reason: _Optional[str] = ..., attempt: _Optional[int] = ...) -> None: ...

class Checkpoint(_message.Message):
    __slots__ = ("step", "epoch", "size_bytes", "duration")
    STEP_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    step: int
    epoch: int
    size_bytes: int
    duration: _duration_pb2.Duration
    def __init__(self, step: _Optional[int] = ..., epoch: _Optional[int] = ..., size_bytes: _Optional[int] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("step", "step_count", "epoch", "epoch_count", "loss", "metrics", "validation_metrics", "rows_per_second", "input_wait_share", "time_left", "elapsed", "learning_rate", "gradient_norm", "memory_bytes")
    class MetricsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    class ValidationMetricsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    STEP_FIELD_NUMBER: _ClassVar[int]
    STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    EPOCH_COUNT_FIELD_NUMBER: _ClassVar[int]
    LOSS_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    VALIDATION_METRICS_FIELD_NUMBER: _ClassVar[int]
    ROWS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    INPUT_WAIT_SHARE_FIELD_NUMBER: _ClassVar[int]
    TIME_LEFT_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_FIELD_NUMBER: _ClassVar[int]
    LEARNING_RATE_FIELD_NUMBER: _ClassVar[int]
    GRADIENT_NORM_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    step: int
    step_count: int
    epoch: int
    epoch_count: int
    loss: float
    metrics: _containers.ScalarMap[str, float]
    validation_metrics: _containers.ScalarMap[str, float]
    rows_per_second: float
    input_wait_share: float
    time_left: _duration_pb2.Duration
    elapsed: _duration_pb2.Duration
    learning_rate: float
    gradient_norm: float
    memory_bytes: int
    def __init__(self, step: _Optional[int] = ..., step_count: _Optional[int] = ..., epoch: _Optional[int] = ..., epoch_count: _Optional[int] = ..., loss: _Optional[float] = ..., metrics: _Optional[_Mapping[str, float]] = ..., validation_metrics: _Optional[_Mapping[str, float]] = ..., rows_per_second: _Optional[float] = ..., input_wait_share: _Optional[float] = ..., time_left: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., elapsed: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., learning_rate: _Optional[float] = ..., gradient_norm: _Optional[float] = ..., memory_bytes: _Optional[int] = ...) -> None: ...

class DownloadModelRequest(_message.Message):
    __slots__ = ("job_id", "offset")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    offset: int
    def __init__(self, job_id: _Optional[str] = ..., offset: _Optional[int] = ...) -> None: ...

class DownloadModelResponse(_message.Message):
    __slots__ = ("header", "data")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    header: ModelFile
    data: bytes
    def __init__(self, header: _Optional[_Union[ModelFile, _Mapping]] = ..., data: _Optional[bytes] = ...) -> None: ...

class UpdateTrainingJobRequest(_message.Message):
    __slots__ = ("job_id", "spec", "update_mask")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    spec: TrainingSpec
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, job_id: _Optional[str] = ..., spec: _Optional[_Union[TrainingSpec, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateTrainingJobResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: TrainingJob
    def __init__(self, job: _Optional[_Union[TrainingJob, _Mapping]] = ...) -> None: ...

class DeleteTrainingJobRequest(_message.Message):
    __slots__ = ("job_id", "delete_model")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    DELETE_MODEL_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    delete_model: bool
    def __init__(self, job_id: _Optional[str] = ..., delete_model: _Optional[bool] = ...) -> None: ...

class DeleteTrainingJobResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RerunTrainingJobRequest(_message.Message):
    __slots__ = ("job_id", "spec", "update_mask", "request_id", "validate_only", "fresh_data", "resume")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    FRESH_DATA_FIELD_NUMBER: _ClassVar[int]
    RESUME_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    spec: TrainingSpec
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    validate_only: bool
    fresh_data: bool
    resume: bool
    def __init__(self, job_id: _Optional[str] = ..., spec: _Optional[_Union[TrainingSpec, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ..., fresh_data: _Optional[bool] = ..., resume: _Optional[bool] = ...) -> None: ...

class RerunTrainingJobResponse(_message.Message):
    __slots__ = ("job", "estimate")
    JOB_FIELD_NUMBER: _ClassVar[int]
    ESTIMATE_FIELD_NUMBER: _ClassVar[int]
    job: TrainingJob
    estimate: Estimate
    def __init__(self, job: _Optional[_Union[TrainingJob, _Mapping]] = ..., estimate: _Optional[_Union[Estimate, _Mapping]] = ...) -> None: ...

class WatchTrainingLogRequest(_message.Message):
    __slots__ = ("job_id", "offset", "stop_at_end")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    STOP_AT_END_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    offset: int
    stop_at_end: bool
    def __init__(self, job_id: _Optional[str] = ..., offset: _Optional[int] = ..., stop_at_end: _Optional[bool] = ...) -> None: ...

class WatchTrainingLogResponse(_message.Message):
    __slots__ = ("offset", "data")
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    offset: int
    data: bytes
    def __init__(self, offset: _Optional[int] = ..., data: _Optional[bytes] = ...) -> None: ...

class ModelRows(_message.Message):
    __slots__ = ("table", "snapshot", "split", "held_out")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    SPLIT_FIELD_NUMBER: _ClassVar[int]
    HELD_OUT_FIELD_NUMBER: _ClassVar[int]
    table: str
    snapshot: str
    split: _data_service_pb2.Split
    held_out: bool
    def __init__(self, table: _Optional[str] = ..., snapshot: _Optional[str] = ..., split: _Optional[_Union[_data_service_pb2.Split, _Mapping]] = ..., held_out: _Optional[bool] = ...) -> None: ...

class EvaluateModelRequest(_message.Message):
    __slots__ = ("model", "rows", "classes_by_label", "skip_unknown_labels", "worst_count")
    class ClassesByLabelEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    MODEL_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    CLASSES_BY_LABEL_FIELD_NUMBER: _ClassVar[int]
    SKIP_UNKNOWN_LABELS_FIELD_NUMBER: _ClassVar[int]
    WORST_COUNT_FIELD_NUMBER: _ClassVar[int]
    model: str
    rows: ModelRows
    classes_by_label: _containers.ScalarMap[str, str]
    skip_unknown_labels: bool
    worst_count: int
    def __init__(self, model: _Optional[str] = ..., rows: _Optional[_Union[ModelRows, _Mapping]] = ..., classes_by_label: _Optional[_Mapping[str, str]] = ..., skip_unknown_labels: _Optional[bool] = ..., worst_count: _Optional[int] = ...) -> None: ...

class EvaluateModelResponse(_message.Message):
    __slots__ = ("progress", "evaluation")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    EVALUATION_FIELD_NUMBER: _ClassVar[int]
    progress: _data_service_pb2.RowProgress
    evaluation: Evaluation
    def __init__(self, progress: _Optional[_Union[_data_service_pb2.RowProgress, _Mapping]] = ..., evaluation: _Optional[_Union[Evaluation, _Mapping]] = ...) -> None: ...

class Evaluation(_message.Message):
    __slots__ = ("model", "table", "snapshot_id", "task", "row_count", "skipped_row_count", "metrics", "classes", "confusion_counts", "worst_rows", "targets")
    class MetricsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    MODEL_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    CLASSES_FIELD_NUMBER: _ClassVar[int]
    CONFUSION_COUNTS_FIELD_NUMBER: _ClassVar[int]
    WORST_ROWS_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    model: str
    table: str
    snapshot_id: str
    task: Task
    row_count: int
    skipped_row_count: int
    metrics: _containers.ScalarMap[str, float]
    classes: _containers.RepeatedCompositeFieldContainer[ClassEvaluation]
    confusion_counts: _containers.RepeatedScalarFieldContainer[int]
    worst_rows: _containers.RepeatedCompositeFieldContainer[WorstRow]
    targets: _containers.RepeatedCompositeFieldContainer[TargetEvaluation]
    def __init__(self, model: _Optional[str] = ..., table: _Optional[str] = ..., snapshot_id: _Optional[str] = ..., task: _Optional[_Union[Task, str]] = ..., row_count: _Optional[int] = ..., skipped_row_count: _Optional[int] = ..., metrics: _Optional[_Mapping[str, float]] = ..., classes: _Optional[_Iterable[_Union[ClassEvaluation, _Mapping]]] = ..., confusion_counts: _Optional[_Iterable[int]] = ..., worst_rows: _Optional[_Iterable[_Union[WorstRow, _Mapping]]] = ..., targets: _Optional[_Iterable[_Union[TargetEvaluation, _Mapping]]] = ...) -> None: ...

class ClassEvaluation(_message.Message):
    __slots__ = ("class_name", "support", "precision", "recall", "f1", "predicted_count")
    CLASS_NAME_FIELD_NUMBER: _ClassVar[int]
    SUPPORT_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    RECALL_FIELD_NUMBER: _ClassVar[int]
    F1_FIELD_NUMBER: _ClassVar[int]
    PREDICTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    class_name: str
    support: int
    precision: float
    recall: float
    f1: float
    predicted_count: int
    def __init__(self, class_name: _Optional[str] = ..., support: _Optional[int] = ..., precision: _Optional[float] = ..., recall: _Optional[float] = ..., f1: _Optional[float] = ..., predicted_count: _Optional[int] = ...) -> None: ...

class TargetEvaluation(_message.Message):
    __slots__ = ("target", "metrics")
    class MetricsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    TARGET_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    target: str
    metrics: _containers.ScalarMap[str, float]
    def __init__(self, target: _Optional[str] = ..., metrics: _Optional[_Mapping[str, float]] = ...) -> None: ...

class WorstRow(_message.Message):
    __slots__ = ("row_id", "truth", "prediction", "true_values")
    ROW_ID_FIELD_NUMBER: _ClassVar[int]
    TRUTH_FIELD_NUMBER: _ClassVar[int]
    PREDICTION_FIELD_NUMBER: _ClassVar[int]
    TRUE_VALUES_FIELD_NUMBER: _ClassVar[int]
    row_id: int
    truth: str
    prediction: Prediction
    true_values: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, row_id: _Optional[int] = ..., truth: _Optional[str] = ..., prediction: _Optional[_Union[Prediction, _Mapping]] = ..., true_values: _Optional[_Iterable[float]] = ...) -> None: ...

class Prediction(_message.Message):
    __slots__ = ("class_name", "probabilities", "values", "failure")
    CLASS_NAME_FIELD_NUMBER: _ClassVar[int]
    PROBABILITIES_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    class_name: str
    probabilities: _containers.RepeatedCompositeFieldContainer[ClassProbability]
    values: _containers.RepeatedScalarFieldContainer[float]
    failure: str
    def __init__(self, class_name: _Optional[str] = ..., probabilities: _Optional[_Iterable[_Union[ClassProbability, _Mapping]]] = ..., values: _Optional[_Iterable[float]] = ..., failure: _Optional[str] = ...) -> None: ...

class ClassProbability(_message.Message):
    __slots__ = ("class_name", "probability")
    CLASS_NAME_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    class_name: str
    probability: float
    def __init__(self, class_name: _Optional[str] = ..., probability: _Optional[float] = ...) -> None: ...

class PredictionInput(_message.Message):
    __slots__ = ("image", "row")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    image: bytes
    row: InputRow
    def __init__(self, image: _Optional[bytes] = ..., row: _Optional[_Union[InputRow, _Mapping]] = ...) -> None: ...

class InputRow(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedCompositeFieldContainer[_data_service_pb2.NamedValue]
    def __init__(self, values: _Optional[_Iterable[_Union[_data_service_pb2.NamedValue, _Mapping]]] = ...) -> None: ...

class PredictRequest(_message.Message):
    __slots__ = ("model", "inputs", "class_count")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    CLASS_COUNT_FIELD_NUMBER: _ClassVar[int]
    model: str
    inputs: _containers.RepeatedCompositeFieldContainer[PredictionInput]
    class_count: int
    def __init__(self, model: _Optional[str] = ..., inputs: _Optional[_Iterable[_Union[PredictionInput, _Mapping]]] = ..., class_count: _Optional[int] = ...) -> None: ...

class PredictResponse(_message.Message):
    __slots__ = ("predictions",)
    PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    predictions: _containers.RepeatedCompositeFieldContainer[Prediction]
    def __init__(self, predictions: _Optional[_Iterable[_Union[Prediction, _Mapping]]] = ...) -> None: ...

class PredictStreamRequest(_message.Message):
    __slots__ = ("start", "inputs")
    START_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    start: PredictStreamStart
    inputs: PredictionInputs
    def __init__(self, start: _Optional[_Union[PredictStreamStart, _Mapping]] = ..., inputs: _Optional[_Union[PredictionInputs, _Mapping]] = ...) -> None: ...

class PredictStreamStart(_message.Message):
    __slots__ = ("model", "class_count")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CLASS_COUNT_FIELD_NUMBER: _ClassVar[int]
    model: str
    class_count: int
    def __init__(self, model: _Optional[str] = ..., class_count: _Optional[int] = ...) -> None: ...

class PredictionInputs(_message.Message):
    __slots__ = ("inputs",)
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    inputs: _containers.RepeatedCompositeFieldContainer[PredictionInput]
    def __init__(self, inputs: _Optional[_Iterable[_Union[PredictionInput, _Mapping]]] = ...) -> None: ...

class PredictStreamResponse(_message.Message):
    __slots__ = ("first_input", "predictions")
    FIRST_INPUT_FIELD_NUMBER: _ClassVar[int]
    PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    first_input: int
    predictions: _containers.RepeatedCompositeFieldContainer[Prediction]
    def __init__(self, first_input: _Optional[int] = ..., predictions: _Optional[_Iterable[_Union[Prediction, _Mapping]]] = ...) -> None: ...

class PredictTableRequest(_message.Message):
    __slots__ = ("model", "rows", "target_table", "class_count")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    TARGET_TABLE_FIELD_NUMBER: _ClassVar[int]
    CLASS_COUNT_FIELD_NUMBER: _ClassVar[int]
    model: str
    rows: ModelRows
    target_table: str
    class_count: int
    def __init__(self, model: _Optional[str] = ..., rows: _Optional[_Union[ModelRows, _Mapping]] = ..., target_table: _Optional[str] = ..., class_count: _Optional[int] = ...) -> None: ...

class PredictTableResponse(_message.Message):
    __slots__ = ("progress", "result")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    progress: _data_service_pb2.RowProgress
    result: PredictTableResult
    def __init__(self, progress: _Optional[_Union[_data_service_pb2.RowProgress, _Mapping]] = ..., result: _Optional[_Union[PredictTableResult, _Mapping]] = ...) -> None: ...

class PredictTableResult(_message.Message):
    __slots__ = ("target_table", "snapshot_id", "row_count", "rejected_row_count", "resumed_row_count", "columns")
    TARGET_TABLE_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    REJECTED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    RESUMED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    target_table: str
    snapshot_id: str
    row_count: int
    rejected_row_count: int
    resumed_row_count: int
    columns: _containers.RepeatedCompositeFieldContainer[_data_service_pb2.Column]
    def __init__(self, target_table: _Optional[str] = ..., snapshot_id: _Optional[str] = ..., row_count: _Optional[int] = ..., rejected_row_count: _Optional[int] = ..., resumed_row_count: _Optional[int] = ..., columns: _Optional[_Iterable[_Union[_data_service_pb2.Column, _Mapping]]] = ...) -> None: ...

class Model(_message.Message):
    __slots__ = ("model_id", "name", "tags", "job_id", "create_time", "spec", "data", "progress", "file", "script", "details")
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    model_id: str
    name: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    job_id: str
    create_time: _timestamp_pb2.Timestamp
    spec: TrainingSpec
    data: JobData
    progress: Progress
    file: ModelFile
    script: str
    details: ModelDetails
    def __init__(self, model_id: _Optional[str] = ..., name: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., job_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., spec: _Optional[_Union[TrainingSpec, _Mapping]] = ..., data: _Optional[_Union[JobData, _Mapping]] = ..., progress: _Optional[_Union[Progress, _Mapping]] = ..., file: _Optional[_Union[ModelFile, _Mapping]] = ..., script: _Optional[str] = ..., details: _Optional[_Union[ModelDetails, _Mapping]] = ...) -> None: ...

class ModelDetails(_message.Message):
    __slots__ = ("history", "confusion", "class_names", "task", "targets", "inputs", "features", "versions", "network")
    class VersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    CONFUSION_FIELD_NUMBER: _ClassVar[int]
    CLASS_NAMES_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    history: _containers.RepeatedCompositeFieldContainer[MetricHistory]
    confusion: _containers.RepeatedCompositeFieldContainer[ConfusionRow]
    class_names: _containers.RepeatedScalarFieldContainer[str]
    task: str
    targets: _containers.RepeatedScalarFieldContainer[str]
    inputs: _containers.RepeatedCompositeFieldContainer[ModelInput]
    features: _containers.RepeatedCompositeFieldContainer[_data_service_pb2.FittedFeature]
    versions: _containers.ScalarMap[str, str]
    network: str
    def __init__(self, history: _Optional[_Iterable[_Union[MetricHistory, _Mapping]]] = ..., confusion: _Optional[_Iterable[_Union[ConfusionRow, _Mapping]]] = ..., class_names: _Optional[_Iterable[str]] = ..., task: _Optional[str] = ..., targets: _Optional[_Iterable[str]] = ..., inputs: _Optional[_Iterable[_Union[ModelInput, _Mapping]]] = ..., features: _Optional[_Iterable[_Union[_data_service_pb2.FittedFeature, _Mapping]]] = ..., versions: _Optional[_Mapping[str, str]] = ..., network: _Optional[str] = ...) -> None: ...

class MetricHistory(_message.Message):
    __slots__ = ("name", "values")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    name: str
    values: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, name: _Optional[str] = ..., values: _Optional[_Iterable[float]] = ...) -> None: ...

class ConfusionRow(_message.Message):
    __slots__ = ("counts",)
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    counts: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, counts: _Optional[_Iterable[int]] = ...) -> None: ...

class ModelInput(_message.Message):
    __slots__ = ("name", "column", "form", "data_type", "row_shape", "parts")
    NAME_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    DATA_TYPE_FIELD_NUMBER: _ClassVar[int]
    ROW_SHAPE_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    column: str
    form: str
    data_type: str
    row_shape: _containers.RepeatedScalarFieldContainer[int]
    parts: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., column: _Optional[str] = ..., form: _Optional[str] = ..., data_type: _Optional[str] = ..., row_shape: _Optional[_Iterable[int]] = ..., parts: _Optional[_Iterable[str]] = ...) -> None: ...

class GetModelRequest(_message.Message):
    __slots__ = ("model_id",)
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    model_id: str
    def __init__(self, model_id: _Optional[str] = ...) -> None: ...

class GetModelResponse(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: Model
    def __init__(self, model: _Optional[_Union[Model, _Mapping]] = ...) -> None: ...

class ListModelsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "table", "architecture", "tag")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    ARCHITECTURE_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    table: str
    architecture: str
    tag: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., table: _Optional[str] = ..., architecture: _Optional[str] = ..., tag: _Optional[str] = ...) -> None: ...

class ListModelsResponse(_message.Message):
    __slots__ = ("models", "next_page_token")
    MODELS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedCompositeFieldContainer[Model]
    next_page_token: str
    def __init__(self, models: _Optional[_Iterable[_Union[Model, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateModelRequest(_message.Message):
    __slots__ = ("model", "update_mask")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    model: Model
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, model: _Optional[_Union[Model, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateModelResponse(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: Model
    def __init__(self, model: _Optional[_Union[Model, _Mapping]] = ...) -> None: ...

class DeleteModelRequest(_message.Message):
    __slots__ = ("model_id",)
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    model_id: str
    def __init__(self, model_id: _Optional[str] = ...) -> None: ...

class DeleteModelResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ExportModelRequest(_message.Message):
    __slots__ = ("model_id", "format", "offset")
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    model_id: str
    format: ModelFormat
    offset: int
    def __init__(self, model_id: _Optional[str] = ..., format: _Optional[_Union[ModelFormat, str]] = ..., offset: _Optional[int] = ...) -> None: ...

class ExportModelResponse(_message.Message):
    __slots__ = ("progress", "header", "data")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    HEADER_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    progress: ExportProgress
    header: ModelFile
    data: bytes
    def __init__(self, progress: _Optional[_Union[ExportProgress, _Mapping]] = ..., header: _Optional[_Union[ModelFile, _Mapping]] = ..., data: _Optional[bytes] = ...) -> None: ...

class ExportProgress(_message.Message):
    __slots__ = ("elapsed",)
    ELAPSED_FIELD_NUMBER: _ClassVar[int]
    elapsed: _duration_pb2.Duration
    def __init__(self, elapsed: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
