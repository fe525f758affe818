"""Files of text that options name."""

from pathlib import Path

from tablefit.errors import InvalidInput


def read_text(path: Path) -> str:
    """What stands in a file. Raises InvalidInput when it cannot be read, or is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"Cannot read {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is no text in UTF-8.") from error
