"""Parts of times, from whole microseconds since 1970 UTC, by exact integer arithmetic.

The calendar is the proleptic Gregorian one, by Howard Hinnant's `civil_from_days` ("chrono-Compatible Low-Level Date
Algorithms", 2013): years begin in March there, so that the leap day is a year's last, and 400 years are one era.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data_service.features.spec import TimestampPart

_SECOND_US = 1_000_000
_DAY_US = 86_400 * _SECOND_US
_ERA_DAYS = 146_097
# From 0000-03-01, where eras begin, to 1970-01-01.
_EPOCH_DAYS = 719_468

Whole = NDArray[np.int64]


class CivilTimes:
    """Times taken apart, each part when it is first asked for. Years 1 to 9999."""

    def __init__(self, microseconds: Whole) -> None:
        self._microseconds = microseconds
        self._days, self._time_us = np.divmod(microseconds, np.int64(_DAY_US))

    def part(self, part: TimestampPart) -> NDArray[np.float64]:
        """One part of every time, float64 (row,)."""
        return np.asarray(_PARTS[part](self), dtype=np.float64)

    @cached_property
    def date(self) -> tuple[Whole, Whole, Whole]:
        """Year, month and day."""
        days = self._days + _EPOCH_DAYS
        era = days // _ERA_DAYS
        day_of_era = days - era * _ERA_DAYS
        year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // (_ERA_DAYS - 1)) // 365
        day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
        month_from_march = (5 * day_of_year + 2) // 153
        day = day_of_year - (153 * month_from_march + 2) // 5 + 1
        month = month_from_march + np.where(month_from_march < 10, 3, -9)
        return year_of_era + era * 400 + (month <= 2), month, day

    @property
    def weekday(self) -> Whole:
        """0 is Monday; 1970 began on a Thursday."""
        return np.asarray((self._days + 3) % 7)

    @property
    def day_of_year(self) -> Whole:
        """From 1."""
        year = self.date[0] - 1
        days_before_year = 365 * year + year // 4 - year // 100 + year // 400 + 306
        return np.asarray(self._days + _EPOCH_DAYS - days_before_year + 1)

    @property
    def hour(self) -> Whole:
        """0 to 23."""
        return self._time_us // (3_600 * _SECOND_US)

    @property
    def minute(self) -> Whole:
        """0 to 59."""
        return self._time_us // (60 * _SECOND_US) % 60

    @property
    def second(self) -> NDArray[np.float64]:
        """0 to below 60."""
        return np.asarray(self._time_us % (60 * _SECOND_US) / _SECOND_US)

    @property
    def epoch_second(self) -> NDArray[np.float64]:
        """Seconds since 1970."""
        return np.asarray(self._microseconds / _SECOND_US)


_PARTS: dict[TimestampPart, Callable[[CivilTimes], NDArray[np.int64] | NDArray[np.float64]]] = {
    TimestampPart.YEAR: lambda times: times.date[0],
    TimestampPart.MONTH: lambda times: times.date[1],
    TimestampPart.DAY: lambda times: times.date[2],
    TimestampPart.WEEKDAY: lambda times: times.weekday,
    TimestampPart.DAY_OF_YEAR: lambda times: times.day_of_year,
    TimestampPart.HOUR: lambda times: times.hour,
    TimestampPart.MINUTE: lambda times: times.minute,
    TimestampPart.SECOND: lambda times: times.second,
    TimestampPart.EPOCH_SECOND: lambda times: times.epoch_second,
}
