"""How much memory there is for the processes of jobs, and whether the kernel has ended any for lack of it.

Both are those of the control group where it has a limit of its own, as containers do, else the machine's.
"""

import os
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")


def machine_bytes() -> int:
    """Memory that this machine, or its container, has."""
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _read(_own_group() / "memory.max") or _read(_GROUPS / "memory/memory.limit_in_bytes")
    return min(installed, int(limit)) if limit.isdigit() else installed


def kill_count() -> int:
    """How many processes the kernel has ended for lack of memory so far; 0 where it does not say."""
    for path in (_own_group() / "memory.events", Path("/proc/vmstat")):
        for line in _read(path).splitlines():
            name, _, count = line.partition(" ")
            if name == "oom_kill" and count.isdigit():
                return int(count)
    return 0


def _own_group() -> Path:
    """The folder of this process's control group."""
    for line in _read(Path("/proc/self/cgroup")).splitlines():
        hierarchy, _, path = line.partition("::")
        if hierarchy == "0":
            return _GROUPS / path.lstrip("/")
    return _GROUPS


def _read(path: Path) -> str:
    """The text of a file of the kernel; empty where there is none."""
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""
