"""Where the programs of MySQL and MariaDB are, and how each is started.

MySQL is not in Debian's stable releases, and wherever both are packaged the two exclude each other. So a MySQL that is
not installed comes from Debian unstable, unpacked into a folder of its own and started through the loader in there:
that needs neither chroot nor root. Leaves to `engines` the running and to `.ci/install_engines.py` the installing.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

MYSQL_URL_VARIABLE = "TABLEFIT_TEST_MYSQL_URL"
MARIADB_URL_VARIABLE = "TABLEFIT_TEST_MARIADB_URL"

# Outside the checkout, so that a fresh clone finds it: first where root puts it, then where anybody else does.
UNPACKED_MYSQL = (Path("/var/cache/tablefit/mysql-root"), Path.home() / ".cache/tablefit/mysql-root")

# Debian keeps servers where an ordinary user's PATH does not look.
SEARCH_PATH = os.pathsep.join(
    [os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/usr/local/mysql/bin"]
)


@dataclass(frozen=True)
class Programs:
    """How to start one engine: `server` and `initialize` are the beginnings of command lines.

    `initialize` makes the data folder when `--datadir=` is added.
    """

    server: tuple[str, ...]
    initialize: tuple[str, ...]


def find_mysql() -> Programs | None:
    """The MySQL on the PATH, else an unpacked one, else None. (Debian calls MariaDB's server `mysqld`, too.)"""
    program = shutil.which("mysqld", path=SEARCH_PATH)
    if program and "MariaDB" not in _version((program,)):
        return _mysql((program, "--no-defaults"))
    for root in UNPACKED_MYSQL:
        for loader in sorted(root.glob("usr/lib/*-linux-gnu/ld-linux-*.so.*")):
            return _mysql(_unpacked_server(root, loader))
    return None


def find_mariadb() -> Programs | None:
    """The MariaDB on the PATH, else None."""
    server = shutil.which("mariadbd", path=SEARCH_PATH)
    install = shutil.which("mariadb-install-db", path=SEARCH_PATH)
    if not server or not install:
        return None
    initialize = (install, "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", *_as_root())
    return Programs(server=(server, "--no-defaults", *_as_root()), initialize=initialize)


def _mysql(program: tuple[str, ...]) -> Programs:
    server = (*program, *_as_root())
    return Programs(server=server, initialize=(*server, "--initialize-insecure"))


def _unpacked_server(root: Path, loader: Path) -> tuple[str, ...]:
    share = root / "usr/share/mysql"
    return (
        str(loader),
        "--library-path",
        str(loader.parent),
        str(root / "usr/sbin/mysqld"),
        "--no-defaults",
        f"--lc-messages-dir={share}",
        f"--character-sets-dir={share / 'charsets'}",
        f"--plugin-dir={root / 'usr/lib/mysql/plugin'}",
    )


def _as_root() -> tuple[str, ...]:
    return ("--user=root",) if os.geteuid() == 0 else ()


def _version(program: tuple[str, ...]) -> str:
    return subprocess.run([*program, "--version"], capture_output=True, text=True, check=True, timeout=60).stdout
