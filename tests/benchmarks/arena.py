"""What all contests of a run share, and how a contest is played. Leaves the contests to the modules of each work."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql

from tests.benchmarks.byte_stream import ByteStream
from tests.benchmarks.contests import Contest, Line
from tests.benchmarks.flight_process import FlightProcess
from tests.benchmarks.keras_process import KerasProcess
from tests.benchmarks.ours import StartService


@dataclass(frozen=True)
class Arena:
    """What all contests of a run share. `bare` is the peers' connection to `database_url`."""

    folder: Path
    database_url: str
    start_service: StartService
    bare: "pymysql.Connection[Any]"
    bytes_only: ByteStream
    flight: FlightProcess
    keras: KerasProcess | None


def play(contest: Contest, rounds: int) -> list[Line]:
    """All rounds of a contest."""
    for number in range(rounds):
        contest.play(number)
    return contest.lines()
