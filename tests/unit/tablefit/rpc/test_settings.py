"""Addresses: where they come from and which are refused."""

import pytest
from tablefit.errors import InvalidInput
from tablefit.rpc import settings


def test_an_address_given_goes_before_the_environment_and_that_before_the_default():
    environment = {"TABLEFIT_DATA_SERVICE": "db.example:1"}
    assert settings.data_service_address("h:2", environment) == "h:2"
    assert settings.data_service_address(None, environment) == "db.example:1"
    assert settings.data_service_address(None, {}) == "127.0.0.1:7501"
    assert settings.training_service_address(None, environment) == "127.0.0.1:7502"


@pytest.mark.parametrize("address", ["127.0.0.1:0", "[::1]:7501", "host.example:65535"])
def test_addresses_of_the_form_host_and_port_pass(address):
    assert settings.check_address(address) == address


@pytest.mark.parametrize("address", ["", "7501", ":7501", "host", "host:", "host:x", "host:65536", "::1:7501", "h:٣"])
def test_other_texts_are_refused_with_an_example(address):
    with pytest.raises(InvalidInput, match=r"expected an address HOST:PORT such as 127\.0\.0\.1:7501"):
        settings.check_address(address)
