"""`python -m tests.benchmarks` measures the data service, or training, against peers and prints a table of ratios."""

import argparse
import os
import platform
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tablefit.imaging.pixels import silence_warnings

from tests.benchmarks.contests import Line, render
from tests.benchmarks.programme import measure, measure_jobs


def main() -> None:
    """Prints each contest's lines as they come, and all of them as one table in the end."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--rows",
        type=int,
        default=60_000,
        help="PNG files; of other works fewer or more (default 60,000)",
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often each contest is played (default 5)")
    parser.add_argument("--without-keras", action="store_true", help="leave TensorFlow out")
    parser.add_argument("--training", action="store_true", help="measure training instead of the data service")
    given = parser.parse_args()
    silence_warnings()
    lines = []
    with tempfile.TemporaryDirectory(prefix="tablefit-benchmark-") as folder:
        for line in _measure(given, Path(folder)):
            lines.append(line)
            print(render([line]).splitlines()[1], flush=True)
    scale = "scikit-learn's digits" if given.training else f"{given.rows:,} rows"
    print(
        f"\n\n{scale}, medians of {given.rounds} rounds; {os.cpu_count()} cores, {platform.machine()}, ",
        end="",
    )
    print(f"Python {platform.python_version()}; batches of 64 images or 1,024 rows, shuffled\n")
    print(render(lines))


def _measure(given: argparse.Namespace, folder: Path) -> Iterator[Line]:
    if given.training:
        return measure_jobs(given.rounds, folder)
    return measure(given.rows, given.rounds, folder, with_keras=not given.without_keras)


if __name__ == "__main__":
    main()
