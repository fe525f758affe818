"""The questions that can be asked, by name, and what answers each."""

from collections.abc import Callable, Mapping
from typing import Any

from training_service.adviser.child import catalogue, networks, own_models, trials

QUESTIONS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "catalogue": catalogue.describe,
    "trial": trials.try_component,
    "network": networks.measure,
    "own_model": own_models.examine,
}


def answer(question: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a question. Raises KeyError for an unknown one, TypeError for other arguments than it has."""
    return QUESTIONS[question](**arguments)
