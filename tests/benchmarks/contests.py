"""Contests: contenders that do the same work, measured in turns in one run, and what their times say.

    round 1: ours, peer a, peer b     round 2: peer a, peer b, ours     round 3: peer b, ours, peer a …

Other programs on the machine slow all contenders of a round alike, so ratios are taken within a round. What is printed
is the median of these ratios with the lowest and the highest beside it. Absolute times say little about other machines.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

# Does the work once and returns how many images or rows a second it did; what is not the work, it does unmeasured.
Contender = Callable[[], float]


@dataclass(frozen=True)
class Target:
    """What our ratio to a peer is to be: at least so much, or at most."""

    ratio: float
    at_least: bool = True

    def is_met(self, measured: float) -> bool:
        """Whether a measured ratio is good enough."""
        return measured >= self.ratio if self.at_least else measured <= self.ratio


@dataclass(frozen=True)
class Line:
    """One line of the table: how one of our numbers compares with another, round by round."""

    work: str
    measured: str
    peer: str
    ours: Sequence[float]
    theirs: Sequence[float]
    unit: str = "images/s"
    target: Target | None = None

    @property
    def ratios(self) -> list[float]:
        """Ours divided by theirs, lowest first."""
        return sorted(our / their for our, their in zip(self.ours, self.theirs, strict=True))


@dataclass
class Contest:
    """Our way of doing `work` against its peers, each by its name and with the target that our ratio to it has."""

    work: str
    measured: str
    ours: Contender
    peers: dict[str, tuple[Contender, Target | None]]
    unit: str = "images/s"
    rates: dict[str, list[float]] = field(default_factory=dict)

    def play(self, round_number: int) -> None:
        """One round: everybody once, in another order than the round before."""
        contenders = {"": self.ours} | {name: contender for name, (contender, _) in self.peers.items()}
        names = list(contenders)
        first = round_number % len(names)
        for name in names[first:] + names[:first]:
            self.rates.setdefault(name, []).append(contenders[name]())

    def lines(self) -> list[Line]:
        """The results so far, one line for each peer."""
        return [
            Line(self.work, self.measured, name, self.rates[""], self.rates[name], self.unit, target)
            for name, (_, target) in self.peers.items()
        ]


def render(lines: Sequence[Line]) -> str:
    """The table of all lines, in columns."""
    rows = [("work", "measured", "compared with", "ours", "peer", "ratio (lowest-highest)", "target", "")]
    rows += [_cells(line) for line in lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def verdict(line: Line) -> str:
    """How the median ratio stands to the target, in words."""
    if line.target is None:
        return ""
    return "met" if line.target.is_met(median(line.ratios)) else "missed"


def _cells(line: Line) -> tuple[str, ...]:
    ratios = line.ratios
    target = "" if line.target is None else f"{'at least' if line.target.at_least else 'at most'} {line.target.ratio:g}"
    return (
        line.work,
        line.measured,
        line.peer,
        f"{_number(median(line.ours))} {line.unit}",
        f"{_number(median(line.theirs))} {line.unit}",
        f"{median(ratios):.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f})",
        target,
        verdict(line),
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
