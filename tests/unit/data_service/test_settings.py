"""Settings of the data service."""

from pathlib import Path

import pytest

from data_service.settings import read_settings


def test_without_anything_the_service_is_local_and_embedded():
    settings = read_settings([], {})
    assert settings.address == "127.0.0.1:7501"
    assert settings.directory == Path("tablefit-data/data").absolute()
    assert settings.database_url == f"sqlite:///{settings.directory}/tablefit.sqlite"
    assert settings.address_file is None


def test_the_environment_says_what_the_command_line_does_not():
    environment = {
        "TABLEFIT_ADDRESS": "0.0.0.0:7777",
        "TABLEFIT_DATABASE_URL": "mysql+pymysql://me@db/tables",
        "TABLEFIT_DATABASE_PASSWORD": "secret",
        "TABLEFIT_DATABASE_WAIT": "5",
        "TABLEFIT_DIRECTORY": "/data",
        "TABLEFIT_CACHE_LIMIT": "0.5",
    }
    settings = read_settings(["--address", "127.0.0.1:0"], environment)
    assert settings.address == "127.0.0.1:0"
    assert settings.database_url == "mysql+pymysql://me@db/tables"
    assert settings.database_password == "secret"
    assert settings.database_wait_s == 5.0
    assert settings.directory == Path("/data")
    assert settings.cache_limit_bytes == 512 * 1024**2


def test_patterns_come_from_the_command_line_or_else_from_the_environment():
    environment = {"TABLEFIT_ALLOW_CHANGES": "a_*, b,", "TABLEFIT_QUERY_LIMIT": "2.5"}
    assert read_settings([], environment).allow_changes == ("a_*", "b")
    assert read_settings([], environment).query_limit_s == 2.5
    given = read_settings(["--allow-changes", "x,y", "--allow-changes", "z*"], environment)
    assert given.allow_changes == ("x,y", "z*")
    assert read_settings([], {}).allow_changes == ()
    assert read_settings([], {}).query_limit_s == 600


def test_settings_do_not_show_passwords():
    environment = {"TABLEFIT_DATABASE_PASSWORD": "s3cret"}
    settings = read_settings(["--database-url", "mysql+pymysql://me:s3cret@db/tables"], environment)
    assert "s3cret" not in repr(settings)


def test_help_does_not_show_a_url_of_the_environment(capsys):
    with pytest.raises(SystemExit):
        read_settings(["--help"], {"TABLEFIT_DATABASE_URL": "mysql+pymysql://me:s3cret@db/tables"})
    text = capsys.readouterr().out
    assert "s3cret" not in text
    assert "TABLEFIT_DATABASE_PASSWORD" in text


@pytest.mark.parametrize(
    "arguments",
    [
        ["--address", "nowhere"],
        ["--database-wait", "-1"],
        ["--cache-limit", "nan"],
        ["--cache-limit", "much"],
        ["--query-limit", "0"],
    ],
)
def test_what_does_not_fit_is_refused_with_what_is_expected(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        read_settings(arguments, {})
    assert caught.value.code == 2
    assert f"argument {arguments[0]}: expected " in capsys.readouterr().err
