"""Settings from the command line and the environment."""

from pathlib import Path

import pytest

from training_service.settings import Settings, available_processors, read_settings


def test_the_command_line_comes_before_the_environment_and_that_before_the_defaults():
    environment = {
        "TABLEFIT_ADDRESS": "127.0.0.1:1",
        "TABLEFIT_DATA_SERVICE": "data:7501",
        "TABLEFIT_DIRECTORY": "/var/lib/tablefit",
        "TABLEFIT_CONCURRENT_JOBS": "3",
    }
    settings = read_settings(["--address", "[::1]:0", "--concurrent-jobs", "2"], environment)
    assert settings == Settings(
        address="[::1]:0",
        data_service="data:7501",
        directory=Path("/var/lib/tablefit"),
        concurrent_jobs=2,
        thread_count=available_processors(),
        address_file=None,
        loaded_models=2,
    )


def test_the_service_listens_on_loopback_unless_told_otherwise():
    assert read_settings([], {}).directory == Path("tablefit-data/training").absolute()
    settings = read_settings(["--directory", "/tmp/x", "--threads", "5", "--address-file", "/tmp/a"], {})
    assert (settings.address, settings.data_service) == ("127.0.0.1:7502", "127.0.0.1:7501")
    assert (settings.concurrent_jobs, settings.thread_count, settings.address_file) == (1, 5, Path("/tmp/a"))


@pytest.mark.parametrize(
    ("arguments", "environment", "sentence"),
    [
        (["--directory", "x", "--address", "7502"], {}, "expected an address HOST:PORT"),
        (["--directory", "x", "--concurrent-jobs", "0"], {}, "expected a whole number from 1 to 64, received '0'"),
        (["--loaded-models", "65"], {}, "expected a whole number from 1 to 64, received '65'"),
        (["--directory", "x"], {"TABLEFIT_THREADS": "many"}, "expected a whole number from 1 to 1024, received 'many'"),
    ],
)
def test_a_setting_that_does_not_fit_ends_with_a_sentence(arguments, environment, sentence, capsys):
    with pytest.raises(SystemExit) as ended:
        read_settings(arguments, environment)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


def test_help_names_every_variable(capsys):
    with pytest.raises(SystemExit):
        read_settings(["--help"], {})
    printed = capsys.readouterr().out
    for name in ("ADDRESS", "DATA_SERVICE", "DIRECTORY", "CONCURRENT_JOBS", "THREADS", "LOADED_MODELS", "ADDRESS_FILE"):
        assert f"TABLEFIT_{name}" in printed


def test_code_of_callers_runs_only_where_the_operator_says_so():
    assert not read_settings([], {}).allow_own_code
    assert read_settings(["--allow-own-code"], {}).allow_own_code
    assert read_settings([], {"TABLEFIT_ALLOW_OWN_CODE": "1"}).allow_own_code
