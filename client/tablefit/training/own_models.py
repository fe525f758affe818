"""Keras models of the caller's own, on their way into a specification's message."""

from dataclasses import dataclass
from pathlib import Path

from tablefit.errors import InvalidInput
from tablefit.rpc.settings import LIMIT_OWN_MODEL_BYTES
from tablefit.v1 import training_service_pb2 as pb

_FIELD = "spec.own_model"
# How a `.keras` file, which is a ZIP archive, begins.
_ARCHIVE = b"PK"


@dataclass(frozen=True)
class OwnModel:
    """The model of a job's own specification, which has its SHA-256 only."""

    sha256: str

    def __str__(self) -> str:
        return f"SHA-256 {self.sha256}"


def write_own_model(message: pb.OwnModel, model: str | Path | bytes | OwnModel) -> None:
    """Writes a model: the path of a `.json` or `.keras` file, or the content of either. Raises InvalidInput."""
    content = _content(model)
    if len(content) > LIMIT_OWN_MODEL_BYTES:
        limit = f"a model of at most {LIMIT_OWN_MODEL_BYTES:,} bytes"
        raise InvalidInput(f"expected {limit}, received {len(content):,}", field=_FIELD)
    if content.startswith(_ARCHIVE):
        message.keras_file = content
        return
    try:
        message.config_json = content.decode()
    except UnicodeDecodeError as error:
        reason = "expected the JSON text of a Keras model's configuration or a .keras file, received other bytes"
        raise InvalidInput(reason, field=_FIELD) from error


def read_own_model(message: pb.OwnModel) -> bytes | OwnModel:
    """The content of a request's model; the digest in a job's own specification."""
    content = message.config_json.encode() or message.keras_file
    return content or OwnModel(message.sha256)


def _content(model: str | Path | bytes | OwnModel) -> bytes:
    if isinstance(model, OwnModel):
        reason = "expected a model's file or content, received the digest of a job's; give the model again"
        raise InvalidInput(reason, field=_FIELD)
    if isinstance(model, bytes):
        return model
    if isinstance(model, str) and model.lstrip().startswith("{"):
        return model.encode()
    try:
        # One byte more than may be sent tells that there is too much, and is all that is read.
        with Path(model).open("rb") as file:
            return file.read(LIMIT_OWN_MODEL_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"{str(model)!r} cannot be read: {error.strerror}", field=_FIELD) from error
