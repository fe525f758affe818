"""Times between messages and Python: always UTC, always aware."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp


def to_datetime(message: Timestamp) -> datetime:
    """The point in time of a Timestamp, aware, in UTC, to the microsecond."""
    return message.ToDatetime(tzinfo=UTC)


def to_timestamp(time: datetime) -> Timestamp:
    """The Timestamp of an aware point in time."""
    message = Timestamp()
    message.FromDatetime(time.astimezone(UTC))
    return message
