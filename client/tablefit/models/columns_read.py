"""Which features a network's inputs come from."""

from collections.abc import Sequence

from tablefit.features import FittedFeature


def needed_features(features: Sequence[FittedFeature], outputs: Sequence[str]) -> tuple[FittedFeature, ...]:
    """The features from which the last ones that give `outputs` are computed, with those, in order.

    Those that number the classes of a target are not among them.
    """
    wanted, found = set(outputs), list[FittedFeature]()
    for fitted in reversed(features):
        feature = fitted.feature
        if feature.output in wanted:
            # An earlier feature of that name counts only where this one reads it.
            wanted = (wanted - {feature.output}) | set(feature.inputs)
            found.append(fitted)
    return tuple(reversed(found))
