"""Python runs this at its start in every process of the tests: Keras does not find what it need not load.

Keras imports pandas, Matplotlib and scikit-learn wherever they are installed, which takes as long as Keras itself. No
training service has them, yet the tests' environment has, for other ends. So here they are missing for Keras, and there
for everybody else.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType

_UNWANTED = ("matplotlib", "pandas", "sklearn")


class NothingMoreForKeras(MetaPathFinder):
    """Raises ModuleNotFoundError when a module of Keras asks for an unwanted one."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if name.partition(".")[0] in _UNWANTED and _importer().partition(".")[0] == "keras":
            raise ModuleNotFoundError(f"the tests keep {name} from Keras", name=name)


def _importer() -> str:
    """The module whose import statement runs."""
    frame = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").startswith(("importlib.", __name__)):
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", ""))


if not any(type(finder).__name__ == NothingMoreForKeras.__name__ for finder in sys.meta_path):
    sys.meta_path.insert(0, NothingMoreForKeras())
