"""Fits a Keras model to the rows of a table: in a job's script, in a script run by hand, in a notebook.

    import tablefit.keras

    tablefit.keras.prepare(seed=0, threads=2)

    import keras

    data = tablefit.keras.TableData(table="digits", image_size=(20, 20), mode="L", validation_fraction=0.2)
    model = …
    tablefit.keras.fit(model, data, epochs=5, save="digits.keras")

Or with a `model.fit` of one's own, on any table, view or dataset:

    feed = tablefit.keras.batches(
        "adults",
        features=[{"age": "standardize"}, {"education": "one_hot"}],
        columns=["hours"],
        target="income",
        validation_fraction=0.2,
        batch_size=256,
    )
    model.fit(
        feed,
        steps_per_epoch=feed.steps_per_epoch,
        epochs=5,
        shuffle=False,
        validation_data=feed.validation,
        validation_steps=feed.validation_steps,
    )

`to_dataset` gives the same batches as a `tf.data.Dataset`.

Modules: `preparation` fixes what a repeatable run needs, `job` is the process's end of the line to the training
service, `table_data` says what is read, `arrangement` which of it are inputs and targets, `feed` reads it ahead,
`positions` gives any batch by its number, `waiting` measures how long training waited, `pace` how fast it goes,
`fitting` runs `model.fit`, `checkpointing` takes checkpoints and takes a training up again at one (where, by whom and
when they are written: `checkpoint_files`, `checkpoint_writer`, `checkpoint_schedule`; what they hold: `training_state`,
`callback_state`, `plain_state`), `batch_sequence` is for a `model.fit` of one's own, `datasets` and `validation` give
Keras the batches in the forms that it takes, `reporting` is what it calls back, `measures` are its figures, `failures`
puts errors into sentences, `printing` lets a job print where the disk is full. `adapting` changes networks before they
are compiled, `outputs` rescales what they give, `class_weights` says how much each class counts. `own_models` loads
networks that others built, `layer_names` keeps the names of layers and of columns apart. `saving` writes and reads
trained models, `raw_model` puts a table's features in front of them, `description` says what they are, `prediction`
uses them, `confusion` counts mistakes.

Importing this package does not import Keras, so that `prepare` can come first.
"""

import importlib
from typing import TYPE_CHECKING, Any

from tablefit.data.stream_requests import FoldSplit, FractionSplit, HashSplit, TimeSplit, ValueSplit
from tablefit.keras.preparation import prepare
from tablefit.keras.saving import TrainedModel, load_model, read_class_names
from tablefit.keras.table_data import TableData

if TYPE_CHECKING:
    from tablefit.keras.adapting import augment, freeze, start_from
    from tablefit.keras.batch_sequence import Batches, batches, to_dataset
    from tablefit.keras.fitting import fit
    from tablefit.keras.layer_names import reserve_names
    from tablefit.keras.outputs import rescale_outputs
    from tablefit.keras.own_models import load_own

__all__ = [
    "Batches",
    "FoldSplit",
    "FractionSplit",
    "HashSplit",
    "TableData",
    "TimeSplit",
    "TrainedModel",
    "ValueSplit",
    "augment",
    "batches",
    "fit",
    "freeze",
    "load_model",
    "load_own",
    "prepare",
    "read_class_names",
    "rescale_outputs",
    "reserve_names",
    "start_from",
    "to_dataset",
]

# What needs Keras is imported on first use.
_MODULES = {
    "augment": "adapting",
    "freeze": "adapting",
    "start_from": "adapting",
    "fit": "fitting",
    "load_own": "own_models",
    "rescale_outputs": "outputs",
    "reserve_names": "layer_names",
    "Batches": "batch_sequence",
    "batches": "batch_sequence",
    "to_dataset": "batch_sequence",
}


def __getattr__(name: str) -> Any:
    """What needs Keras, on first use."""
    if name in _MODULES:
        return getattr(importlib.import_module(f"tablefit.keras.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'tablefit.keras' has no attribute {name!r}")
