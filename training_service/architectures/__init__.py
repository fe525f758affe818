"""The networks that a job can name: what they are, what can be set, and the text of their `build` functions.

Each file of this package holds one `build` function, the only source of its network: the text goes into the scripts of
jobs as it stands. Nothing is imported from these files here, so that a service can list them without loading Keras.
Leaves to `script` how a network is put into a script, and to `options` which values are chosen where none is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Parameter:
    """A keyword argument of a `build` function. `default` None means that a value is chosen for the job."""

    name: str
    description: str
    minimum: float
    maximum: float
    default: float | None


@dataclass(frozen=True)
class Architecture:
    """A network before training. `minimum_image_size` is the smallest height and the smallest width in pixels."""

    name: str
    description: str
    minimum_image_size: int
    parameters: tuple[Parameter, ...]

    @property
    def source(self) -> str:
        """The Python text of its `build` function, which needs `import keras` and nothing else."""
        return _read_source(self.name)


@cache
def _read_source(name: str) -> str:
    text = (Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8")
    return text[text.index("def build(") :].rstrip() + "\n"


_MOMENTUM = Parameter(
    "momentum",
    "Share of the old moving average that each step keeps in batch normalization. Chosen by the number of steps: small "
    "tables need a smaller share, or validation stays near chance for many epochs.",
    minimum=0.0,
    maximum=0.9999,
    default=None,
)


def _dropout(default: float) -> Parameter:
    description = "Share of the activations that is set to zero after each block while training."
    return Parameter("dropout", description, minimum=0.0, maximum=0.95, default=default)


_L2 = Parameter(
    "l2", "L2 penalty on the kernels of the two first convolutions.", minimum=0.0, maximum=1.0, default=0.01
)

_ALL = (
    Architecture(
        "big_xception",
        "The entry flow of Xception, cut after two modules: depthwise separable convolutions with shortcuts, "
        "0.2 million weights. For larger images.",
        minimum_image_size=7,
        parameters=(_MOMENTUM,),
    ),
    Architecture(
        "mini_xception",
        "Four modules of depthwise separable convolutions with shortcuts, 60 thousand weights. A good first choice: "
        "small, quick and accurate.",
        minimum_image_size=5,
        parameters=(_MOMENTUM, _L2),
    ),
    Architecture(
        "simple_cnn",
        "Four blocks of two convolutions with pooling and dropout, 0.65 million weights. The most work for each image.",
        minimum_image_size=1,
        parameters=(_MOMENTUM, _dropout(0.5)),
    ),
    Architecture(
        "simpler_cnn",
        "Four blocks of two convolutions, the second with stride 2 in place of pooling, 0.57 million weights.",
        minimum_image_size=1,
        parameters=(_MOMENTUM, _dropout(0.25)),
    ),
    Architecture(
        "tiny_xception",
        "mini_xception with half as many filters, 20 thousand weights. The smallest.",
        minimum_image_size=5,
        parameters=(_MOMENTUM, _L2),
    ),
)

ARCHITECTURES: Mapping[str, Architecture] = {architecture.name: architecture for architecture in _ALL}
