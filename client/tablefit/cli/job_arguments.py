"""The arguments and options of several commands about jobs."""

from typing import Annotated

import typer

JobArgument = Annotated[str, typer.Argument(metavar="JOB", help="Id of the job.", show_default=False)]
JobsArgument = Annotated[list[str], typer.Argument(metavar="JOB...", help="Ids of the jobs.", show_default=False)]
