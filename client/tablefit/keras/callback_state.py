"""What callbacks remember from one epoch to the next, and the files that they add to.

    of Keras               the attributes in `_ATTRIBUTES`; the rest of them is what they were made with
    with get_state and     what they say: a dict of numbers, texts, lists, dicts and arrays
      set_state
    derived from Callback  every attribute that is made of such values

CSVLogger and TensorBoard add rows to files. A training that is taken up again first cuts these files back to what they
were at the checkpoint (`rewind`), so every row stands in them once.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import keras

from tablefit.keras.plain_state import Arrays, decode, plain_part

# By class of `keras.callbacks`; its subclasses have them too.
_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "EarlyStopping": ("wait", "stopped_epoch", "best", "best_epoch", "best_weights"),
    "ReduceLROnPlateau": ("wait", "cooldown_counter", "best"),
    "ModelCheckpoint": ("best", "_batches_seen_since_last_saving", "_last_batch_seen", "_current_epoch"),
    "SwapEMAWeights": ("_ema_weights_in_model",),
    "History": ("history", "epoch"),
    "CSVLogger": ("keys",),
    "TensorBoard": ("_global_train_batch", "_global_test_batch", "_previous_epoch_iterations"),
}
# What the class Callback itself has.
_EVERYBODYS = frozenset({"_model", "params", "validation_data"})
_EVENT_FILES = "events.out.tfevents.*"


def capture(callbacks: Sequence[Any], arrays: Arrays) -> list[dict[str, Any]]:
    """The state of each, as JSON; copies of their arrays are added to `arrays`."""
    return [{"class": _name(one), "state": plain_part(_state(one), arrays), "files": _files(one)} for one in callbacks]


def restore(callbacks: Sequence[Any], kept: Sequence[Mapping[str, Any]], arrays: Arrays) -> None:
    """Gives each callback its state back, as far as it is the one that had it."""
    for one, entry in _pairs(callbacks, kept):
        state = {name: decode(value, arrays) for name, value in entry["state"].items()}
        if hasattr(one, "set_state"):
            one.set_state(state)
        else:
            vars(one).update(state)


def writes_files(callbacks: Sequence[Any]) -> bool:
    """Whether one of them adds to files."""
    return any(isinstance(one, keras.callbacks.CSVLogger | keras.callbacks.TensorBoard) for one in callbacks)


@contextmanager
def rewound(callbacks: Sequence[Any], kept: Sequence[Mapping[str, Any]]) -> Iterator[None]:
    """Cuts the files of callbacks back to what they were; in the block callbacks begin by adding to what is there."""
    with ExitStack() as stack:
        for one, entry in _pairs(callbacks, kept):
            sizes = {Path(name).absolute(): size for name, size in entry["files"].items()}
            for path in {*sizes, *(path.absolute() for path in _written(one))}:
                _cut(path, sizes.get(path))
            if isinstance(one, keras.callbacks.CSVLogger):
                stack.enter_context(_changed(one, "append", True))
            elif isinstance(one, keras.callbacks.TensorBoard):
                # The network's graph stands in the first file already.
                stack.enter_context(_changed(one, "write_graph", False))
        yield


def _pairs(callbacks: Sequence[Any], kept: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    return ((one, entry) for one, entry in zip(callbacks, kept, strict=False) if _name(one) == entry["class"])


def _name(one: Any) -> str:
    return f"{type(one).__module__}.{type(one).__qualname__}"


def _state(one: Any) -> Mapping[str, Any]:
    if hasattr(one, "get_state"):
        state: Mapping[str, Any] = one.get_state()
        return state
    classes = type(one).__mro__
    names = {name for kind in classes if _is_of_keras(kind) for name in _ATTRIBUTES.get(kind.__name__, ())}
    # The nearest class of Keras is Callback: all that there is, is the callback's own.
    if next(kind for kind in classes if _is_of_keras(kind)) is keras.callbacks.Callback:
        names = set(vars(one)) - _EVERYBODYS
    return {name: vars(one)[name] for name in sorted(names) if name in vars(one)}


def _is_of_keras(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == "keras"


def _files(one: Any) -> dict[str, int]:
    """The size in bytes of each file that a callback adds to, once all that it has written is in them.

    By the names that the callback has for them: a relative one means that of the folder in which the training goes on.
    """
    if isinstance(one, keras.callbacks.TensorBoard):
        for writer in one._writers.values():
            writer.flush()
    return {str(path): path.stat().st_size for path in _written(one)}


def _written(one: Any) -> list[Path]:
    if isinstance(one, keras.callbacks.CSVLogger):
        paths = [Path(one.filename)]
    elif isinstance(one, keras.callbacks.TensorBoard):
        paths = sorted(Path(one.log_dir).glob(f"*/{_EVENT_FILES}"))
    else:
        paths = []
    return [path for path in paths if path.is_file()]


def _cut(path: Path, size_bytes: int | None) -> None:
    """Cuts a file; one that was not there is removed."""
    if size_bytes is None:
        path.unlink()
    elif path.is_file() and path.stat().st_size > size_bytes:
        with path.open("r+b") as file:
            file.truncate(size_bytes)


@contextmanager
def _changed(one: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(one, name)
    setattr(one, name, value)
    try:
        yield
    finally:
        setattr(one, name, before)
