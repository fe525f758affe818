"""How long a lost service is waited for, and what is said then."""

import re

import pytest
from tablefit.errors import NotFound, Unavailable
from tablefit.rpc.calls import Patience, call_patiently


def test_when_patience_ends_it_is_said_since_when_there_was_no_answer():
    def call() -> None:
        raise Unavailable("Cannot reach the data service.", details={"reason": "gone"})

    with pytest.raises(Unavailable) as raised:
        call_patiently(call, 1e-6)
    since = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
    assert re.fullmatch(f"Cannot reach the data service; there has been no answer since {since}.", raised.value.message)
    assert raised.value.details == {"reason": "gone"}


@pytest.mark.parametrize(("error", "patience_s"), [(Unavailable("Gone."), 0.0), (NotFound("No table."), 60.0)])
def test_without_patience_or_hope_the_failure_is_raised_as_it_is(error, patience_s):
    with pytest.raises(type(error)) as raised:
        Patience(patience_s).wait_or_raise(error)
    assert raised.value is error
