"""The options that say on which rows a model is used: a table, one of its snapshots, a part of a split."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tablefit.cli.help_text import defaulting

if TYPE_CHECKING:
    from tablefit.data.stream_requests import Split

ModelArgument = Annotated[
    str, typer.Argument(metavar="MODEL", help="Id of a model, or of the job that left it.", show_default=False)
]
SnapshotOption = Annotated[
    str, typer.Option("--snapshot", metavar="ID", help=defaulting("Snapshot to read.", "one taken now"))
]
SplitOption = Annotated[
    str | None,
    typer.Option(
        "--split",
        metavar="RULE",
        help=defaulting(
            "How the rows are divided: 0.2 is a random share, 0.2:7 the one that seed 7 chooses; or fold:0/5, "
            "hash:0.2, time:COLUMN:2024-05-01, value:COLUMN:a,b.",
            "not",
        ),
    ),
]
PartOption = Annotated[
    str, typer.Option("--part", metavar="PART", help="Which part of the split: validation or training.")
]
HeldOutOption = Annotated[
    bool, typer.Option("--held-out", help="The rows that the model's own job held out for validation.")
]


@dataclass(frozen=True)
class RowOptions:
    """What was given of the options above, and the table."""

    table: str | None
    snapshot: str = ""
    split: str | None = None
    part: str = "validation"
    held_out: bool = False

    def arguments(self) -> dict[str, Any]:
        """What the client's calls take. A usage error when nothing, or too much, is named."""
        if self.held_out and (self.table or self.snapshot or self.split):
            raise typer.BadParameter(
                "expected neither a table nor --snapshot nor --split beside it: the model knows its own rows",
                param_hint="--held-out",
            )
        if not self.held_out and not self.table and not self.snapshot:
            raise typer.BadParameter("expected the name of a table, --snapshot or --held-out")
        if self.part not in ("training", "validation"):
            raise typer.BadParameter(f"expected training or validation, received {self.part!r}", param_hint="--part")
        split = parse_split(self.split) if self.split else None
        return {
            "table": self.table or "",
            "snapshot": self.snapshot,
            "split": split,
            "part": self.part if split else None,
            "held_out": self.held_out,
        }


def parse_split(text: str) -> "Split":
    """The split that a rule means; a usage error otherwise."""
    from tablefit.cli import reading_options
    from tablefit.data import FractionSplit

    share, _, seed = text.partition(":")
    if share in ("fold", "hash", "time", "value"):
        return reading_options.parse_split(text)
    try:
        split = FractionSplit(float(share), int(seed or 0))
    except ValueError:
        split = FractionSplit(-1.0)
    if not 0 <= split.fraction < 1 or split.seed < 0:
        raise typer.BadParameter(f"expected SHARE or SHARE:SEED such as 0.2:7, received {text!r}", param_hint="--split")
    return split
