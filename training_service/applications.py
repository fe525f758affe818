"""All networks of keras.applications: one table of what they need, and one text for all of them.

The pixels that each expects come out of layers inside, so that all take values from 0 to 255. Leaves the text to
`architectures/application.py`.
"""

from collections.abc import Iterator, Mapping
from enum import Enum

from training_service.architecture import Architecture, Parameter, ParameterKind

# What the text is written for.
_NAME = "MobileNetV2"
_LINE = "    x = layers.Rescaling(1 / 127.5, offset=-1)(x)\n"
_OR_PLAIN = f"    else:\n    {_LINE}"


class Scaling(Enum):
    """The lines that make of pixels from 0 to 255 what a network expects.

    Mean colours are for the weights of ImageNet only: without them, values about 0 serve a new network better.
    """

    # From -1 to 1.
    UNIT = _LINE
    # The network scales by itself.
    INSIDE = ""
    # Less the mean colour, by the standard deviation, as DenseNet was trained with.
    COLOUR = (
        '    if weights == "imagenet":\n'
        "        x = layers.Normalization(mean=[123.675, 116.28, 103.53], variance=[3409.98, 3262.69, 3291.89])(x)\n"
        + _OR_PLAIN
    )
    # Blue first, less the mean colour, as Caffe has it.
    BLUE_FIRST = (
        '    if weights == "imagenet":\n'
        "        x = layers.Rescaling(1, offset=[-103.939, -116.779, -123.68])(keras.ops.flip(x, axis=-1))\n"
        + _OR_PLAIN
    )


# Names by scaling, as Keras 3.15 has them. The smallest image is 32 x 32 unless it is given below.
_NAMES: Mapping[Scaling, tuple[str, ...]] = {
    Scaling.INSIDE: (
        *(f"ConvNeXt{size}" for size in ("Tiny", "Small", "Base", "Large", "XLarge")),
        *(f"EfficientNetB{number}" for number in range(8)),
        *(f"EfficientNetV2{size}" for size in ("B0", "B1", "B2", "B3", "S", "M", "L")),
        "MobileNetV3Large",
        "MobileNetV3Small",
    ),
    Scaling.UNIT: (
        "InceptionResNetV2",
        "InceptionV3",
        "MobileNet",
        "MobileNetV2",
        "NASNetLarge",
        "NASNetMobile",
        "ResNet50V2",
        "ResNet101V2",
        "ResNet152V2",
        "Xception",
    ),
    Scaling.COLOUR: ("DenseNet121", "DenseNet169", "DenseNet201"),
    Scaling.BLUE_FIRST: ("ResNet50", "ResNet101", "ResNet152", "VGG16", "VGG19"),
}
_MINIMUM_SIZE = 32
_MINIMUM_SIZES = {"InceptionResNetV2": 75, "InceptionV3": 75, "Xception": 71}

_WEIGHTS = Parameter(
    "weights",
    "What the network starts with: none, which is random weights, or imagenet, which the training service downloads "
    "from Keras's site on first use.",
    default="none",
    kind=ParameterKind.CHOICE,
    choices=("none", "imagenet"),
)
_POOLING = Parameter(
    "pooling",
    "How the features of all places become one: their average or their maximum.",
    default="avg",
    kind=ParameterKind.CHOICE,
    choices=("avg", "max"),
)


def applications(momentum: Parameter, dropout: Parameter) -> Iterator[Architecture]:
    """The networks, with these two parameters beside their own."""
    for scaling, names in _NAMES.items():
        for name in names:
            yield Architecture(
                name,
                f"{name} of keras.applications, with an output layer of its own; with weights of ImageNet on request.",
                minimum_image_size=_MINIMUM_SIZES.get(name, _MINIMUM_SIZE),
                parameters=(_WEIGHTS, _POOLING, momentum, dropout),
                file="application",
                replacements={_LINE: scaling.value, _NAME: name},
            )
