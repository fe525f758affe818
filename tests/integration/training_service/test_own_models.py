"""Models that callers bring, loaded by the process that answers for Keras."""

import codecs
import json
import marshal
from typing import Any

import pytest
from tablefit.errors import InvalidInput

from training_service.adviser import Adviser
from training_service.native import NativeOptions, OwnModel
from training_service.options import Options
from training_service.own_models import OwnModels, ask_own
from training_service.own_networks import examine_own
from training_service.situation import Situation


def layer(name: str, /, **config: Any) -> dict[str, Any]:
    """A layer in the form that Keras writes."""
    return {"module": "keras.layers", "class_name": name, "config": config, "registered_name": None}


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    """A network for images of 4 x 6 grey pixels."""
    first = layer("InputLayer", batch_shape=[None, 4, 6, 1], dtype="float32", name="images")
    config = {"name": "net", "layers": [first, *layers]}
    return {"module": "keras", "class_name": "Sequential", "config": config, "registered_name": None}


DENSE = layer("Dense", units=3, activation="softmax", name="classes")
GOOD = sequential(layer("Flatten", name="flat"), DENSE)
# As Keras writes a function.
CODE = codecs.encode(marshal.dumps((lambda x: x).__code__), "base64").decode()
FUNCTION = {"class_name": "__lambda__", "config": {"code": CODE, "defaults": None, "closure": None}}
CODE_LAYER = layer("Lambda", name="code", function=FUNCTION, output_shape=[3])
REFUSED = [
    (sequential(layer("Flatten", name="flat"), DENSE, CODE_LAYER), "runs no code of its own, received 'Lambda'"),
    (sequential({**DENSE, "module": "os.path"}), "'Dense' of the module 'os.path'"),
    (sequential({**DENSE, "module": None, "registered_name": "Mine>Dense"}), "the custom object 'Mine>Dense'"),
    (sequential(layer("StringLookup", vocabulary="/etc/passwd")), "a file to read"),
    (sequential(layer("Flatten", name="flat"), layer("Danse", units=3)), "Keras cannot load the model: .*Danse"),
    ({"some": "JSON"}, "expected what model.to_json"),
]


def examine(adviser: Adviser, model: OwnModel, *, allow_code: bool = False):
    return examine_own(Options("digits", "", native=NativeOptions(own_model=model)), adviser, allow_code=allow_code)


def test_what_can_be_used_is_described_and_the_rest_refused_with_a_reason(adviser: Adviser):
    models = OwnModels(adviser._directory.parent)
    good = models.keep("json", json.dumps(GOOD).encode())
    network = examine(adviser, good)
    assert (dict(network.inputs), network.output_shape) == ({"images": ((4, 6, 1), "float32")}, (3,))
    assert ask_own(adviser, good, allow_code=False)["parameter_count"] == 4 * 6 * 3 + 3
    wider = Situation(1, {}, 3, (6, 6, 1), held_out=True, seed=0, inputs=[6, 6, 1])
    with pytest.raises(InvalidInput, match=r"takes 'image' \(6, 6, 1\), received one that takes 'images' \(4, 6, 1\)"):
        network.check_fit(wider)
    for config, sentence in REFUSED:
        with pytest.raises(InvalidInput, match=sentence) as refused:
            examine(adviser, models.keep("json", json.dumps(config).encode()))
        assert refused.value.field == "spec.own_model"
    for content in (b"no JSON", b"PK no archive"):
        with pytest.raises(InvalidInput, match="expected a"):
            examine(adviser, models.keep("keras" if content.startswith(b"PK") else "json", content))
    with_code = models.keep("json", json.dumps(REFUSED[0][0]).encode())
    assert examine(adviser, with_code, allow_code=True).model.runs_code
    assert not examine(adviser, good, allow_code=True).model.runs_code
