"""Models that callers bring: kept once, named by digest, refused where they do not fit, loaded by the script."""

import ast
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from tablefit.errors import InvalidInput
from tablefit.rpc.settings import LIMIT_OWN_MODEL_BYTES
from tablefit.training import TrainingSpec
from tablefit.training.changes import to_change as to_message
from tablefit.training.own_models import OwnModel as OwnModelRecord
from tablefit.training.records import to_spec, to_spec_message
from tablefit.v1 import training_service_pb2 as pb

from tests.unit.training_service.test_script import specify
from training_service.adviser import Adviser
from training_service.architectures import ARCHITECTURES
from training_service.convert import from_specification, to_change, to_options
from training_service.convert_native import to_own_content
from training_service.inputs import TableColumns
from training_service.native import Native, NativeOptions, OwnModel
from training_service.options import Options, check_options
from training_service.own_models import FOLDER, OwnModels
from training_service.own_networks import OwnNetwork, examine_own
from training_service.script import render
from training_service.situation import Situation
from training_service.specification import Specification

CONFIG = '{"class_name": "Functional", "config": {}}'
DIGEST = hashlib.sha256(CONFIG.encode()).hexdigest()
OWN = OwnModel("json", DIGEST)
IMAGES = Situation(8, {}, 10, (20, 30, 1), held_out=True, seed=0, inputs=[20, 30, 1])
COLUMNS = replace(IMAGES, shape=None, outputs=1, inputs={"age": [[1], 0], "town": [[1], 3]})


def own_specification(**changes) -> Specification:
    return specify(architecture="own", architecture_parameters={}, native=Native(own_model=OWN), **changes)


@pytest.fixture
def adviser(tmp_path: Path) -> Adviser:
    """One that nobody needs to start."""
    return Adviser(tmp_path / "adviser")


@pytest.mark.parametrize("form", ["path", "text", "bytes"])
def test_a_configuration_is_sent_and_named_by_its_digest(form: str, tmp_path: Path):
    (tmp_path / "net.json").write_text(CONFIG)
    given = {"path": tmp_path / "net.json", "text": CONFIG, "bytes": CONFIG.encode()}[form]
    message = to_spec_message(TrainingSpec("digits", "", own_model=given))
    assert to_own_content(message) == ("json", CONFIG.encode())
    options = to_options(message)
    assert options.native.own_model == OWN
    assert Options.from_json(options.to_json()) == options
    assert "Functional" not in options.to_json()


def test_a_file_is_sent_as_it_is(tmp_path: Path):
    (tmp_path / "net.keras").write_bytes(b"PK\x03\x04rest")
    message = to_spec_message(TrainingSpec("digits", "", own_model=str(tmp_path / "net.keras")))
    assert to_own_content(message) == ("keras", b"PK\x03\x04rest")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("missing.json", "'missing.json' cannot be read: No such file"),
        (b"\xff\xfe", "received other bytes"),
        (OwnModelRecord(DIGEST), "received the digest"),
        (b" " * (LIMIT_OWN_MODEL_BYTES + 1), "at most 62,914,560 bytes, received 62,914,561"),
    ],
)
def test_a_client_refuses_what_is_no_model(given, sentence: str):
    with pytest.raises(InvalidInput, match=sentence) as refused:
        to_spec_message(TrainingSpec("digits", "", own_model=given))
    assert refused.value.field == "spec.own_model"


def test_a_request_without_content_is_refused():
    with pytest.raises(InvalidInput, match="received neither"):
        to_options(pb.TrainingSpec(table="digits", own_model=pb.OwnModel()))


def test_a_job_shows_the_digest_only():
    specification = own_specification()
    assert Specification.from_json(specification.to_json()) == specification
    spec = to_spec(from_specification(specification))
    assert (spec.architecture, spec.own_model) == ("own", OwnModelRecord(DIGEST))


def test_a_model_is_kept_once_and_until_no_job_names_it(tmp_path: Path):
    models = OwnModels(tmp_path)
    assert models.keep("json", CONFIG.encode()) == models.keep("json", CONFIG.encode()) == OWN
    models.keep("json", b"{}")
    models.drop_unnamed({DIGEST})
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == [f"{DIGEST}.json"]
    models.bring(own_specification(), tmp_path / "jobs" / "a1")
    models.drop_unnamed(set())
    assert (tmp_path / "jobs" / "a1" / "own.json").read_text() == CONFIG


