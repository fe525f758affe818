"""Features checked against the columns of a table, in an order in which they can be computed.

A feature reads columns of the table and outputs of earlier features. It may give its output the name of its input and
so replace it: for all later features, and in the batches. Several such features make a chain; its last one counts:

    impute hours -> hours, standardize hours -> hours, bucketize hours -> hours_band       gives hours, hours_band

Leaves parameters to `parameters`, and everything that needs rows to `fitting`.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tablefit.errors import InvalidInput

from data_service.features.parameters import check_parameters
from data_service.features.spec import NAMES, Cross, FeatureSpec, Impute, ImputeRule
from data_service.features.transforms import output_kind, readable_kinds
from data_service.features.values import KINDS, Kind
from data_service.schema import Column

LIMIT_FEATURES = 1_000
LIMIT_NAME_CHARACTERS = 64

# Where a value comes from: a column of the table by its name, or the output of a step by its number.
Slot = str | int


@dataclass(frozen=True)
class Step:
    """A feature that is computed: where its inputs come from, what they are, and what it gives."""

    feature: FeatureSpec
    inputs: tuple[Slot, ...]
    input_kinds: tuple[Kind, ...]
    kind: Kind


@dataclass(frozen=True)
class Plan:
    """Steps in the order of the features, which is one in which they can be computed.

    `columns` are those of the table that the steps read, in the table's order; `outputs` the steps that give a column
    of the batches, by its name and in the batches' order.
    """

    steps: tuple[Step, ...]
    columns: tuple[str, ...]
    outputs: dict[str, int]

    def needed(self, wanted: Iterable[int]) -> tuple[int, ...]:
        """The steps that have to be computed for these, with them, in order."""
        found = set(wanted)
        for number in reversed(range(len(self.steps))):
            if number in found:
                found |= {slot for slot in self.steps[number].inputs if isinstance(slot, int)}
        return tuple(sorted(found))


def check_features(features: Sequence[FeatureSpec], columns: Sequence[Column]) -> Plan:
    """The plan of these features of a table. Raises InvalidInput, naming the field, for what can never be computed."""
    if len(features) > LIMIT_FEATURES:
        raise InvalidInput(
            f"expected at most {LIMIT_FEATURES:,} features, received {len(features):,}", field="features"
        )
    planner = _Planner(features, columns)
    for number in range(len(features)):
        planner.add(number)
    used = {slot for step in planner.steps for slot in step.inputs}
    outputs = {features[number].output: number for number in sorted(planner.final.values())}
    return Plan(tuple(planner.steps), tuple(column.name for column in columns if column.name in used), outputs)


class _Planner:
    """What names mean at each point of the list of features."""

    def __init__(self, features: Sequence[FeatureSpec], columns: Sequence[Column]) -> None:
        self._features = features
        self._columns = {column.name: column for column in columns}
        self.steps: list[Step] = []
        self.final: dict[str, int] = {}

    def add(self, number: int) -> None:
        """Checks a feature and appends its step."""
        feature, field = self._features[number], f"features[{number}]"
        self._check_output(feature, field)
        check_parameters(feature.transform, field)
        self._check_input_count(feature, field)
        slots = tuple(self._slot(name, number) for name in feature.inputs)
        kinds = tuple(self._kind(slot, field) for slot in slots)
        for name, kind in zip(feature.inputs, kinds, strict=True):
            _check_kind(feature, name, kind, field)
        self.steps.append(Step(feature, slots, kinds, output_kind(feature.transform, kinds)))
        self.final[feature.output] = number

    def _check_output(self, feature: FeatureSpec, field: str) -> None:
        output = feature.output
        if not 1 <= len(output) <= LIMIT_NAME_CHARACTERS:
            raise InvalidInput(
                f"expected an output name of 1 to {LIMIT_NAME_CHARACTERS} characters, received {output[:80]!r}",
                field=f"{field}.output",
            )
        if output in feature.inputs:
            return
        if output in self.final:
            raise InvalidInput(
                f"expected each output once, received {output!r} again; features[{self.final[output]}] gives it, "
                "and only a feature that reads it may replace it",
                field=f"{field}.output",
            )
        if output in self._columns:
            raise InvalidInput(
                f"expected an output name that no column has but the input, received {output!r}",
                field=f"{field}.output",
            )

    def _check_input_count(self, feature: FeatureSpec, field: str) -> None:
        expected = 2 if isinstance(feature.transform, Cross) else 1
        if len(feature.inputs) != expected:
            raise InvalidInput(
                f"expected {expected} input{'s' if expected > 1 else ''} of {NAMES[type(feature.transform)]}, "
                f"received {len(feature.inputs)}",
                field=f"{field}.inputs",
            )

    def _slot(self, name: str, number: int) -> Slot:
        if name in self.final:
            return self.final[name]
        if name in self._columns:
            return name
        field = f"features[{number}].inputs"
        later = next((place for place, other in enumerate(self._features) if other.output == name), None)
        if later is not None:
            raise InvalidInput(
                f"expected a column or the output of an earlier feature, received {name!r}, which "
                f"{'is this feature itself' if later == number else f'features[{later}] gives only later'}",
                field=field,
            )
        known = [*self._columns, *self.final]
        raise InvalidInput(
            f"expected a column or the output of an earlier feature, received {name!r}{_meant(name, known)}",
            field=field,
        )

    def _kind(self, slot: Slot, field: str) -> Kind:
        if isinstance(slot, int):
            return self.steps[slot].kind
        column = self._columns[slot]
        if column.type not in KINDS:
            raise InvalidInput(
                f"expected a column that features can read, received the {column.type.value} column {slot!r}",
                field=f"{field}.inputs",
            )
        return KINDS[column.type]


def _check_kind(feature: FeatureSpec, name: str, kind: Kind, field: str) -> None:
    transform = feature.transform
    readable = readable_kinds(transform)
    if kind not in readable:
        words = ", ".join(known.value for known in Kind if known in readable)
        # Times and images are the only ones of their kind: no other feature makes them.
        advice = _ADVICE.get(kind, "") if Kind.PLACE in readable else ""
        raise InvalidInput(
            f"expected an input of {NAMES[type(transform)]} out of {words}, "
            f"received {name!r}, which is {kind.value}{advice}",
            field=f"{field}.inputs",
        )
    if isinstance(transform, Impute):
        _check_imputed(transform, name, kind, field)


def _check_imputed(transform: Impute, name: str, kind: Kind, field: str) -> None:
    """Categories get categories, numbers get numbers."""
    wanted = _CATEGORY_RULES if kind is Kind.CATEGORY else _NUMBER_RULES
    if transform.rule not in wanted:
        raise InvalidInput(
            f"expected {', '.join(rule.value for rule in wanted)} to fill {name!r}, which is {kind.value}, "
            f"received {transform.rule.value}",
            field=f"{field}.impute",
        )


def _meant(name: str, known: Sequence[str]) -> str:
    """What the name may have been meant to be."""
    by_key = {other.casefold(): other for other in known}
    close = difflib.get_close_matches(name.casefold(), by_key, n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(repr(by_key[key]) for key in close)}?" if close else ""


_CATEGORY_RULES = (ImputeRule.MODE, ImputeRule.CATEGORY)
_NUMBER_RULES = (ImputeRule.MEAN, ImputeRule.MEDIAN, ImputeRule.MODE, ImputeRule.NUMBER)
_ADVICE = {
    Kind.CATEGORY: "; categories become one_hot or ordinal",
    Kind.TIME: "; times become timestamp_parts",
    Kind.IMAGE: "; images take image_normalization",
    Kind.NUMBER: "; bucketize it first",
    Kind.INTEGER: "; make it ordinal or bucketize it first",
}
