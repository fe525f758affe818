"""What each transform reads and gives, before anything is fitted: one table.

Leaves shapes to `outputs` and what is computed to `computing`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from data_service.features.spec import (
    Bucketize,
    Clip,
    Cross,
    ImageNormalization,
    Impute,
    Log1p,
    MinMax,
    OneHot,
    Ordinal,
    Robust,
    Standardize,
    TimestampParts,
    Transform,
)
from data_service.features.values import Kind

_NUMBERS = frozenset((Kind.NUMBER, Kind.INTEGER, Kind.BOOLEAN, Kind.PLACE))
_CATEGORIES = frozenset((Kind.CATEGORY, Kind.INTEGER, Kind.BOOLEAN, Kind.PLACE))
# Places are never NULL, so that there is nothing to fill in.
_NULLABLE = frozenset((Kind.NUMBER, Kind.INTEGER, Kind.BOOLEAN, Kind.CATEGORY))


@dataclass(frozen=True)
class _Rule:
    reads: frozenset[Kind]
    gives: Callable[[Transform, Sequence[Kind]], Kind]


def _always(kind: Kind) -> Callable[[Transform, Sequence[Kind]], Kind]:
    return lambda _transform, _inputs: kind


def _imputed(_transform: Transform, inputs: Sequence[Kind]) -> Kind:
    return Kind.CATEGORY if inputs[0] is Kind.CATEGORY else Kind.NUMBER


def _bucketized(transform: Transform, _inputs: Sequence[Kind]) -> Kind:
    return Kind.VECTOR if isinstance(transform, Bucketize) and transform.one_hot else Kind.PLACE


_NUMBER_TO_NUMBER = _Rule(_NUMBERS, _always(Kind.NUMBER))
_RULES: dict[type[Transform], _Rule] = {
    Standardize: _NUMBER_TO_NUMBER,
    MinMax: _NUMBER_TO_NUMBER,
    Robust: _NUMBER_TO_NUMBER,
    Log1p: _NUMBER_TO_NUMBER,
    Clip: _NUMBER_TO_NUMBER,
    Impute: _Rule(_NULLABLE, _imputed),
    Bucketize: _Rule(_NUMBERS, _bucketized),
    OneHot: _Rule(_CATEGORIES, _always(Kind.VECTOR)),
    Ordinal: _Rule(_CATEGORIES, _always(Kind.PLACE)),
    TimestampParts: _Rule(frozenset((Kind.TIME,)), _always(Kind.VECTOR)),
    Cross: _Rule(frozenset((Kind.PLACE,)), _always(Kind.PLACE)),
    ImageNormalization: _Rule(frozenset((Kind.IMAGE,)), _always(Kind.NORMALIZED_IMAGE)),
}


def readable_kinds(transform: Transform) -> frozenset[Kind]:
    """What inputs of the transform may be."""
    return _RULES[type(transform)].reads


def output_kind(transform: Transform, inputs: Sequence[Kind]) -> Kind:
    """What the transform makes of such inputs."""
    return _RULES[type(transform)].gives(transform, inputs)
