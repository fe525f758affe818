"""What the services need and how they are called."""

from pathlib import Path

import pytest
from tablefit.cli.services import check_extras, data_call
from tablefit.errors import WrongState


def test_missing_packages_are_named_with_the_command_that_brings_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KERAS_BACKEND", "no_such_backend")
    with pytest.raises(WrongState) as caught:
        check_extras(("data-service", "training-service"))
    assert str(caught.value) == (
        "Packages are missing (no_such_backend); "
        'this brings them: python -m pip install "tablefit[data-service,training-service]"'
    )


def test_a_database_url_is_not_on_the_command_line_where_everybody_can_read_it():
    url = "mysql+pymysql://reader:secret@db/tables"
    call = data_call(Path("data"), "127.0.0.1:0", url)
    assert not [argument for argument in call.arguments if "secret" in argument]
    assert call.environment == (("TABLEFIT_DATABASE_URL", url),)
