"""`tablefit train`: starts a job and follows it."""

from typing import Annotated

import typer

from tablefit.cli import native_options as native
from tablefit.cli import reading_options as reading
from tablefit.cli import training_options as given
from tablefit.cli.connections import JsonOption, TrainingServiceOption
from tablefit.cli.drafting import show_draft, with_file
from tablefit.cli.help_text import examples
from tablefit.cli.pixels import ImageSizeOption, ModeOption
from tablefit.cli.starting import start

TableArgument = Annotated[str | None, typer.Argument(metavar="NAME", help="Name of the table.", show_default=False)]

commands = typer.Typer()


@commands.command(
    epilog=examples(
        "tablefit train digits --architecture mini_xception",
        "tablefit train digits --architecture simple_cnn --epochs 20 --batch-size 64 --parameter momentum=0.9",
        "tablefit train photos --architecture big_xception --image-size 64x96 --mode RGB --detach",
        "tablefit train adults --architecture mlp --target income",
        "tablefit train adults --architecture mlp --target hours --features features.yaml --parameter units=64,32",
        "tablefit train digits --architecture simple_cnn --optimizer sgd --optimizer-argument momentum=0.9 "
        "--schedule CosineDecay:initial_learning_rate=0.01,decay_steps=1000",
        "tablefit train digits --architecture mini_xception --callback EarlyStopping:patience=3",
        "tablefit train photos --architecture simple_cnn --augment RandomFlip:mode=horizontal --class-weights balanced",
        "tablefit train digits --architecture simple_cnn --start-from 6b1f02c4 --freeze 'conv2d*' --dry-run",
        "tablefit train digits --own-model net.json --image-size 16x16",
        "tablefit train --spec digits.yaml --epochs 20",
    )
)
def train(
    context: typer.Context,
    name: TableArgument = None,
    architecture: given.ArchitectureOption = None,
    parameter: given.ParameterOption = None,
    optimizer: given.OptimizerOption = None,
    learning_rate: given.LearningRateOption = None,
    validation_split: given.ValidationSplitOption = None,
    epochs: given.EpochsOption = None,
    batch_size: given.BatchSizeOption = None,
    image_size: ImageSizeOption = None,
    mode: ModeOption = None,
    seed: given.SeedOption = None,
    no_save_model: given.NoSaveModelOption = False,
    time_limit: given.TimeLimitOption = None,
    priority: given.PriorityOption = None,
    columns: reading.ColumnsOption = None,
    features: reading.FeaturesOption = None,
    target: reading.TargetOption = None,
    task: reading.TaskOption = None,
    split: reading.SplitOption = None,
    snapshot: reading.SnapshotOption = None,
    oversample: reading.OversampleOption = False,
    checkpoint_every: given.CheckpointEveryOption = None,
    checkpoint_every_steps: given.CheckpointEveryStepsOption = None,
    data_patience: given.DataPatienceOption = None,
    gradient_norm: given.GradientNormOption = False,
    optimizer_argument: native.OptimizerArgumentOption = None,
    schedule: native.ScheduleOption = None,
    loss: native.LossOption = None,
    metric: native.MetricOption = None,
    callback: native.CallbackOption = None,
    augment: native.AugmentOption = None,
    class_weights: native.ClassWeightsOption = None,
    steps_per_execution: native.StepsPerExecutionOption = None,
    jit_compile: native.JitCompileOption = False,
    dtype_policy: native.DtypePolicyOption = None,
    backend: native.BackendOption = None,
    threads: native.ThreadsOption = None,
    start_from: native.StartFromOption = None,
    freeze: native.FreezeOption = None,
    own_model: native.OwnModelOption = None,
    spec_file: given.SpecOption = None,
    dry_run: given.DryRunOption = False,
    detach: given.DetachOption = False,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Train a network on the rows of a table, and follow it until it ends.

    Ctrl-C leaves the job running; `tablefit job watch` shows it again. With --json each line is an event.

    What Keras has is given as NAME or NAME:ARGUMENT=VALUE,…, under its names there; values are numbers, texts, true,
    false, null or lists such as \\[-0.1, 0.1].
    """
    from tablefit.training import TrainingSpec

    spec = TrainingSpec(
        table=name or "",
        architecture=architecture or "",
        architecture_parameters=dict(given.parse_parameter(text) for text in parameter or ()),
        optimizer=optimizer,
        learning_rate=learning_rate,
        validation_split=validation_split,
        epochs=epochs,
        batch_size=batch_size,
        image_size=(image_size.height, image_size.width) if image_size else None,
        mode=mode,
        seed=seed,
        save_model=False if no_save_model else None,
        time_limit_s=time_limit.total_seconds() if time_limit else None,
        priority=priority,
        **reading.reading_fields(reading.ReadingOptions(columns, features, target, task, split, snapshot, oversample)),
        checkpoint_every_s=checkpoint_every.total_seconds() if checkpoint_every else None,
        checkpoint_every_steps=checkpoint_every_steps,
        data_patience_s=data_patience.total_seconds() if data_patience else None,
        report_gradient_norm=gradient_norm or None,
        steps_per_execution=steps_per_execution,
        jit_compile=jit_compile or None,
        dtype_policy=dtype_policy,
        backend=backend,
        thread_count=threads,
        **native.native_fields(
            optimizer_argument, schedule, loss, metric, callback, augment, class_weights, start_from, freeze
        ),
        own_model=own_model,
    )
    spec = with_file(spec, spec_file)
    if dry_run:
        show_draft(context, training_service, spec, json_output=json_output)
        return
    start(context, training_service, lambda training: training.create_job(spec), detach=detach, json_output=json_output)
