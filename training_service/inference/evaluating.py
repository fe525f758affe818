"""Evaluates a model on the rows of a table: batch after batch from the data service to the model's process.

Leaves counting to `evaluation` and labels to `labels`.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tablefit.data import DataClient
from tablefit.errors import InvalidInput, WrongState

from training_service.inference.evaluation import Evaluation, begin
from training_service.inference.facts import ModelFacts
from training_service.inference.frames import Frame
from training_service.inference.labels import LabelOptions, truth_of
from training_service.inference.outcomes import checked
from training_service.inference.process import ModelProcess
from training_service.inference.reading import ModelRows, open_stream, stream_options

LIMIT_WORST = 1_000
DEFAULT_WORST = 20
# Between two messages of progress.
_TELL_S = 0.2


@dataclass(frozen=True)
class Wanted:
    """What to evaluate on, and how."""

    rows: ModelRows
    labels: LabelOptions = field(default_factory=LabelOptions)
    worst_count: int = DEFAULT_WORST


@dataclass(frozen=True)
class Progress:
    """Rows done, of all there are."""

    done_rows: int
    total_rows: int


@dataclass(frozen=True)
class Evaluated:
    """A finished evaluation: what was read, with which facts of the model, and what came of it."""

    facts: ModelFacts
    table: str
    snapshot_id: str
    skipped_rows: int
    evaluation: Evaluation


def check_worst_count(count: int) -> int:
    """The count itself. Raises InvalidInput."""
    if not 0 <= count <= LIMIT_WORST:
        raise InvalidInput(f"expected a worst_count of 0 to {LIMIT_WORST:,}, received {count:,}", field="worst_count")
    return count


def evaluate(
    process: ModelProcess, data: DataClient, wanted: Wanted, reader: str, is_active: Callable[[], bool]
) -> Iterator[Progress | Evaluated]:
    """Tells how far it is, and at the end the result; ends early without one when nobody is there any more.

    Raises WrongState for labels that the model does not know and when no row is left, and what reading raises.
    """
    facts = process.facts
    counting = begin(facts, check_worst_count(wanted.worst_count))
    options = stream_options(facts, wanted.rows, facts.targets, reader)
    done = skipped = 0
    told_s = time.monotonic()
    with open_stream(data, options, facts) as stream:
        truth = truth_of(facts, stream.header, wanted.labels)
        yield Progress(0, stream.header.row_count)
        for batch in stream:
            if not is_active():
                return
            places, values = truth.of(batch)
            if len(places):
                inputs = {name: array[places] for name, array in stream.inputs(batch).items()}
                outputs = checked(process.ask(Frame("arrays", {}, inputs)).arrays["outputs"], facts)
                counting.add(batch.row_ids[places], values, outputs)
            done += len(batch.row_ids)
            skipped += len(batch.row_ids) - len(places)
            if time.monotonic() - told_s >= _TELL_S or done == stream.header.row_count:
                told_s = time.monotonic()
                yield Progress(done, stream.header.row_count)
        if done == skipped:
            raise WrongState("expected rows with labels that the model knows, found none: all of them were skipped")
        header = stream.header
        yield Evaluated(facts, header.table, header.pin.snapshot_id, skipped, counting.result())