def test_a_model_that_is_too_large_is_refused(tmp_path: Path):
    with pytest.raises(InvalidInput, match="at most 62,914,560 bytes"):
        OwnModels(tmp_path).keep("json", bytes(LIMIT_OWN_MODEL_BYTES + 1))


def test_the_script_loads_the_file_beside_it():
    script = render("", own_specification())
    assert "A job of tablefit: the model in own.json, fitted to a table." in script
    first = ast.parse(script[script.index("model = ") :]).body[0]
    assert ast.unparse(first) == f"model = tablefit.keras.load_own('own.json', sha256='{DIGEST}')"
    assert "def build" not in script
    assert "allow_code" not in script
    allowed = own_specification()
    allowed = replace(allowed, native=Native(own_model=replace(OWN, runs_code=True)))
    assert "allow_code=True" in render("", allowed)


def test_an_architecture_beside_a_model_is_refused(adviser: Adviser):
    options = to_options(to_spec_message(TrainingSpec("digits", "simple_cnn", own_model=CONFIG)))
    with pytest.raises(InvalidInput, match="received both: 'simple_cnn'"):
        examine_own(options, adviser, allow_code=False)


def test_a_dtype_policy_beside_a_model_is_refused(adviser: Adviser):
    options = to_options(to_spec_message(TrainingSpec("digits", "own", own_model=CONFIG, dtype_policy="float64")))
    with pytest.raises(InvalidInput, match="expected no dtype_policy"):
        examine_own(options, adviser, allow_code=False)


def test_a_model_has_no_parameters():
    network = OwnNetwork(OWN, {"image": ((20, 30, 1), "float32")}, (10,))
    architecture = network.architecture(TableColumns("digits", (), is_image_table=True))
    options = Options("digits", "", {"momentum": 0.5})
    with pytest.raises(InvalidInput, match="parameters of own, which has none"):
        check_options(options, ARCHITECTURES, architecture)


@pytest.mark.parametrize(
    ("inputs", "outputs", "situation"),
    [
        ({"input_layer": ((20, 30, 1), "float32")}, (10,), IMAGES),
        ({"any": ((None, None, 1), "uint8")}, (10,), IMAGES),
        ({"town": ((), "int32"), "age": ((1,), "float32")}, (1,), COLUMNS),
    ],
)
def test_a_model_that_fits_is_taken(inputs, outputs, situation: Situation):
    OwnNetwork(OWN, inputs, outputs).check_fit(situation)


@pytest.mark.parametrize(
    ("inputs", "outputs", "situation", "sentence"),
    [
        (
            {"x": ((16, 16, 1), "float32")},
            (10,),
            IMAGES,
            r"takes 'image' \(20, 30, 1\), received one that takes 'x' \(16, 16, 1\)",
        ),
        ({"x": ((None, None, 3), "float32")}, (10,), IMAGES, r"\(20, 30, 1\), .* 'x' \(None, None, 3\)"),
        ({"x": ((20, 30, 1), "float32")}, (9,), IMAGES, r"shape \(10,\) for classification, received \(9,\)"),
        ({"x": ((20, 30, 1), "float32")}, (5, 10), IMAGES, r"received \(5, 10\)"),
        (
            {"age": ((1,), "float32"), "city": ((1,), "int32")},
            (1,),
            COLUMNS,
            r"takes 'age' \(1,\), 'town' \(1,\), received one that takes 'age' \(1,\), 'city' \(1,\)",
        ),
        ({"age": ((1,), "float32"), "town": ((1,), "string")}, (1,), COLUMNS, "received one that takes"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(inputs, outputs, situation: Situation, sentence: str):
    with pytest.raises(InvalidInput, match=sentence) as refused:
        OwnNetwork(OWN, inputs, outputs).check_fit(situation)
    assert refused.value.field == "spec.own_model"


def test_a_job_that_runs_again_has_the_same_model_unless_another_is_given():
    asked = replace(Options("digits", ""), native=NativeOptions(own_model=OWN))

    def rerun(changes: dict[str, object]) -> Options:
        spec, paths = to_message(changes)
        request = pb.RerunTrainingJobRequest(spec=spec)
        request.update_mask.paths.extend(paths)
        return to_change(request).apply(asked)

    assert rerun({"epochs": 3}).native.own_model == OWN
    assert rerun({"own_model": b"PK"}).native.own_model.kind == "keras"
    assert rerun({"own_model": None, "architecture": "mlp"}).native.own_model is None
