"""The committed stubs run with the lowest versions that the project admits."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
STUBS = ROOT / "client" / "tablefit" / "v1"


def lowest(name: str) -> tuple[int, ...]:
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    requirement = next(each for each in dependencies if re.match(rf"{name}\b(?!-)", each))
    found = re.search(r">=([\d.]+)", requirement)
    assert found is not None
    return tuple(int(part) for part in found[1].split("."))


def test_stubs_ask_for_no_newer_protobuf_than_the_lowest_allowed():
    for path in STUBS.glob("*_pb2.py"):
        found = re.search(r"Domain\.PUBLIC,\s+(\d+),\s+(\d+),\s+(\d+),", path.read_text())
        assert found is not None, path
        assert tuple(map(int, found.groups())) <= lowest("protobuf"), path


def test_stubs_ask_for_no_newer_grpc_than_the_lowest_allowed():
    for path in STUBS.glob("*_pb2_grpc.py"):
        found = re.search(r"GRPC_GENERATED_VERSION = '([\d.]+)'", path.read_text())
        assert found is not None, path
        assert tuple(map(int, found[1].split("."))) <= lowest("grpcio"), path
