"""Categories by their places in a vocabulary: 1 for the first known, 0 for NULL and for those that are not known.

Texts are ordered by code point, integers as numbers; the vocabulary has both as texts.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from data_service.features.values import Categories, Integers, Kind, Value, as_categories

Places = NDArray[np.int64]

# Kinds whose categories are integers.
INTEGER_KINDS = frozenset((Kind.INTEGER, Kind.PLACE))


def finder(vocabulary: Sequence[str], kind: Kind) -> Callable[[Value], Places]:
    """What finds the place of each row's category, int64 (row,)."""
    if kind in INTEGER_KINDS:
        known = np.array(list(map(int, vocabulary)), dtype=np.int64)
        return lambda value: _integer_places(value, known)
    places = {name: place for place, name in enumerate(vocabulary, start=1)}
    return lambda value: _text_places(as_categories(value), places)


def used_codes(value: Categories) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The codes that occur, rising, without that of NULL, and how often each does."""
    codes = value.codes[value.codes >= 0]
    if len(value.names) <= len(codes):
        counts = np.bincount(codes, minlength=len(value.names))
        used = np.flatnonzero(counts)
        return used, counts[used]
    used, counts = np.unique(codes, return_counts=True)
    return used.astype(np.int64), counts


def _integer_places(value: Value, known: NDArray[np.int64]) -> Places:
    assert isinstance(value, Integers)
    if not len(known):
        return np.zeros(len(value.values), dtype=np.int64)
    found = np.minimum(np.searchsorted(known, value.values), len(known) - 1)
    is_known = known[found] == value.values
    if value.is_null is not None:
        is_known &= ~value.is_null
    return np.where(is_known, found + 1, 0)


def _text_places(value: Value, places: dict[str, int]) -> Places:
    """Only names that occur are looked up, so that a small batch of a column with many names stays cheap."""
    assert isinstance(value, Categories)
    used, _ = used_codes(value)
    found = np.array([places.get(value.names[code], 0) for code in used.tolist()], dtype=np.int64)
    if len(value.names) <= len(value.codes):
        by_code = np.zeros(len(value.names) + 1, dtype=np.int64)
        by_code[used] = found
        # The code of NULL, -1, reads the last one.
        return by_code[value.codes]
    if not len(used):
        return np.zeros(len(value.codes), dtype=np.int64)
    index = np.minimum(np.searchsorted(used, value.codes), len(used) - 1)
    return np.where(value.codes >= 0, found[index], 0)
