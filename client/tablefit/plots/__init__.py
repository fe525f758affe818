"""Pictures of trainings, as PNG files: learning curves and confusion matrices. Needs matplotlib.

    save_plots("plots", history=model.details.history, class_names=…, confusion=…, title="digits")

Modules: `curves` and `confusion` draw, `saving` writes, `epochs` makes a history of a job's events.
"""

from tablefit.plots.epochs import history_of
from tablefit.plots.saving import save_plots

__all__ = ["history_of", "save_plots"]
