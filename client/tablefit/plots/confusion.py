"""Confusion matrices: rows are the classes of held-out rows, columns what they were taken for.

Each row is coloured by shares of its class, so that small classes can be read as well as large ones. Leaves files to
`saving`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tablefit.plots.palette import GRID, MUTED, TEXT

# Beyond these the numbers, then the names, no longer fit.
_LIMIT_COUNTS = 25
_LIMIT_NAMES = 60
_LIMIT_NAME_CHARACTERS = 16
# A share from which text on the cell is white.
_DARK = 0.55


def draw_confusion(class_names: Sequence[str], confusion: Sequence[Sequence[int]], title: str) -> Any:
    """The figure of a matrix of counts by [class of the row][class predicted]."""
    from matplotlib.figure import Figure

    counts = np.asarray(confusion, dtype=np.int64)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = min(4.0 + 0.42 * min(len(counts), _LIMIT_NAMES), 14.0)
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    picture = figure.subplots()
    image = picture.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    right = np.trace(counts) / max(counts.sum(), 1)
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold", color=TEXT)
    picture.set_title(
        f"{counts.sum():,} held-out rows, {right:.1%} right", loc="left", fontsize=10, color=MUTED, pad=10
    )
    _set_axes(picture, [_short(name) for name in class_names])
    if len(counts) <= _LIMIT_COUNTS:
        _write_counts(picture, counts, shares)
    bar = figure.colorbar(image, ax=picture, shrink=0.6, aspect=25, format=lambda share, _: f"{share:.0%}")
    bar.set_label("share of the class", fontsize=9, color=MUTED)
    bar.ax.tick_params(colors=MUTED, labelsize=8, length=0)
    bar.outline.set_visible(False)
    return figure


def _set_axes(picture: Any, names: Sequence[str]) -> None:
    index = "" if len(names) <= _LIMIT_NAMES else " (index)"
    picture.set_xlabel(f"taken for{index}", fontsize=10)
    picture.set_ylabel(f"class{index}", fontsize=10)
    if len(names) <= _LIMIT_NAMES:
        size = 9 if len(names) <= _LIMIT_COUNTS else 6
        is_long = max(map(len, names)) > 3 and len(names) > 4
        picture.set_xticks(range(len(names)), names, rotation=45 if is_long else 0, ha="right" if is_long else "center")
        picture.set_yticks(range(len(names)), names)
        picture.tick_params(labelsize=size)
    picture.set_xticks(np.arange(-0.5, len(names)), minor=True)
    picture.set_yticks(np.arange(-0.5, len(names)), minor=True)
    picture.grid(which="minor", color=GRID, linewidth=0.6 if len(names) <= _LIMIT_NAMES else 0)
    picture.tick_params(which="both", length=0, colors=TEXT)
    for spine in picture.spines.values():
        spine.set_visible(False)


def _write_counts(picture: Any, counts: Any, shares: Any) -> None:
    for row, column in np.ndindex(counts.shape):
        if counts[row, column]:
            colour = "white" if shares[row, column] > _DARK else TEXT
            picture.text(column, row, f"{counts[row, column]:,}", ha="center", va="center", fontsize=9, color=colour)


def _short(name: str) -> str:
    """A name that fits beside the matrix; of dollars, which matplotlib reads as formulas, it makes plain ones."""
    short = name if len(name) <= _LIMIT_NAME_CHARACTERS else f"{name[: _LIMIT_NAME_CHARACTERS - 1]}…"
    return short.replace("$", r"\$")
