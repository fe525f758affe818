"""Fits features to the training rows, in as many passes over them as chains of features are deep.

A pass serves all features whose inputs can be computed by then. What is learned depends neither on the order of the
rows nor on how they are cut into chunks: see `exact`, `sample` and `accumulators`. Quantiles keep 8 bytes for each row
and column, of at most 1,000,000 rows; vocabularies and modes keep each distinct value once. Leaves features that were
fitted before to `restoring`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tablefit.errors import WrongState

from data_service.features.applying import Fitted, evaluate
from data_service.features.computing import Compute, compute_of
from data_service.features.learning import ACCUMULATORS, Accumulator, Learned, Need, crossed, given, learn, need_of
from data_service.features.plan import Plan, Slot, Step
from data_service.features.sample import RowSample, SortedColumn
from data_service.features.spec import NAMES, Cross, FittedFeature
from data_service.features.values import Batch, as_numbers

Chunks = Callable[[], Iterable[Batch]]


def fit(plan: Plan, chunks: Chunks) -> Fitted:
    """The plan with what the training rows teach. `chunks` gives them anew for each pass, cut in any way.

    Raises WrongState when a feature finds no value to learn from, or a row cannot be computed.
    """
    fitting = _Fitting(plan)
    while waiting := fitting.ready():
        fitting.learn(waiting, chunks())
    return fitting.fitted()


class _Fitting:
    """What is known of each step so far."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._features: list[FittedFeature | None] = [None] * len(plan.steps)
        self._computes: list[Compute | None] = [None] * len(plan.steps)

    def ready(self) -> list[int]:
        """The steps that the next pass can teach, after those that learn nothing were settled."""
        waiting = []
        for number, step in enumerate(self._plan.steps):
            if self._computes[number] is None and all(self._is_known(slot) for slot in step.inputs):
                if need_of(step.feature.transform, step.input_kinds[0]) is None:
                    self._settle(number, self._given(step), 0, sampled=False)
                else:
                    waiting.append(number)
        return waiting

    def learn(self, waiting: Sequence[int], chunks: Iterable[Batch]) -> None:
        """One pass over the training rows for these steps."""
        run = _Pass([self._plan.steps[number] for number in waiting])
        needed = self._plan.needed(slot for slot in run.slots if isinstance(slot, int))
        for batch in chunks:
            run.add(batch, evaluate(self._plan, self._computes, batch, needed))
        for number in waiting:
            learned, sampled = run.learned(self._plan.steps[number])
            self._settle(number, learned, run.row_count, sampled=sampled)

    def fitted(self) -> Fitted:
        """The result, once no step is waiting."""
        features = tuple(feature for feature in self._features if feature is not None)
        computes = tuple(compute for compute in self._computes if compute is not None)
        return Fitted(self._plan, features, computes)

    def _is_known(self, slot: Slot) -> bool:
        return isinstance(slot, str) or self._computes[slot] is not None

    def _settle(self, number: int, learned: Learned, row_count: int, *, sampled: bool) -> None:
        step = self._plan.steps[number]
        fitted = FittedFeature(step.feature, learned.numbers, learned.vocabulary, row_count, sampled)
        self._features[number] = fitted
        self._computes[number] = compute_of(fitted, step.input_kinds)

    def _given(self, step: Step) -> Learned:
        if not isinstance(step.feature.transform, Cross):
            return given(step.feature.transform)
        inputs = [self._features[slot] for slot in step.inputs if isinstance(slot, int)]
        return crossed(step.feature.transform, step.feature.output, [known for known in inputs if known])


class _Pass:
    """What is added up in one pass. Steps that need the same of the same values share it."""

    def __init__(self, steps: Sequence[Step]) -> None:
        needs = [(_need(step), step.inputs[0], step.feature.inputs[0]) for step in steps]
        self.slots = tuple(dict.fromkeys(slot for _, slot, _ in needs))
        self._sorted = tuple(dict.fromkeys(slot for need, slot, _ in needs if need is Need.SORTED))
        self._sample = RowSample(len(self._sorted))
        self._accumulators: dict[tuple[Need, Slot], Accumulator] = {
            (need, slot): ACCUMULATORS[need](name) for need, slot, name in needs if need is not Need.SORTED
        }
        self.row_count = 0

    def add(self, batch: Batch, values: dict[Slot, Any]) -> None:
        """Adds a chunk of rows."""
        self.row_count += len(batch.ids)
        self._sample.add(batch.ids, [as_numbers(values[slot]) for slot in self._sorted])
        for (_, slot), accumulator in self._accumulators.items():
            accumulator.add(values[slot])

    def learned(self, step: Step) -> tuple[Learned, bool]:
        """What a step learns, and whether from a sample. WrongState when there was no value."""
        need, slot = _need(step), step.inputs[0]
        if need is Need.SORTED:
            column = SortedColumn(self._sample, self._sorted.index(slot))
            _check_count(step, column.count)
            return learn(step.feature.transform, column), column.is_partial
        accumulator = self._accumulators[need, slot]
        _check_count(step, accumulator.count)
        return learn(step.feature.transform, accumulator), False


def _need(step: Step) -> Need:
    need = need_of(step.feature.transform, step.input_kinds[0])
    assert need is not None
    return need


def _check_count(step: Step, count: int) -> None:
    if count == 0:
        feature, column = step.feature, step.feature.inputs[0]
        raise WrongState(
            f"Column {column!r} has no value in the training rows, so that there is nothing to fit "
            f"{NAMES[type(feature.transform)]} of feature {feature.output!r} to. Leave the feature out, or give the "
            "training part rows that have values.",
            details={"column": column, "feature": feature.output},
        )
