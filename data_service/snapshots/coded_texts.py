"""Texts as indices into their distinct ones, while rows are on their way into blocks.

Each text is looked at once, when it comes in; cutting, joining and coding blocks then work on arrays. The codes of here
count names in order of appearance; those of files are made by `column_buffers`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from data_service.columns import ColumnArray


@dataclass(frozen=True)
class CodedTexts(ColumnArray):
    """A column of texts: `values` are int32 (row,) indices into `names`, of which some may not occur."""

    names: Sequence[str] = ()

    @property
    def codes(self) -> NDArray[np.int32]:
        """The values."""
        return np.asarray(self.values)


def code_texts(array: ColumnArray) -> CodedTexts:
    """The same texts, coded."""
    if isinstance(array, CodedTexts):
        return array
    code_of: defaultdict[str, int] = defaultdict(count().__next__)
    codes = np.fromiter(map(code_of.__getitem__, array.values), dtype=np.int32, count=len(array))
    return CodedTexts(codes, array.is_null, list(code_of))


def join_texts(arrays: Sequence[CodedTexts], is_null: NDArray[np.bool_] | None) -> CodedTexts:
    """The texts of all arrays in their order; `is_null` is that of all."""
    code_of: defaultdict[str, int] = defaultdict(count().__next__)
    parts = []
    for array in map(_with_used_names, arrays):
        codes = np.fromiter(map(code_of.__getitem__, array.names), dtype=np.int32, count=len(array.names))
        parts.append(codes[array.codes])
    return CodedTexts(np.concatenate(parts), is_null, list(code_of))


def text_lengths(texts: Sequence[str]) -> NDArray[np.int64]:
    """Bytes of each text in UTF-8, int64 (text,)."""
    encoded = texts if "".join(texts).isascii() else list(map(str.encode, texts))
    return np.fromiter(map(len, encoded), dtype=np.int64, count=len(texts))


def _with_used_names(array: CodedTexts) -> CodedTexts:
    """The same texts with no names that do not occur, where there may be many of those."""
    if len(array.names) <= len(array):
        return array
    used, codes = np.unique(array.codes, return_inverse=True)
    return CodedTexts(codes, array.is_null, [array.names[code] for code in used.tolist()])
