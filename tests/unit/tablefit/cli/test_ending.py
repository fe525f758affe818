"""Exit statuses, and the sentence on standard error."""

import pytest
from tablefit import errors
from tablefit.cli import ending, run


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFound("There is no table a."), 1),
        (KeyError("x"), 1),
        (KeyboardInterrupt(), 130),
        (ending.Interrupted("Interrupted."), 130),
    ],
)
def test_each_end_has_its_status(error: BaseException, status: int):
    assert ending.status(error) == status


def test_an_unreachable_service_is_named_with_the_command_that_starts_it(capsys: pytest.CaptureFixture[str]):
    assert run(["job", "list", "--training-service", "127.0.0.1:1"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Error: Cannot reach the training service at 127.0.0.1:1: connection refused. Is it")
    assert "up` starts it; --training-service or TABLEFIT_TRAINING_SERVICE names another." in captured.err
    assert captured.err.count("\n") == 1


NO_NETWORK = (
    "Error: Invalid value for --architecture: expected the name of a network, received none. "
    "`tablefit train --help` shows how.\n"
)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["tabel"], "Error: No such command 'tabel'. Did you mean 'table'? `tablefit --help` shows how.\n"),
        (["train", "a"], NO_NETWORK),
        (
            ["table", "list", "--data-service", "nowhere"],
            (
                "Error: Invalid value for '--data-service': expected an address HOST:PORT such as 127.0.0.1:7501, "
                "received 'nowhere'. `tablefit table list --help` shows how.\n"
            ),
        ),
    ],
)
def test_wrong_usage_is_one_sentence_and_status_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
):
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", sentence)


def test_a_missing_source_is_refused_before_a_service_is_asked(capsys: pytest.CaptureFixture[str]):
    assert run(["ingest", "digits", "/nowhere", "--data-service", "127.0.0.1:1"]) == 1
    assert capsys.readouterr().err.startswith("Error: /nowhere does not exist; expected a folder with one folder")


def test_an_unexpected_error_is_a_sentence_without_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv(ending.TRACEBACK_VARIABLE, raising=False)
    assert ending.report(ZeroDivisionError("division by zero")) == 1
    assert capsys.readouterr().err == (
        "Error: tablefit failed in a way it did not expect (ZeroDivisionError: division by zero); "
        "TABLEFIT_TRACEBACK=1 in the environment shows where.\n"
    )


def test_a_file_that_cannot_be_written_is_named(capsys: pytest.CaptureFixture[str]):
    ending.report(PermissionError(13, "Permission denied", "digits.npz"))
    assert capsys.readouterr().err == "Error: Permission denied: digits.npz\n"


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == "tablefit 0.1.0\n"
