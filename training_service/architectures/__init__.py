"""The networks that a job can name: what they are, what can be set, and the text of their `build` functions.

Each file of this package holds one `build` function, the only source of its network: the text goes into the scripts of
jobs as it stands. Nothing is imported from these files here, so that a service can list them without loading Keras.
Leaves to `script` how a network is put into a script, and to `options` which values are chosen where none is given.
"""

from collections.abc import Mapping

from training_service.applications import applications
from training_service.architecture import Architecture, InputKind, Parameter, ParameterKind
from training_service.installed import installed_architectures

_MOMENTUM = Parameter(
    "momentum",
    "Share of the old moving average that each step keeps in batch normalization. Chosen by the number of steps: small "
    "tables need a smaller share, or validation stays near chance for many epochs.",
    minimum=0.0,
    maximum=0.9999,
    default=None,
)
_L2 = Parameter(
    "l2", "L2 penalty on the kernels of the two first convolutions.", minimum=0.0, maximum=1.0, default=0.01
)
_DENSE_L2 = Parameter("l2", "L2 penalty on the kernels of the dense layers.", minimum=0.0, maximum=1.0, default=0.0)
_UNITS = Parameter(
    "units",
    "Sizes of the dense layers, from the first to the last.",
    minimum=1,
    maximum=16_384,
    default=[128, 64],
    kind=ParameterKind.INTEGERS,
)
_HIDDEN_ACTIVATION = Parameter(
    "hidden_activation",
    "Activation of the layers between input and output.",
    default="relu",
    kind=ParameterKind.CHOICE,
    choices=("relu", "gelu", "silu", "elu", "selu", "tanh"),
)
_NORMALIZATION = Parameter(
    "normalization",
    "What evens out activations: batch normalization, which also scales the inputs, layer normalization, or nothing; "
    "then numbers should be standardized by features.",
    default="batch",
    kind=ParameterKind.CHOICE,
    choices=("batch", "layer", "none"),
)


def _dropout(default: float) -> Parameter:
    description = "Share of the activations that is set to zero after each block while training."
    return Parameter("dropout", description, minimum=0.0, maximum=0.95, default=default)


_IMAGE_NETWORKS = (
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
_COLUMN_NETWORKS = (
    Architecture(
        "mlp",
        "Dense layers over all columns; categories are embedded as vectors. A good first choice for tables.",
        minimum_image_size=0,
        parameters=(_UNITS, _HIDDEN_ACTIVATION, _NORMALIZATION, _MOMENTUM, _dropout(0.1), _DENSE_L2),
        inputs=InputKind.COLUMNS,
    ),
    Architecture(
        "wide_and_deep",
        "A linear model of all columns and dense layers over them, added up (Cheng et al., 2016). For many categories "
        "and crosses.",
        minimum_image_size=0,
        parameters=(_UNITS, _HIDDEN_ACTIVATION, _NORMALIZATION, _MOMENTUM, _dropout(0.1), _DENSE_L2),
        inputs=InputKind.COLUMNS,
    ),
    Architecture(
        "residual_mlp",
        "Blocks of two dense layers with a shortcut around each (Gorishniy et al., 2021). Deeper than mlp; for larger "
        "tables.",
        minimum_image_size=0,
        parameters=(
            Parameter(
                "width",
                "Numbers that a block takes and gives.",
                minimum=1,
                maximum=16_384,
                default=128,
                kind=ParameterKind.INTEGER,
            ),
            Parameter("blocks", "Number of blocks.", minimum=1, maximum=64, default=3, kind=ParameterKind.INTEGER),
            _HIDDEN_ACTIVATION,
            _NORMALIZATION,
            _MOMENTUM,
            _dropout(0.1),
        ),
        inputs=InputKind.COLUMNS,
    ),
    Architecture(
        "image_and_columns",
        "Convolutions over each image and dense layers over the other columns, joined. For tables that have both.",
        minimum_image_size=1,
        parameters=(
            Parameter(
                "filters",
                "Filters of the convolutions, from the first to the last; each is followed by pooling.",
                minimum=1,
                maximum=4_096,
                default=[16, 32, 64],
                kind=ParameterKind.INTEGERS,
            ),
            _UNITS,
            _HIDDEN_ACTIVATION,
            _MOMENTUM,
            _dropout(0.1),
        ),
        inputs=InputKind.IMAGE_AND_COLUMNS,
    ),
)

_OWN = (*_IMAGE_NETWORKS, *_COLUMN_NETWORKS, *applications(_MOMENTUM, _dropout(0.2)))

# In order of name, whatever its case. Of those installed beside the service, none takes the name of another.
_ALL = {architecture.name: architecture for architecture in (*installed_architectures(), *_OWN)}
ARCHITECTURES: Mapping[str, Architecture] = {name: _ALL[name] for name in sorted(_ALL, key=str.casefold)}
