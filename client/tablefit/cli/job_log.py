"""`tablefit job log`: what a job's process printed."""

import codecs
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from tablefit.cli import output
from tablefit.cli.connections import JsonOption, TrainingServiceOption, open_training
from tablefit.cli.help_text import examples
from tablefit.cli.job_arguments import JobArgument

if TYPE_CHECKING:
    from tablefit.training import Printed

commands = typer.Typer()


@commands.command(
    epilog=examples(
        "tablefit job log 6b1f02c4", "tablefit job log 6b1f02c4 --follow", "tablefit job log 6b1f02c4 > output.txt"
    )
)
def log(
    context: typer.Context,
    job: JobArgument,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until the job has ended.")] = False,
    offset: Annotated[int, typer.Option(min=0, metavar="BYTES", help="Leave out so many bytes at the beginning.")] = 0,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Print what a job's process wrote to standard output and standard error.

    Of a very long output the oldest part is dropped, which is said on standard error. With --json each line is a part
    with its offset.
    """
    with open_training(context, training_service) as training:
        parts = training.watch_log(job, offset, follow=follow)
        if json_output:
            for part in parts:
                text = part.data.decode("utf-8", "replace")
                output.print_json_line({"offset": part.offset, "gap_bytes": part.gap_bytes, "text": text})
        elif output.is_terminal():
            _print_lines(parts)
        else:
            _copy(parts)


def _copy(parts: Iterable["Printed"]) -> None:
    """Writes the bytes as they were printed."""
    for part in parts:
        _tell_gap(part)
        sys.stdout.buffer.write(part.data)
        sys.stdout.buffer.flush()


def _print_lines(parts: Iterable["Printed"]) -> None:
    """Writes whole lines in which nothing moves the cursor."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    for part in parts:
        _tell_gap(part)
        *lines, rest = (rest + decoder.decode(part.data)).split("\n")
        for line in lines:
            output.say(as_shown(line))
    if rest:
        output.say(as_shown(rest))


def as_shown(line: str) -> str:
    """A line without what a carriage return overwrites, other control characters as escapes."""
    shown = line.rstrip("\r").rpartition("\r")[2]
    return output.printable(shown.expandtabs())


def _tell_gap(part: "Printed") -> None:
    if part.gap_bytes:
        output.warn(f"({output.format_size(part.gap_bytes)} of older output were dropped.)")
