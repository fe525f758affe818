"""The batches of a training as a `tf.data.Dataset`, for Keras on TensorFlow.

Keras makes a dataset of a generator too, but lets tf.data tune itself. The thread that tunes sleeps for up to a minute,
and is not always woken when its dataset is given up: then the end of a training waits for it.
"""

from collections.abc import Callable, Iterable
from typing import Any

from tablefit.keras.table_data import Arrays

# Batches that TensorFlow holds beside those of the feed: the next one is ready while this one is trained on.
_AHEAD = 2


def as_dataset(
    open_batches: Callable[[], Iterable[Arrays]],
    images_shape: tuple[int, int, int, int],
    batch_count: int | None = None,
) -> Any:
    """A dataset that calls `open_batches` whenever it is begun anew, for `batch_count` batches (None: without end).

    `images_shape` is that of every batch's images, (batch, height, width, channel).
    """
    import tensorflow

    rows = images_shape[:1]
    signature = (
        tensorflow.TensorSpec(images_shape, "uint8"),
        tensorflow.TensorSpec(rows, "int32"),
        tensorflow.TensorSpec(rows, "float32"),
    )
    options = tensorflow.data.Options()
    options.autotune.enabled = False
    count = tensorflow.data.INFINITE_CARDINALITY if batch_count is None else batch_count
    dataset = tensorflow.data.Dataset.from_generator(open_batches, output_signature=signature)
    dataset = dataset.apply(tensorflow.data.experimental.assert_cardinality(count))
    return dataset.prefetch(_AHEAD).with_options(options)
