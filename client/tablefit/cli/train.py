"""`tablefit train`: starts a job and follows it."""

import typer

from tablefit.cli import reading_options as reading
from tablefit.cli import training_options as given
from tablefit.cli.connections import JsonOption, TrainingServiceOption
from tablefit.cli.help_text import examples
from tablefit.cli.pixels import ImageSizeOption, ModeOption
from tablefit.cli.starting import start
from tablefit.cli.tables import NameArgument

commands = typer.Typer()


@commands.command(
    epilog=examples(
        "tablefit train digits --architecture mini_xception",
        "tablefit train digits --architecture simple_cnn --epochs 20 --batch-size 64 --parameter momentum=0.9",
        "tablefit train photos --architecture big_xception --image-size 64x96 --mode RGB --detach",
        "tablefit train adults --architecture mlp --target income",
        "tablefit train adults --architecture mlp --target hours --features features.yaml --parameter units=64,32",
    )
)
def train(
    context: typer.Context,
    name: NameArgument,
    architecture: given.ArchitectureOption,
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
    detach: given.DetachOption = False,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Train a network on the rows of a table, and follow it until it ends.

    Ctrl-C leaves the job running; `tablefit job watch` shows it again. With --json each line is an event.
    """
    from tablefit.training import TrainingSpec

    spec = TrainingSpec(
        table=name,
        architecture=architecture,
        architecture_parameters=dict(given.parse_parameter(text) for text in parameter or ()),
        optimizer=optimizer,
        learning_rate=learning_rate,
        validation_split=validation_split,
        epochs=epochs,
        batch_size=batch_size,
        image_size=(image_size.height, image_size.width) if image_size else None,
        mode=mode,
        seed=seed,
        save_model=not no_save_model,
        time_limit_s=time_limit.total_seconds() if time_limit else None,
        priority=priority,
        **reading.reading_fields(reading.ReadingOptions(columns, features, target, task, split, snapshot, oversample)),
        checkpoint_every_s=checkpoint_every.total_seconds() if checkpoint_every else None,
        checkpoint_every_steps=checkpoint_every_steps,
        data_patience_s=data_patience.total_seconds() if data_patience else None,
        report_gradient_norm=gradient_norm,
    )
    start(
        context,
        training_service,
        lambda training: training.create_job(spec),
        detach=detach,
        json_output=json_output,
    )
