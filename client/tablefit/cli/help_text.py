"""What stands in the help besides Typer's own: examples, defaults in words, and a tidier form."""

import inspect
from typing import Any

import typer


def examples(*lines: str) -> str:
    """The end of a command's help: one command line each, as it is typed after the "$"."""
    return "Examples:\n" + "\n".join(f"$ {line.replace('[', chr(92) + '[')}" for line in lines)


def defaulting(text: str, default: str) -> str:
    """An option's help with a default that is no single value, in the form of the others."""
    return rf"{text} \[default: {default}]"


def tidy(command: Any) -> Any:
    """`command` and all below it with paragraphs in one piece and without a type beside flags."""
    context = typer.Context(command)
    command.help = _unwrapped(command.help or "")
    for parameter in (*command.params, command.get_help_option(context)):
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
    for sub_command in getattr(command, "commands", {}).values():
        tidy(sub_command)
    return command


def _unwrapped(text: str) -> str:
    return "\n\n".join(paragraph.replace("\n", " ") for paragraph in inspect.cleandoc(text).split("\n\n"))
