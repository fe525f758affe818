"""Channels to services."""

import subprocess
import sys

from tablefit.rpc.server import start_server


def test_a_proxy_in_the_environment_does_not_stand_between_processes_of_one_machine():
    running = start_server("127.0.0.1:0", "tests.Nothing", lambda server: None)
    try:
        probe = [sys.executable, "-m", "tablefit.rpc.probe", running.address]
        environment = {"http_proxy": "http://127.0.0.1:9", "PATH": "/usr/bin:/bin"}
        assert subprocess.run(probe, env=environment, timeout=60, check=False).returncode == 0
    finally:
        running.stop(0.0)
