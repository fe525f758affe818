"""What a job would take: parameters, steps, memory. Arithmetic on what Keras says of the network."""

import math
from dataclasses import dataclass
from typing import Any

from tablefit.data.tasks import Task
from tablefit.errors import InvalidInput

from training_service.adviser import Adviser
from training_service.architectures import ARCHITECTURES
from training_service.counting import without_download
from training_service.own_models import ask_own
from training_service.specification import Specification

# As `tablefit.keras.feed` bounds what is read ahead, and what TensorFlow holds beside it.
FEED_LIMIT_BATCHES = 32
FEED_LIMIT_BYTES = 64 * 1024 * 1024
_BATCHES_BESIDE = 3
# Bytes of one value by dtype policy: of parameters and of activations.
_VALUE_BYTES = {
    "float32": (4, 4),
    "float64": (8, 8),
    "bfloat16": (2, 2),
    "mixed_bfloat16": (4, 2),
    "mixed_float16": (4, 2),
}


@dataclass(frozen=True)
class Estimate:
    """Sizes of a job; `memory_bytes` as `estimate_memory` says."""

    parameter_count: int
    trainable_parameter_count: int
    steps_per_epoch: int
    step_count: int
    memory_bytes: int


@dataclass(frozen=True)
class Estimates:
    """Makes estimates of specifications."""

    adviser: Adviser

    def of(self, specification: Specification) -> Estimate:
        """The estimate. Raises InvalidInput for a network that cannot be built, Unavailable when Keras is not there."""
        native = specification.native
        network = ask_network(self.adviser, specification)
        facts = self.adviser.ask(
            "trial",
            kind="optimizer",
            name=specification.optimizer_class,
            arguments=native.optimizer_arguments,
            learning_rate=specification.learning_rate,
        )
        return Estimate(
            parameter_count=network["parameter_count"],
            trainable_parameter_count=network["trainable_count"],
            steps_per_epoch=native.steps_per_epoch,
            step_count=native.steps_per_epoch * specification.epochs,
            memory_bytes=estimate_memory(specification, network, facts["slots"]),
        )


def ask_network(adviser: Adviser, specification: Specification) -> dict[str, Any]:
    """What `child.networks.measure` says of the job's network. Raises InvalidInput when it cannot be built."""
    native = specification.native
    if native.own_model is not None:
        return ask_own(adviser, native.own_model, allow_code=native.own_model.runs_code)
    answer = adviser.ask(
        "network",
        source=ARCHITECTURES[specification.architecture].source,
        inputs=native.inputs,
        output_count=native.output_count,
        activation=Task(specification.reading.task or Task.CLASSIFICATION).activation,
        settings=without_download(specification.architecture_parameters),
    )
    if answer["problem"]:
        raise InvalidInput(f"The network cannot be built: {answer['problem']}", field="spec.architecture")
    return answer


def estimate_memory(specification: Specification, network: dict[str, Any], slots: float) -> int:
    """Bytes: parameters, with a gradient and `slots` of the optimizer for each that is trained; twice the outputs of
    all layers for one batch, forward and backward; and the batches that the feed holds.
    """
    parameter_bytes, activation_bytes = _VALUE_BYTES[specification.native.dtype_policy]
    parameters: float = network["parameter_count"] + (1 + slots) * network["trainable_count"]
    activations: int = 2 * network["activation_count"] * specification.batch_size
    batch_bytes = _row_bytes(specification.native.inputs) * specification.batch_size
    feed = min(FEED_LIMIT_BATCHES * batch_bytes, max(FEED_LIMIT_BYTES, 2 * batch_bytes)) + _BATCHES_BESIDE * batch_bytes
    return round(parameters * parameter_bytes + activations * activation_bytes + feed)


def _row_bytes(inputs: Any) -> int:
    """Bytes of one row of inputs: pixels have one, numbers and categories four."""
    if isinstance(inputs, dict):
        values: int = sum(math.prod(shape) for shape, _ in inputs.values())
        return 4 * values
    size: int = math.prod(inputs)
    return size
