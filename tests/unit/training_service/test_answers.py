"""Answers of Keras that are kept on disk."""

from training_service.adviser.answers import Answers


def test_an_answer_that_was_cut_short_on_disk_is_asked_for_again_and_replaced(tmp_path):
    answers = Answers(tmp_path)
    answers.keep("catalogue", {"kind": "loss"}, {"components": {}})
    (file,) = tmp_path.glob("*/*.json")
    file.write_bytes(b"")
    assert answers.find("catalogue", {"kind": "loss"}) is None
    answers.keep("catalogue", {"kind": "loss"}, {"components": {"Huber": {}}})
    assert answers.find("catalogue", {"kind": "loss"}) == {"components": {"Huber": {}}}
