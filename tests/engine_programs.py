"""Where the programs of MySQL and MariaDB are, and the commands that bring them.

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

UNPACKED_MYSQL = Path("/var/cache/tablefit/mysql-root")

# Debian keeps servers where an ordinary user's PATH does not look.
_SEARCH_PATH = os.pathsep.join(
    [os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/usr/local/mysql/bin"]
)


@dataclass(frozen=True)
class Programs:
    """How to start one engine: `server` and `initialize` are the beginnings of command lines.

    `initialize` makes the data folder when `--datadir=` is added.
    """

    server: tuple[str, ...]
    initialize: tuple[str, ...]


def find_mysql(unpacked: Path = UNPACKED_MYSQL) -> Programs | None:
    """The MySQL on the PATH, else the unpacked one, else None. (Debian calls MariaDB's server `mysqld`, too.)"""
    program = shutil.which("mysqld", path=_SEARCH_PATH)
    if program and "MariaDB" not in _version((program,)):
        return _mysql((program, "--no-defaults"))
    loader = next(iter(sorted(unpacked.glob("usr/lib/*-linux-gnu/ld-linux-*.so.*"))), None)
    return _mysql(_unpacked_server(unpacked, loader)) if loader else None


def find_mariadb() -> Programs | None:
    """The MariaDB on the PATH, else None."""
    server = shutil.which("mariadbd", path=_SEARCH_PATH)
    install = shutil.which("mariadb-install-db", path=_SEARCH_PATH)
    if not server or not install:
        return None
    initialize = (install, "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", *_as_root())
    return Programs(server=(server, "--no-defaults", *_as_root()), initialize=initialize)


def mariadb_commands() -> list[list[str]]:
    """What root runs to get MariaDB. The core packages start no system service and hold no data."""
    return [
        ["apt-get", "update"],
        [
            "apt-get",
            "install",
            "-y",
            "--no-install-recommends",
            "--no-remove",
            "mariadb-server-core",
            "mariadb-client-core",
        ],
    ]


def mysql_commands(target: Path) -> list[list[str]]:
    """What root runs to unpack MySQL into `target`."""
    packages = ["debootstrap", "debian-archive-keyring"]
    keyring = "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg"
    return [
        ["apt-get", "update"],
        ["apt-get", "install", "-y", "--no-install-recommends", "--no-remove", *packages],
        ["mkdir", "-p", str(target.parent)],
        ["debootstrap", keyring, "--variant=minbase", "--include=mysql-server-core", "sid", str(target)],
    ]


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
