"""The inputs of a model that takes a table's own values: one for each column, and what is made of it once for all.

    number    float64 with NaN for NULL: floats, integers, booleans
    code      of texts, categories, integers and booleans that are categories: i + 1 for the i-th word, one more than
              the last for NULL, 0 for words that are not known
Leaves what features make of these to `raw_transforms` and the model to `raw_model`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from tablefit.data import Column
from tablefit.errors import InvalidInput
from tablefit.models.facts import NULL_TEXT, RawInput

TEXT_TYPES = ("category", "text")
_BOOLEAN_WORDS = ("false", "true")
# The largest integers that float64, as which numbers come in, tells apart.
_LIMIT_EXACT = 2**53


@dataclass(frozen=True)
class Form:
    """How raw values come in: numbers as float64, or float32 where a format knows no other; texts, or their codes."""

    number_type: str = "float64"
    takes_texts: bool = True


class RawColumns:
    """Inputs made as they are asked for. `words` are those of each column that are told apart, in order.

    `taken` are names that no input may have. `image_shape` is (height, width, channel).
    """

    def __init__(
        self,
        columns: Sequence[Column],
        words: Mapping[str, Sequence[str]],
        form: Form,
        taken: Sequence[str],
        image_shape: tuple[int, int, int] | None,
    ) -> None:
        self.form, self._image_shape = form, image_shape
        self._columns = {column.name: column for column in columns}
        self._words, self._taken = words, set(taken)
        self._tensors: dict[tuple[str, str], Any] = {}
        self.tensors: dict[str, Any] = {}
        self.inputs: list[RawInput] = []

    def type_of(self, name: str) -> str:
        """The type of a column of the table."""
        return self._columns[name].type

    def words_of(self, name: str) -> Sequence[str]:
        """The words of a column that its codes stand for."""
        return _BOOLEAN_WORDS if self.type_of(name) == "boolean" else self._words[name]

    def number(self, name: str) -> Any:
        """(batch,) numbers."""
        return self._input(name, "number", self.form.number_type)

    def code(self, name: str) -> Any:
        """(batch,) codes, int64."""
        return self._once(name, "made code", lambda: self._make_code(name))

    def places(self, name: str, places: Mapping[str, int], null: int) -> Any:
        """(batch,) the place of each word, 0 of those without one, and `null` of NULL; int64."""
        table = [0, *(places.get(word, 0) for word in self.words_of(name)), null]
        return ops.take(np.array(table, dtype=np.int64), self.code(name))

    def image(self, name: str) -> Any:
        """(batch, height, width, channel) pixels, 0 to 255."""
        assert self._image_shape is not None
        return self.plain(name, "image", "float32", self._image_shape)

    def plain(self, name: str, form: str, data_type: str, row_shape: tuple[int, ...] = ()) -> Any:
        """The values as they are."""
        return self._input(name, form, data_type, row_shape=row_shape)

    def time_parts(self, name: str, parts: tuple[str, ...], output: str) -> Any:
        """(batch, part) parts of a time."""
        return self._input(
            name, f"time_parts of {output}", "float32", row_shape=(len(parts),), parts=parts, called=output
        )

    def _make_code(self, name: str) -> Any:
        kind, words = self.type_of(name), list(self.words_of(name))
        if kind == "boolean":
            return _or_null(self.number(name), lambda known: known + 1, 3)
        if not self.form.takes_texts:
            return ops.cast(self._input(name, "code", "int32", words=tuple(words), called=f"{name}_code"), "int64")
        if kind == "integer":
            lookup = keras.layers.IntegerLookup(vocabulary=_integers(words, name), oov_token=_unused_integer(words))
            return _or_null(self.number(name), lookup, len(words) + 1)
        _check_words(words, name)
        lookup = keras.layers.StringLookup(vocabulary=[*words, NULL_TEXT], oov_token=_unused_word(words))
        return lookup(self.plain(name, "text", "string"))

    def _input(self, column: str, form: str, data_type: str, *, called: str = "", **more: Any) -> Any:
        return self._once(column, form, lambda: self._add(column, form.split()[0], data_type, called or column, more))

    def _add(self, column: str, form: str, data_type: str, called: str, more: Mapping[str, Any]) -> Any:
        name = self._free_name(called)
        raw = RawInput(name, column, form, data_type, **more)
        self.inputs.append(raw)
        self.tensors[name] = keras.Input(raw.row_shape, dtype=data_type, name=name)
        return self.tensors[name]

    def _once(self, column: str, what: str, make: Callable[[], Any]) -> Any:
        key = (column, what)
        if key not in self._tensors:
            self._tensors[key] = make()
        return self._tensors[key]

    def _free_name(self, wanted: str) -> str:
        """A name for an input: Keras takes no slash, and each name once."""
        name = wanted.replace("/", "_")
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name


def _or_null(number: Any, make: Callable[[Any], Any], null: int) -> Any:
    """What `make` makes of the integers, `null` where there is none."""
    is_null = ops.isnan(number)
    return ops.where(is_null, null, make(ops.cast(ops.where(is_null, 0.0, number), "int64")))


def _integers(words: Sequence[str], name: str) -> list[int]:
    whole = list(map(int, words))
    if any(abs(number) > _LIMIT_EXACT for number in whole):
        raise InvalidInput(
            f"expected integers up to {_LIMIT_EXACT:,} as categories of {name!r} in a model to save, "
            "received larger ones",
            field="save",
        )
    return whole


def _check_words(words: Sequence[str], name: str) -> None:
    """Keras keeps words in arrays of NumPy, which lose zeros at their end."""
    for word in words:
        if word.endswith("\0") or word == NULL_TEXT:
            raise InvalidInput(
                f"expected categories of {name!r} that do not end in a zero character in a model to save, received "
                f"{word!r}",
                field="save",
            )


def _unused_integer(words: Sequence[str]) -> int:
    known = set(map(int, words))
    return next(-number for number in range(1, len(known) + 2) if -number not in known)


def _unused_word(words: Sequence[str]) -> str:
    known, word = set(words), "[UNK]"
    while word in known:
        word += "?"
    return word
