"""Times as databases write them, many at once, to microseconds since 1970 UTC; durations to microseconds.

    2024-02-29    2024-02-29 12:30:00    2024-02-29 12:30:00.123456    -838:59:59.000001

Refuses what is no time: MySQL keeps the date 0000-00-00, and SQLite any text.
"""

import re
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from data_service.columns import to_microseconds
from data_service.store.source import BadValue

FIRST_TIME_US, LAST_TIME_US = to_microseconds(datetime.min), to_microseconds(datetime.max)

_TIME = re.compile(rb"\d{4}-\d\d-\d\d([ T]\d\d:\d\d:\d\d(\.\d{1,6})?)?")
_DURATION = re.compile(rb"(-?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?")


def parse_times(texts: Sequence[bytes]) -> NDArray[np.int64]:
    """Microseconds since 1970 of each time. Raises BadValue."""
    try:
        found = np.array(texts, np.bytes_).astype("datetime64[us]").view(np.int64)
    except ValueError:
        found = None
    if found is not None and (not len(found) or (found.min() >= FIRST_TIME_US and found.max() <= LAST_TIME_US)):
        return found
    place = next((place for place, text in enumerate(texts) if not _is_time(text)), 0)
    raise BadValue(place, f"{texts[place][:40].decode(errors='replace')!r}, which is no time of the years 1 to 9999")


def check_times(texts: Sequence[bytes]) -> None:
    """Raises BadValue for the first text that is not written as databases write times."""
    for place, text in enumerate(texts):
        if not _TIME.fullmatch(text):
            raise BadValue(place, f"{text[:40].decode(errors='replace')!r}, which is not written as a time")


def parse_durations(texts: Sequence[bytes]) -> NDArray[np.int64]:
    """Microseconds of each duration. Raises BadValue."""
    found = np.empty(len(texts), np.int64)
    for place, text in enumerate(texts):
        match = _DURATION.fullmatch(text)
        if not match:
            raise BadValue(place, f"{text[:40].decode(errors='replace')!r}, which is no duration")
        sign, hours, minutes, seconds, fraction = match.groups()
        total = (int(hours) * 3600 + int(minutes) * 60 + int(seconds)) * 1_000_000
        total += int((fraction or b"0").ljust(6, b"0"))
        found[place] = -total if sign else total
    return found


def _is_time(text: bytes) -> bool:
    if not _TIME.fullmatch(text):
        return False
    try:
        moment = int(np.datetime64(text.decode(), "us").astype(np.int64))
    except ValueError:
        return False
    return FIRST_TIME_US <= moment <= LAST_TIME_US
