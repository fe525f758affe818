"""The batches of a training as a `tf.data.Dataset`, for Keras on TensorFlow.

Keras makes a dataset of a generator too, but lets tf.data tune itself. The thread that tunes sleeps for up to a minute,
and is not always woken when its dataset is given up: then the end of a training waits for it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tablefit.keras.arrangement import ArraySpec

# Batches that TensorFlow holds beside those of the feed: the next one is ready while this one is trained on.
_AHEAD = 2
_STRINGS = ("text", "bytes")


def as_dataset(
    open_batches: Callable[[], Iterable[Any]],
    specs: tuple[ArraySpec | Mapping[str, ArraySpec], ...],
    batch_count: int | None = None,
) -> Any:
    """A dataset that calls `open_batches` whenever it is begun anew, for `batch_count` batches (None: without end).

    `specs` says what each batch is.
    """
    import tensorflow

    options = tensorflow.data.Options()
    options.autotune.enabled = False
    count = tensorflow.data.INFINITE_CARDINALITY if batch_count is None else batch_count
    dataset = tensorflow.data.Dataset.from_generator(open_batches, output_signature=tuple(map(_signature, specs)))
    dataset = dataset.apply(tensorflow.data.experimental.assert_cardinality(count))
    return dataset.prefetch(_AHEAD).with_options(options)


def _signature(spec: ArraySpec | Mapping[str, ArraySpec]) -> Any:
    """TensorFlow's word for it."""
    import tensorflow

    if isinstance(spec, ArraySpec):
        return tensorflow.TensorSpec(spec.shape, "string" if spec.data_type in _STRINGS else spec.data_type)
    return {name: _signature(one) for name, one in spec.items()}
