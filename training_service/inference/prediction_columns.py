"""The columns of a table of predictions, and the values that go into them.

task            columns beside source_id
classification  prediction, probability, then p_CLASS for each class; or prediction_2, probability_2 … for the most
                probable ones
binary          as classification
multi_label     for each label NAME (true or false) and p_NAME
regression      for each target predicted_NAME
"""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tablefit.data import Column
from tablefit.errors import InvalidInput
from tablefit.sources.columns import ColumnArray, ColumnChunk

from training_service.inference.facts import ModelFacts
from training_service.inference.outcomes import THRESHOLD, Floats, class_names_of, most_probable

SOURCE_ID = "source_id"
# With more classes, a table has the most probable ones instead of a column for each.
LIMIT_CLASS_COLUMNS = 100
DEFAULT_TOP = 5
# A part of what the data service allows as a name of a column, which is safe behind a prefix.
_PLAIN_NAME = re.compile(r"""[^\s`'"%:\\]([^`'"%:\\]{0,46}[^\s`'"%:\\])?""")


class PredictionColumns:
    """What a model's predictions become. `class_count` most probable classes; 0: all where there are not too many.

    Raises InvalidInput for a count that does not fit the model.
    """

    def __init__(self, facts: ModelFacts, class_count: int) -> None:
        self._facts = facts
        self._names = class_names_of(facts)
        if class_count and not 1 <= class_count <= min(len(self._names), LIMIT_CLASS_COLUMNS):
            raise InvalidInput(
                f"expected a class_count of 0 to {min(len(self._names), LIMIT_CLASS_COLUMNS)}, received {class_count}",
                field="class_count",
            )
        self._top = class_count or (DEFAULT_TOP if len(self._names) > LIMIT_CLASS_COLUMNS else 0)
        self.columns: tuple[Column, ...] = (
            Column(SOURCE_ID, "integer", description="Id of the row that the prediction is for."),
            *self._prediction_columns(),
        )

    def chunk(self, row_ids: NDArray[np.int64], outputs: Floats) -> ColumnChunk:
        """The values of some rows, by checked outputs (row, output)."""
        values = [ColumnArray(row_ids.astype(np.int64)), *self._arrays(outputs)]
        names = [column.name for column in self.columns]
        return ColumnChunk(len(row_ids), dict(zip(names, values, strict=True)))

    def _prediction_columns(self) -> list[Column]:
        targets = self._facts.targets
        if self._facts.task == "regression":
            return [Column(f"predicted_{name}", "float", description=f"Predicted {name}.") for name in targets]
        if self._facts.task == "multi_label":
            labels = [Column(name, "boolean", description=f"Predicted {name}.") for name in targets]
            chances = [Column(f"p_{name}", "float", description=f"Probability of {name}.") for name in targets]
            return [column for pair in zip(labels, chances, strict=True) for column in pair]
        first = [
            Column("prediction", "category", description="The most probable class."),
            Column("probability", "float", description="Its probability."),
        ]
        return first + (self._top_columns() if self._top else self._class_columns())

    def _top_columns(self) -> list[Column]:
        return [
            column
            for place in range(2, self._top + 1)
            for column in (
                Column(f"prediction_{place}", "category", description=f"Number {place} of the most probable classes."),
                Column(f"probability_{place}", "float", description="Its probability."),
            )
        ]

    def _class_columns(self) -> list[Column]:
        return [
            Column(name, "float", description=f"Probability of the class {class_name[:900]!r}.")
            for name, class_name in zip(_column_names(self._names), self._names, strict=True)
        ]

    def _arrays(self, outputs: Floats) -> list[ColumnArray]:
        if self._facts.task == "regression":
            return [ColumnArray(outputs[:, place].copy()) for place in range(outputs.shape[1])]
        if self._facts.task == "multi_label":
            pairs = ((values >= THRESHOLD, values.copy()) for values in outputs.T)
            return [ColumnArray(array) for pair in pairs for array in pair]
        places = most_probable(outputs, max(self._top, 1))
        values = np.take_along_axis(outputs, places, axis=1)
        ranked = [
            array
            for rank in range(places.shape[1])
            for array in (self._named(places[:, rank]), ColumnArray(values[:, rank].copy()))
        ]
        return ranked if self._top else [*ranked, *(ColumnArray(one.copy()) for one in outputs.T)]

    def _named(self, places: NDArray[np.intp]) -> ColumnArray:
        return ColumnArray([self._names[place] for place in places.tolist()])


def _column_names(class_names: Sequence[str]) -> list[str]:
    """Names by class where all of them make one, each once; else by index."""
    keys = {unicodedata.normalize("NFKC", name).casefold() for name in class_names}
    is_plain = all(_PLAIN_NAME.fullmatch(name) and name.isprintable() and max(name) <= "\uffff" for name in class_names)
    if is_plain and len(keys) == len(class_names):
        return [f"p_{name}" for name in class_names]
    return [f"p_{place}" for place in range(len(class_names))]
