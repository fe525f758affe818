"""Learning curves: one picture for each metric, training and held-out rows over the epochs.

Leaves files to `saving`.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tablefit.plots.palette import GRID, HELD_OUT, MUTED, TEXT, TRAINING

_COLUMNS = 2
_PICTURE_INCHES = (5.0, 3.4)
# Up to here each epoch gets a dot.
_LIMIT_DOTS = 25


def draw_curves(history: Mapping[str, Sequence[float | None]], title: str) -> Any:
    """The figure of a history with at least one epoch; loss comes first."""
    from matplotlib.figure import Figure

    names = sorted({name.removeprefix("val_") for name in history}, key=lambda name: (name != "loss", name))
    columns = min(_COLUMNS, len(names))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(_PICTURE_INCHES[0] * columns, _PICTURE_INCHES[1] * rows + 0.5), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold", color=TEXT)
    axes = [*figure.subplots(rows, columns, squeeze=False).flat]
    for name, picture in zip(names, axes, strict=False):
        _draw(picture, name, history)
    for spare in axes[len(names) :]:
        spare.set_visible(False)
    return figure


def _draw(picture: Any, name: str, history: Mapping[str, Sequence[float | None]]) -> None:
    picture.set_title(_words(name), loc="left", fontsize=11, color=TEXT)
    for key, label, colour in ((name, "training", TRAINING), (f"val_{name}", "held out", HELD_OUT)):
        values = [math.nan if value is None else value for value in history.get(key, ())]
        if values:
            marker = "o" if len(values) <= _LIMIT_DOTS else ""
            epochs = range(1, len(values) + 1)
            picture.plot(epochs, values, color=colour, label=label, linewidth=1.8, marker=marker, markersize=3.5)
    _mark_best(picture, name, history.get(f"val_{name}", ()))
    _set_axes(picture, max(len(history.get(key, ())) for key in (name, f"val_{name}")))


def _mark_best(picture: Any, name: str, values: Sequence[float | None]) -> None:
    """A ring around the epoch with the lowest validation loss, with its value."""
    numbers = [(math.nan if value is None else value, epoch) for epoch, value in enumerate(values, start=1)]
    known = [(value, epoch) for value, epoch in numbers if math.isfinite(value)]
    if name != "loss" or not known:
        return
    value, epoch = min(known)
    picture.plot([epoch], [value], "o", markersize=9, markerfacecolor="none", markeredgecolor=HELD_OUT)
    picture.annotate(
        f"best {value:.4g}, epoch {epoch}",
        (epoch, value),
        xytext=(0, 12),
        textcoords="offset points",
        ha="right" if epoch > len(values) / 2 else "left",
        color=HELD_OUT,
        fontsize=9,
    )


def _set_axes(picture: Any, epoch_count: int) -> None:
    from matplotlib.ticker import MaxNLocator

    picture.set_xlabel("epoch", fontsize=9)
    picture.set_xlim(0.5, max(epoch_count, 2) + 0.5)
    picture.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8, min_n_ticks=1))
    picture.margins(y=0.12)
    picture.grid(axis="y", color=GRID)
    picture.set_axisbelow(True)
    picture.tick_params(colors=MUTED, labelsize=9, length=0)
    for side, spine in picture.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(GRID)
    # Above the lines, where it covers none.
    picture.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, fontsize=9, labelcolor=TEXT, borderpad=0
    )


def _words(name: str) -> str:
    return name.replace("_", " ")
