"""Parts of times are those of Python's calendar, before 1970 and on leap days too."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_service.features.civil import CivilTimes
from data_service.features.spec import TimestampPart

EPOCH = datetime(1970, 1, 1)
MICROSECOND = timedelta(microseconds=1)
EXPECTED = {
    TimestampPart.YEAR: lambda time: time.year,
    TimestampPart.MONTH: lambda time: time.month,
    TimestampPart.DAY: lambda time: time.day,
    TimestampPart.WEEKDAY: lambda time: time.weekday(),
    TimestampPart.DAY_OF_YEAR: lambda time: time.timetuple().tm_yday,
    TimestampPart.HOUR: lambda time: time.hour,
    TimestampPart.MINUTE: lambda time: time.minute,
    TimestampPart.SECOND: lambda time: (time.second * 1_000_000 + time.microsecond) / 1_000_000,
}


def parts_of(times: list[datetime]) -> dict[TimestampPart, list[float]]:
    civil = CivilTimes(np.array([(time - EPOCH) // MICROSECOND for time in times], dtype=np.int64))
    return {part: civil.part(part).tolist() for part in TimestampPart}


@given(st.lists(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999)), max_size=20))
def test_all_parts_are_those_of_the_calendar(times):
    found = parts_of(times)
    seconds = found.pop(TimestampPart.EPOCH_SECOND)
    assert {part: [float(expected(time)) for time in times] for part, expected in EXPECTED.items()} == found
    assert seconds == pytest.approx([(time - EPOCH) // MICROSECOND / 1_000_000 for time in times], rel=2**-52, abs=0)


def test_every_day_of_four_centuries_has_its_date():
    days = [datetime(1801, 1, 1) + timedelta(days=day) for day in range(146_097)]
    found = parts_of(days)
    dates = zip(found[TimestampPart.YEAR], found[TimestampPart.MONTH], found[TimestampPart.DAY], strict=True)
    assert [(day.year, day.month, day.day) for day in days] == list(dates)
    assert [day.timetuple().tm_yday for day in days] == found[TimestampPart.DAY_OF_YEAR]


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (datetime(1, 1, 1), [1, 1, 1, 0, 1, 0, 0, 0, -62_135_596_800]),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999), [1969, 12, 31, 2, 365, 23, 59, 59.999999, -0.000001]),
        (datetime(2000, 2, 29, 12, 30, 1, 500_000), [2000, 2, 29, 1, 60, 12, 30, 1.5, 951_827_401.5]),
        (datetime(2100, 3, 1), [2100, 3, 1, 0, 60, 0, 0, 0, 4_107_542_400]),
    ],
)
def test_known_times_have_known_parts(time, expected):
    assert [[part] for part in expected] == list(parts_of([time]).values())
