"""Messages that a job's process sends: one JSON object a line, with its kind under "kind".

Leaves to `reports` what they mean.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

_log = logging.getLogger(__name__)

Message = Mapping[str, Any]

# Messages after which a process only has to end.
LAST_KINDS = frozenset({"finished", "failed", "cancelled"})
# The longest message: class names of a table with very many classes.
LIMIT_LINE_BYTES = 8 * 1024 * 1024


class MessageReader:
    """Makes messages of bytes as they come.

    A line that is no message, or is too long, is logged and left out: a report that cannot be read must not end the
    training.
    """

    def __init__(self, job_id: str) -> None:
        self._job_id = job_id
        self._rest = bytearray()
        self._dropping = False

    def read(self, data: bytes) -> Iterator[Message]:
        """The messages completed by `data`."""
        for line in self._split(data):
            message = self._parse(line)
            if message is not None:
                yield message

    def _split(self, data: bytes) -> Iterator[bytes]:
        start = len(self._rest)
        self._rest += data
        while (end := self._rest.find(b"\n", start)) >= 0:
            line = bytes(self._rest[:end])
            del self._rest[: end + 1]
            start = 0
            if not self._dropping:
                yield line
            self._dropping = False
        if len(self._rest) > LIMIT_LINE_BYTES:
            _log.warning("job %s: its process sent a line of more than %d bytes", self._job_id, LIMIT_LINE_BYTES)
            self._rest.clear()
            self._dropping = True

    def _parse(self, line: bytes) -> Message | None:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if isinstance(message, dict) and isinstance(message.get("kind"), str):
            return message
        _log.warning("job %s: its process sent a line that is no message: %r", self._job_id, line[:200])
        return None
