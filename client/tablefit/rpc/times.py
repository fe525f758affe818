"""Times between messages and Python: always UTC, always aware."""

from datetime import UTC, datetime

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

# The longest that a Duration can hold, in seconds: 10,000 years.
_LIMIT_DURATION_S = 315_576_000_000


def to_datetime(message: Timestamp) -> datetime:
    """The point in time of a Timestamp, aware, in UTC, to the microsecond."""
    return message.ToDatetime(tzinfo=UTC)


def to_timestamp(time: datetime) -> Timestamp:
    """The Timestamp of an aware point in time."""
    message = Timestamp()
    message.FromDatetime(time.astimezone(UTC))
    return message


def to_seconds(message: Duration) -> float:
    """The length of a Duration in seconds."""
    return message.seconds + message.nanos / 1e9


def to_duration(seconds: float) -> Duration:
    """The Duration of a finite number of seconds; the longest one when that is more than it can hold."""
    limited = max(-_LIMIT_DURATION_S, min(seconds, _LIMIT_DURATION_S))
    message = Duration()
    message.FromNanoseconds(round(limited * 1e9))
    return message
