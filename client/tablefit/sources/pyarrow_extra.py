"""The optional reader of files of columns."""

from tablefit.errors import InvalidInput


def require_pyarrow(what: str) -> None:
    """Raises InvalidInput with what to install when pyarrow is missing; `what` names what is to be read."""
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise InvalidInput(f'Reading {what} needs pyarrow: pip install "tablefit[tables]".') from error
