"""Brings the database servers that the tests need and that are not here: MariaDB by apt, MySQL into a cache folder.

Only apt needs root; without it, the command to run is printed and the exit status is 1. The packages of MySQL are
fetched and unpacked, never installed: they would displace MariaDB, and no maintainer script runs. Where a server is
looked for is said in `tests/engine_programs.py`.
"""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests import engine_programs

# The core packages start no system service and hold no data.
_MARIADB_PACKAGES = ("mariadb-server-core", "mariadb-client-core")
_UNPACKING_PACKAGES = ("debootstrap", "debian-archive-keyring")
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# Of what a minimal system holds, a server needs the libraries and nothing else.
_NEEDED = ("lib*.deb", "zlib*.deb", "mysql-*.deb")


def main() -> int:
    """Exit status: 0 when both engines can be started, 1 when somebody else has to act first."""
    needs_mysql = not os.environ.get(engine_programs.MYSQL_URL_VARIABLE) and not engine_programs.find_mysql()
    needs_mariadb = not os.environ.get(engine_programs.MARIADB_URL_VARIABLE) and not engine_programs.find_mariadb()
    packages = [*(_MARIADB_PACKAGES if needs_mariadb else ()), *(_missing_tools() if needs_mysql else ())]
    if packages and not _install(packages):
        return 1
    if needs_mysql:
        unpack_mysql(engine_programs.UNPACKED_MYSQL[0 if os.geteuid() == 0 else 1])
    return 0


def unpack_mysql(target: Path) -> None:
    """Fetches MySQL with its libraries and unpacks it at `target`, which appears only when it is complete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    fetched = partial / "fetched"
    what = ("--download-only", "--variant=minbase", "--include=mysql-server-core", "sid")
    _run("debootstrap", f"--keyring={_KEYRING}", *what, str(fetched))
    archives = fetched / "var/cache/apt/archives"
    for package in sorted(path for pattern in _NEEDED for path in archives.glob(pattern)):
        _run("dpkg-deb", "--extract", str(package), str(partial))
    shutil.rmtree(fetched)
    partial.rename(target)


def _missing_tools() -> tuple[str, ...]:
    present = shutil.which("debootstrap", path=engine_programs.SEARCH_PATH) and _KEYRING.exists()
    return () if present else _UNPACKING_PACKAGES


def _install(packages: list[str]) -> bool:
    install = ["apt-get", "install", "-y", "--no-install-recommends", "--no-remove", *packages]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _run("apt-get", "update")
        _run(*install)
        return True
    sys.stderr.write(
        "The tests need a MySQL and a MariaDB server. Run these commands and try again,\n"
        f"  sudo apt-get update\n  sudo {shlex.join(install)}\n"
        "or name servers of your own, whose account may create databases and accounts:\n"
        f"  {engine_programs.MYSQL_URL_VARIABLE}=mysql+pymysql://USER:PASSWORD@HOST:PORT/\n"
        f"  {engine_programs.MARIADB_URL_VARIABLE}=mysql+pymysql://USER:PASSWORD@HOST:PORT/\n"
    )
    return False


def _run(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "PATH": engine_programs.SEARCH_PATH}
    subprocess.run(command, check=True, env=environment, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
