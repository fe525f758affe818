"""Predictions from files, arrays and streams, over sockets, of a Keras model whose answers are known."""

from pathlib import Path

import numpy as np
import pytest
from tablefit.errors import InvalidInput, NotFound
from tablefit.training import TrainingClient

from tests.inference_program import start_inference
from tests.shade_model import CLASSES, probabilities, save_shade_model
from training_service.inference.process import PROGRAM


@pytest.fixture(scope="module")
def training(data_service, tmp_path_factory: pytest.TempPathFactory):
    """A client of a service with the model "shades" in Keras."""
    folder = tmp_path_factory.mktemp("keras")
    save_shade_model(folder / "shades.keras")
    service = start_inference(folder / "service", data_service.address, folder, program=PROGRAM)
    with TrainingClient(service.address) as client:
        yield client
    service.stop()


def test_files_bytes_and_pixels_give_the_models_own_answers_in_order(training, squares, tmp_path: Path) -> None:
    files, pixels, labels = squares
    path = tmp_path / "first.png"
    path.write_bytes(files[0])
    found = training.predict("shades", [path, files[15], pixels[26], pixels[15, :, :, 0]])
    expected = probabilities(pixels[[0, 15, 26, 15]])
    assert [labels[0], labels[15], labels[26], labels[15]] == [prediction.class_name for prediction in found]
    np.testing.assert_allclose([[p.probabilities[name] for name in CLASSES] for p in found], expected, atol=1e-6)
    assert list(found[0].probabilities) == [CLASSES[place] for place in np.argsort(-expected[0])]


def test_rows_of_a_table_are_given_to_keras_as_they_are_streamed(training, squares) -> None:
    found = training.evaluate_model("shades", "shades", worst_count=27)
    expected = probabilities(squares[1])
    rows = {row.row_id: row.prediction.probabilities for row in found.worst_rows}
    told = [[rows[row_id][name] for name in CLASSES] for row_id in range(1, 28)]
    np.testing.assert_allclose(told, expected, atol=1e-6)


def test_images_of_other_sizes_and_modes_are_brought_to_the_models(training) -> None:
    (found,) = training.predict("shades", [np.full((31, 17, 3), 255, np.uint8)], class_count=1)
    assert (found.class_name, list(found.probabilities)) == ("white", ["white"])


def test_an_input_that_does_not_fit_refuses_the_call_by_its_number(training, squares) -> None:
    with pytest.raises(InvalidInput, match=r"input 1: the file is not an image") as caught:
        training.predict("shades", [squares[0][0], b"no image", b""])
    assert caught.value.field == "inputs[1]"
    with pytest.raises(InvalidInput, match="expected 1 to 256 inputs, received 0"):
        training.predict("shades", [])
    with pytest.raises(InvalidInput, match=r"columns out of image, received 'imag'; did you mean 'image'"):
        training.predict("shades", [{"imag": squares[0][0]}])
    with pytest.raises(InvalidInput, match="a value of the column 'image', received none"):
        training.predict("shades", [{}])
    assert training.predict("shades", [{"image": squares[0][0]}])[0].class_name == "black"
    with pytest.raises(NotFound, match="no model 'shade'"):
        training.predict("shade", [squares[0][0]])


def test_a_stream_answers_in_order_and_goes_on_after_what_does_not_fit(training, squares) -> None:
    files, _, labels = squares
    # More than fits one message, and far more than is on the way at a time.
    given = [*files, b"broken", *files] * 12
    found = list(training.predict_stream("shades", iter(given), class_count=1))
    expected = [*labels, "", *labels] * 12
    assert expected == [prediction.class_name for prediction in found]
    assert "not an image" in found[27].failure


def test_a_stream_takes_inputs_only_as_it_answers(training, squares) -> None:
    taken = 0

    def inputs():
        nonlocal taken
        for _ in range(100_000):
            taken += 1
            yield squares[0][0]

    stream = training.predict_stream("shades", inputs())
    assert next(stream).class_name == "black"
    # Four messages of 64, and the first input of the next.
    assert taken <= 4 * 64 + 1
    stream.close()


def test_what_reading_the_inputs_raises_is_raised_to_the_caller(training, squares) -> None:
    def inputs():
        yield squares[0][0]
        raise LookupError("no more scans")

    with pytest.raises(LookupError, match="no more scans"):
        list(training.predict_stream("shades", inputs()))
