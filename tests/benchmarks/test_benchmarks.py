"""The benchmarks run, at a scale at which their times say nothing."""

from pathlib import Path

import pytest

from tests.benchmarks.contests import Contest, Line, Target, render, verdict
from tests.benchmarks.programme import measure
from tests.benchmarks.works import works, write

pytestmark = pytest.mark.long


def test_all_contests_are_played_at_a_small_scale(tmp_path: Path) -> None:
    lines = list(measure(20, 1, tmp_path))
    played = {(line.work, line.measured, line.peer) for line in lines}
    per_work = {
        ("ingest", "original: insert per row"),
        ("ingest", "executemany by 1,000"),
        ("cold first epoch", "original: fetch, Pillow, append"),
        ("cold first epoch", "image_dataset_from_directory"),
        ("later epoch", "TFRecord of files"),
        ("later epoch", "TFRecord of pixels"),
        ("later epoch", "bare gRPC byte stream"),
        ("later epoch", "Arrow Flight, decoded"),
    }
    tabular = {
        ("tabular", "cold first epoch", "pandas.read_sql"),
        ("tabular", "cold first epoch", "bare fetch of the driver"),
        ("tabular", "later epoch", "bare gRPC byte stream"),
        ("tabular", "later epoch", "Arrow Flight"),
    }
    expected = {(work, *contest) for work in ("png 28", "jpeg 32", "jpeg 400") for contest in per_work}
    growth = {
        (f"{work}, 10 x rows", measured, "a tenth of the rows")
        for work in ("png 28", "tabular")
        for measured in ("time", "peak RssAnon")
    }
    assert expected | tabular | growth == played
    assert all(rate > 0 for line in lines for rate in (*line.ours, *line.theirs))


def test_images_are_the_same_on_every_run(tmp_path: Path) -> None:
    for work in works(20):
        first, second = write(work, tmp_path / "first"), write(work, tmp_path / "second")
        files = sorted(path.relative_to(first) for path in first.glob("*/*"))
        assert work.row_count == len(files)
        assert [(first / file).read_bytes() for file in files] == [(second / file).read_bytes() for file in files]


def test_contenders_take_turns_in_another_order_each_round() -> None:
    played = []

    def contender(name: str) -> float:
        played.append(name)
        return 1.0

    contest = Contest("work", "measured", lambda: contender("ours"), {"peer": (lambda: contender("peer"), None)})
    contest.play(0)
    contest.play(1)
    assert played == ["ours", "peer", "peer", "ours"]


def test_a_ratio_is_the_median_over_rounds_and_judged_by_its_target() -> None:
    line = Line("png", "later", "peer", [2.0, 9.0, 4.0], [1.0, 1.0, 2.0], target=Target(3))
    assert line.ratios == [2.0, 2.0, 9.0]
    assert verdict(line) == "missed"
    assert verdict(Line("png", "time", "tenth", [10.0], [1.0], target=Target(11, at_least=False))) == "met"
    cells = "png   later     peer           4 images/s  1 images/s  2.00 (2.00-9.00)        at least 3  missed"
    assert render([line]).splitlines()[1] == cells
