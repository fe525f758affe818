"""What a saved model says of itself, read and used without Keras.

    facts = read_facts("adults.keras")
    facts.class_names, facts.inputs, facts.features
    arrays = to_arrays(facts.inputs, {"age": [39, None], "education": ["Masters", "?"], "seen": [datetime(…), None]})

`facts` are the records and the file's member that holds them, `raw_values` makes the model's inputs of values as they
stand in a table, `code` finds what a file could run. Leaves everything that needs Keras to `tablefit.keras`.
"""

from tablefit.models.facts import (
    MEMBER,
    NULL_TEXT,
    ModelColumn,
    ModelFacts,
    ModelImage,
    NetworkInput,
    RawInput,
    holds_facts,
    read_facts,
)
from tablefit.models.raw_values import to_arrays

__all__ = [
    "MEMBER",
    "NULL_TEXT",
    "ModelColumn",
    "ModelFacts",
    "ModelImage",
    "NetworkInput",
    "RawInput",
    "holds_facts",
    "read_facts",
    "to_arrays",
]
