"""The argument of several commands about models."""

from typing import Annotated

import typer

ModelArgument = Annotated[
    str, typer.Argument(metavar="MODEL", help="Id of the model, which is that of its job.", show_default=False)
]
