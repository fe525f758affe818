"""How a job's process ended, and why, in words for people."""

import signal
from dataclasses import dataclass
from pathlib import Path

from training_service import memory, output

_MEANINGS = {
    "SIGKILL": "killed, perhaps for lack of memory",
    "SIGSEGV": "it touched memory that is not its own: a fault in a native library",
    "SIGABRT": "it gave up by itself: a fault in a native library, or no memory",
    "SIGFPE": "a division by zero in a native library",
    "SIGBUS": "memory that it had mapped was gone: a file was cut short, or the disk is full",
    "SIGILL": "this processor lacks an instruction that a native library uses",
    "SIGTERM": "somebody asked it to end",
    "SIGXCPU": "a limit on processor time",
}
_OUT_OF_MEMORY = (
    "the kernel ran out of memory: try a smaller batch size or image size, a smaller architecture, or fewer jobs at a "
    "time"
)


@dataclass(frozen=True)
class Exit:
    """How a process ended: its exit status, or minus the number of the signal that ended it.

    `lacked_memory`: the kernel was ending processes for lack of memory meanwhile.
    """

    code: int
    peak_memory_bytes: int
    lacked_memory: bool = False


@dataclass(frozen=True)
class NotStarted:
    """A process that the system did not let start: no memory, no process numbers, no room on the disk."""

    reason: str


@dataclass(frozen=True)
class NotFollowed:
    """A process that the service ended, since the system did not let it look after it any more."""

    reason: str


End = Exit | NotStarted | NotFollowed


def explain(ended: End, step: int, printed: Path) -> str:
    """Why a process ended that did not say so itself: its cause, step, peak memory, and last words in `printed`."""
    if isinstance(ended, NotStarted):
        return f"{cause_of(ended)}."
    if isinstance(ended, NotFollowed):
        return f"{cause_of(ended)}, at step {step}."
    peak = f"its peak memory was {_mebibytes(ended.peak_memory_bytes)} of {_mebibytes(memory.machine_bytes())}"
    return f"{cause_of(ended)} at step {step}; {peak}. {_last_words(printed)}"


def cause_of(ended: End) -> str:
    """What ended a job's process, or kept it from starting, as the beginning of a sentence."""
    if isinstance(ended, NotStarted):
        return f"The training process could not be started: {ended.reason}"
    if isinstance(ended, NotFollowed):
        return f"The training process was ended, since it could not be looked after: {ended.reason}"
    return cause(ended.code, lacked_memory=ended.lacked_memory)


def cause(code: int, process: str = "training process", *, lacked_memory: bool = False) -> str:
    """What ended a process with this code of `Exit`, as the beginning of a sentence."""
    if code >= 0:
        return f"The {process} ended by itself with exit status {code}"
    number = -code
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    meaning = _OUT_OF_MEMORY if name == "SIGKILL" and lacked_memory else _MEANINGS.get(name)
    return f"The {process} was ended by {name}" + (f" ({meaning})" if meaning else "")


def _last_words(printed: Path) -> str:
    try:
        words = " / ".join(output.last_lines(printed))
    except OSError as error:
        return f"What it printed cannot be read: {error.strerror}."
    return f"It last printed: {words}" if words else "It printed nothing."


def _mebibytes(size_bytes: int) -> str:
    return f"{size_bytes / 2**20:,.0f} MiB"
