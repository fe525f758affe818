"""Fits a Keras model to the rows of a table: in a job's script, in a script run by hand, in a notebook.

    import tablefit.keras

    tablefit.keras.prepare(seed=0, threads=2)

    import keras

    data = tablefit.keras.TableData(table="digits", image_size=(20, 20), mode="L", validation_fraction=0.2)
    model = …
    tablefit.keras.fit(model, data, epochs=5, save="digits.keras")

Modules: `preparation` fixes what a repeatable run needs, `job` is the process's end of the line to the training
service, `table_data` says what is read, `table_stream` reads it, `feed` reads it ahead, `waiting` measures how long
training waited for it, `pace` how fast it goes, `fitting` runs `model.fit`, `datasets` and `validation` give Keras the
batches in the forms that it takes, `reporting` is what it calls back, `saving` writes and reads trained models,
`failures` puts errors into sentences.

Importing this package does not import Keras, so that `prepare` can come first.
"""

from typing import TYPE_CHECKING, Any

from tablefit.data import TablePin
from tablefit.keras.preparation import prepare
from tablefit.keras.saving import TrainedModel, load_model, read_class_names
from tablefit.keras.table_data import TableData

if TYPE_CHECKING:
    from tablefit.keras.fitting import fit

__all__ = ["TableData", "TablePin", "TrainedModel", "fit", "load_model", "prepare", "read_class_names"]


def __getattr__(name: str) -> Any:
    """`fit` on first use: it needs Keras."""
    if name == "fit":
        from tablefit.keras.fitting import fit

        return fit
    raise AttributeError(f"module 'tablefit.keras' has no attribute {name!r}")
