"""The container files say what they should, and what they run works: each image's own command and health check.

No container engine is needed: the commands run here, in the environment that the files give them.
"""

import importlib.metadata
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from grpc_health.v1 import health_pb2, health_pb2_grpc
from packaging.requirements import Requirement
from tablefit.rpc.channel import open_channel

from tests import engines

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("data_service", "training_service")
START_TIMEOUT_S = 60


@dataclass(frozen=True)
class Instruction:
    """One line of a Dockerfile: its keyword and the rest, continuation lines joined."""

    keyword: str
    text: str


def dockerfile(service: str) -> list[Instruction]:
    text = (ROOT / service / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [Instruction(*line.split(maxsplit=1)) for line in lines]


def texts(service: str, keyword: str) -> list[str]:
    return [instruction.text for instruction in dockerfile(service) if instruction.keyword == keyword]


def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def distributions(extra: str) -> set[str]:
    """Everything that installing `tablefit[extra]` brings, by the metadata of what is installed here."""
    found: set[str] = set()
    waiting = [Requirement(f"tablefit[{extra}]")]
    while waiting:
        requirement = waiting.pop()
        for text in importlib.metadata.requires(requirement.name) or ():
            needed = Requirement(text)
            extras = requirement.extras or {""}
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                waiting += [needed] if needed.name not in found else []
                found.add(needed.name)
    return found


def test_data_image_holds_no_tensorflow() -> None:
    assert texts("data_service", "RUN")[1].endswith('.whl)[data-service]"')
    brought = distributions("data-service")
    assert brought & {"tensorflow", "tensorflow-cpu", "keras", "h5py", "scikit-learn"} == set()
    assert {"sqlalchemy", "pymysql"} <= brought


def test_training_image_holds_no_sql_driver() -> None:
    assert texts("training_service", "RUN")[1].endswith('.whl)[training-service]"')
    brought = distributions("training-service")
    assert brought & {"sqlalchemy", "pymysql"} == set()
    assert brought & {"tensorflow", "tensorflow-cpu"}


@pytest.mark.parametrize("service", SERVICES)
def test_images_are_built_in_two_stages_from_a_named_version(service: str) -> None:
    sources = texts(service, "FROM")
    assert len(sources) == 2
    assert all(re.fullmatch(r"python:3\.1[123]-slim-\w+( AS build)?", source) for source in sources)
    assert [text for text in texts(service, "COPY") if "--from=build" in text] == [
        "--from=build /opt/tablefit /opt/tablefit"
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_images_do_not_run_as_root(service: str) -> None:
    assert int(texts(service, "USER")[-1]) > 0
    keywords = [instruction.keyword for instruction in dockerfile(service)]
    assert "RUN" not in keywords[keywords.index("USER") :]


@pytest.mark.parametrize("service", SERVICES)
def test_images_install_locked_versions_and_keep_no_cache(service: str) -> None:
    installs = [part for run in texts(service, "RUN") for part in run.split("&&") if " install " in part]
    assert len(installs) == 3
    assert all("--no-cache-dir --constraint constraints.txt" in install for install in installs)
    assert texts(service, "ADD") == []
    assert all(folder.startswith("/") for folder in texts(service, "WORKDIR"))


@pytest.mark.parametrize("service", SERVICES)
def test_what_images_copy_is_there_and_let_through(service: str) -> None:
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {name for text in texts(service, "COPY") if "--from" not in text for name in text.split()[:-1]}
    assert copied == let_through
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_compose_asks_for_the_password_and_publishes_on_loopback_only() -> None:
    services = compose()["services"]
    passwords = [services["mysql"]["environment"]["MYSQL_PASSWORD"]]
    passwords += [services["data_service"]["environment"]["TABLEFIT_DATABASE_PASSWORD"]]
    assert all(password.startswith("${MYSQL_PASSWORD:?") for password in passwords)
    published = {name: service.get("ports", []) for name, service in services.items()}
    assert published == {
        "mysql": [],
        "data_service": ["127.0.0.1:7501:7501"],
        "training_service": ["127.0.0.1:7502:7502"],
    }


def test_compose_starts_services_in_order_and_keeps_their_data() -> None:
    file = compose()
    services = file["services"]
    assert services["mysql"]["image"] == "mysql:8.4"
    assert services["data_service"]["depends_on"] == {"mysql": {"condition": "service_healthy"}}
    assert services["training_service"]["depends_on"] == {"data_service": {"condition": "service_healthy"}}
    kept = {name: [volume.partition(":") for volume in service["volumes"]] for name, service in services.items()}
    assert {volume for volumes in kept.values() for volume, _, _ in volumes} == set(file["volumes"])
    assert {kept[service][0][2] for service in SERVICES} == {"/var/lib/tablefit"}
    assert [services[service]["build"]["dockerfile"] for service in SERVICES] == [
        f"{service}/Dockerfile" for service in SERVICES
    ]


def test_compose_file_is_valid_to_compose_itself_where_that_is_here() -> None:
    docker = shutil.which("docker")
    here = docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0
    if not docker or not here:
        # The tests above read the file as Compose would; only its own opinion is missing.
        return
    environment = {**os.environ, "MYSQL_PASSWORD": "secret"}
    subprocess.run([docker, "compose", "config", "--quiet"], cwd=ROOT, env=environment, check=True, timeout=60)


def environment_of(service: str) -> dict[str, str]:
    """The variables that a container of `service` runs with: those of its image and those of the compose file."""
    pairs = (pair.split("=", 1) for text in texts(service, "ENV") for pair in shlex.split(text))
    image = {name: value for name, value in pairs if name != "PATH"}
    return image | compose()["services"][service]["environment"]


def command_of(service: str, keyword: str) -> list[str]:
    """The command of an image, or of its health check, with this Python."""
    command = json.loads(texts(service, keyword)[-1].partition("CMD ")[2] or texts(service, keyword)[-1])
    assert command[0] == "python"
    return [sys.executable, *command[1:]]


def probe(service: str, address: str) -> int:
    """The exit status of the health check, asked of `address`."""
    *command, container_address = command_of(service, "HEALTHCHECK")
    assert container_address.rpartition(":")[2] == environment_of(service)["TABLEFIT_ADDRESS"].rpartition(":")[2]
    return subprocess.run([*command, address], check=False, timeout=60).returncode


def wait_until_serving(address: str) -> None:
    with open_channel(address) as channel:
        check = health_pb2_grpc.HealthStub(channel).Check
        answer = check(health_pb2.HealthCheckRequest(), timeout=START_TIMEOUT_S, wait_for_ready=True)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


@contextmanager
def running(service: str, directory: Path, environment: dict[str, str]) -> Iterator[str]:
    """Runs an image's command until the block ends, then stops it as a container is stopped; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    own = {"TABLEFIT_ADDRESS": address, "TABLEFIT_DIRECTORY": str(directory), "PATH": os.environ["PATH"]}
    variables = {**environment_of(service), "HOME": str(directory), **own, **environment}
    process = subprocess.Popen(
        command_of(service, "CMD"), cwd=directory, env=variables, stderr=subprocess.PIPE, text=True
    )
    log: list[str] = []
    reading = threading.Thread(target=lambda: log.extend(process.stderr or ()))
    reading.start()
    try:
        wait_until_serving(address)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(START_TIMEOUT_S) == 0, "".join(log)
        reading.join(START_TIMEOUT_S)
    assert not any("secret-password" in line for line in log)


def test_both_images_run_and_are_healthy(mysql_server: engines.Server, tmp_path: Path) -> None:
    database = mysql_server.create_database()
    account = mysql_server.create_account("secret-password", database)
    folders = {service: tmp_path / service for service in SERVICES}
    for folder in folders.values():
        folder.mkdir()
    at_mysql = {
        "TABLEFIT_DATABASE_URL": account.replace(":secret-password", ""),
        "TABLEFIT_DATABASE_PASSWORD": "secret-password",
    }
    assert set(at_mysql) <= set(environment_of("data_service"))
    with running("data_service", folders["data_service"], at_mysql) as data_address:
        assert probe("data_service", data_address) == 0
        at_data = {"TABLEFIT_DATA_SERVICE": data_address}
        with running("training_service", folders["training_service"], at_data) as training_address:
            assert probe("training_service", training_address) == 0
        assert probe("training_service", training_address) == 1
    mysql_server.drop_database(database)
