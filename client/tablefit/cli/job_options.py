"""The options that every command has that makes a job: `tablefit train` and `tablefit job rerun`.

    @taking_job_options
    def train(context: typer.Context, *, job_options: JobOptions) -> None:

Leaves single options to `training_options`, `reading_options` and `native_options`.
"""

import copy
import functools
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Annotated, Any, get_args, get_type_hints

import typer

from tablefit.cli import native_options as native
from tablefit.cli import reading_options as reading
from tablefit.cli import training_options as given
from tablefit.cli.pixels import ImageSizeOption, ModeOption

_NAME = "job_options"


@dataclass(frozen=True)
class JobOptions:
    """What was given of these options; the rest is None, or empty."""

    architecture: given.ArchitectureOption = None
    parameter: given.ParameterOption = None
    optimizer: given.OptimizerOption = None
    learning_rate: given.LearningRateOption = None
    validation_split: given.ValidationSplitOption = None
    epochs: given.EpochsOption = None
    batch_size: given.BatchSizeOption = None
    image_size: ImageSizeOption = None
    mode: ModeOption = None
    seed: given.SeedOption = None
    save_model: given.SaveModelOption = None
    time_limit: given.TimeLimitOption = None
    priority: given.PriorityOption = None
    columns: reading.ColumnsOption = None
    features: reading.FeaturesOption = None
    target: reading.TargetOption = None
    task: reading.TaskOption = None
    split: reading.SplitOption = None
    snapshot: reading.SnapshotOption = None
    oversample: reading.OversampleOption = False
    checkpoint_every: given.CheckpointEveryOption = None
    checkpoint_every_steps: given.CheckpointEveryStepsOption = None
    data_patience: given.DataPatienceOption = None
    gradient_norm: given.GradientNormOption = None
    optimizer_argument: native.OptimizerArgumentOption = None
    schedule: native.ScheduleOption = None
    loss: native.LossOption = None
    metric: native.MetricOption = None
    callback: native.CallbackOption = None
    augment: native.AugmentOption = None
    class_weights: native.ClassWeightsOption = None
    steps_per_execution: native.StepsPerExecutionOption = None
    jit_compile: native.JitCompileOption = None
    dtype_policy: native.DtypePolicyOption = None
    backend: native.BackendOption = None
    threads: native.ThreadsOption = None
    start_from: native.StartFromOption = None
    freeze: native.FreezeOption = None
    own_model: native.OwnModelOption = None
    spec_file: given.SpecOption = None
    dry_run: given.DryRunOption = False
    detach: given.DetachOption = False


def taking_job_options(command: Callable[..., None], default: str = "") -> Callable[..., None]:
    """`command` with all of these options where it takes `job_options`, in which it receives them.

    `default` is what the help says of each that is left out, where that is the same for all.
    """
    hints = get_type_hints(JobOptions, include_extras=True)
    shared = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=_defaulting(hints[field.name], default) if default else hints[field.name],
        )
        for field in fields(JobOptions)
    ]
    signature = inspect.signature(command, eval_str=True)
    parameters: list[inspect.Parameter] = []
    for name, parameter in signature.parameters.items():
        own = parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        parameters.extend(shared if name == _NAME else [own])

    @functools.wraps(command)
    def run(**values: Any) -> None:
        options = JobOptions(**{parameter.name: values.pop(parameter.name) for parameter in shared})
        command(**values, **{_NAME: options})

    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _defaulting(hint: Any, default: str) -> Any:
    """An annotated option whose help says that by default it is `default`."""
    kind, *notes = get_args(hint)
    changed = [copy.copy(note) for note in notes]
    for note in changed:
        if isinstance(note, typer.models.OptionInfo) and note.help:
            note.help = re.sub(r"\\\[default: [^\]]*\]", lambda _: rf"\[default: {default}]", note.help)
    return Annotated[(kind, *changed)]


def spec_fields(options: JobOptions) -> dict[str, Any]:
    """The fields of a TrainingSpec that the options give, by name. Raises a usage error, InvalidInput."""
    size = options.image_size
    spans = {
        "time_limit_s": options.time_limit,
        "checkpoint_every_s": options.checkpoint_every,
        "data_patience_s": options.data_patience,
    }
    found: dict[str, Any] = {
        **{name: getattr(options, name) for name in _PLAIN},
        **{name: span.total_seconds() if span else None for name, span in spans.items()},
        **_reading_fields(options),
        **_native_fields(options),
        "architecture_parameters": dict(given.parse_parameter(text) for text in options.parameter or ()),
        "image_size": (size.height, size.width) if size else None,
        "report_gradient_norm": options.gradient_norm,
        "thread_count": options.threads,
    }
    return {name: value for name, value in found.items() if given.is_given(value)}


# Options that are fields of the same name.
_PLAIN = (
    "architecture",
    "optimizer",
    "learning_rate",
    "validation_split",
    "epochs",
    "batch_size",
    "mode",
    "seed",
    "save_model",
    "priority",
    "checkpoint_every_steps",
    "steps_per_execution",
    "jit_compile",
    "dtype_policy",
    "backend",
    "own_model",
)


def _reading_fields(options: JobOptions) -> dict[str, Any]:
    return reading.reading_fields(
        reading.ReadingOptions(
            options.columns,
            options.features,
            options.target,
            options.task,
            options.split,
            options.snapshot,
            options.oversample,
        )
    )


def _native_fields(options: JobOptions) -> dict[str, Any]:
    return native.native_fields(
        options.optimizer_argument,
        options.schedule,
        options.loss,
        options.metric,
        options.callback,
        options.augment,
        options.class_weights,
        options.start_from,
        options.freeze,
    )
