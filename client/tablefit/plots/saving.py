"""Writes pictures into a folder. Leaves drawing to `curves` and `confusion`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tablefit.errors import InvalidInput
from tablefit.plots.confusion import draw_confusion
from tablefit.plots.curves import draw_curves
from tablefit.plots.palette import DPI, FONT

CURVES_NAME = "learning-curves.png"
CONFUSION_NAME = "confusion-matrix.png"


def save_plots(
    folder: str | Path,
    *,
    history: Mapping[str, Sequence[float | None]],
    class_names: Sequence[str] = (),
    confusion: Sequence[Sequence[int]] = (),
    title: str = "",
) -> list[Path]:
    """Writes learning-curves.png and, where there is one, confusion-matrix.png; returns what was written.

    The folder is made if need be; files of these names are replaced. Raises InvalidInput when there is nothing to draw,
    the folder cannot be written, or matplotlib is missing.
    """
    try:
        import matplotlib
    except ImportError as error:
        raise InvalidInput('Plots need matplotlib: pip install "tablefit[plots]".') from error
    target = Path(folder)
    title = title.replace("$", r"\$")
    figures = {}
    # The settings are the caller's own outside this block.
    with matplotlib.rc_context(FONT):
        if any(history.values()):
            figures[target / CURVES_NAME] = draw_curves(history, title)
        if confusion:
            figures[target / CONFUSION_NAME] = draw_confusion(class_names, confusion, title)
        if not figures:
            raise InvalidInput("expected a training that has finished an epoch, received one without any")
        try:
            target.mkdir(parents=True, exist_ok=True)
            for path, figure in figures.items():
                figure.savefig(path, dpi=DPI, facecolor="white")
        except OSError as error:
            raise InvalidInput(f"Cannot write into {target}: {error.strerror}.", field="out") from error
    return list(figures)
