"""Any text as the name of a folder or file, and back."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tablefit.errors import InvalidInput
from tablefit.folder_names import FolderNames, ReadNames, escape, read_marker, unescape

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(TEXTS, st.booleans(), st.booleans())
def test_an_escaped_text_comes_back(text, spell_upper, spell_all):
    assert unescape(escape(text, spell_upper=spell_upper, spell_all=spell_all)) == text


@given(TEXTS)
def test_a_name_is_one_that_every_file_system_takes(text):
    name = escape(text)
    assert name
    assert not set(name) & set('/\\<>:"|?*~\0')
    assert all(character.isprintable() for character in name)
    assert name == name.strip(" .")
    assert unicodedata.normalize("NFD", name) == name == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("cat", "cat"),
        ("a b.c", "a b.c"),
        ("../x", "%2E.%2Fx"),
        ("", "%"),
        ("%", "%25"),
        (".hidden", "%2Ehidden"),
        ("dots..", "dots.%2E"),
        ("end ", "end%20"),
        ("CON", "%43ON"),
        ("nul.txt", "%6Eul.txt"),
        ("COM1", "%43OM1"),
        ("COM10", "COM10"),
        ("__MACOSX", "%5F_MACOSX"),
        ("猫", "猫"),
        ("größe", "gr%C3%B6ße"),
    ],
)
def test_names_are_spelled_as_little_as_can_be(text, name):
    assert escape(text) == name


@given(st.lists(st.text(st.sampled_from("aAbBßs\u017fK\u212aéİ\u0131%~/"), max_size=4), max_size=12))
@example(["cat", "Cat", "CAT", "con", "CON", "Con"])
@example(["x" * 300, "X" * 300, "x" * 301, "猫" * 90, "猫" * 91])
def test_labels_get_folders_that_differ_however_names_are_compared(labels):
    names = FolderNames()
    folders = {label: names.folder_of(label) for label in labels}
    folded = {unicodedata.normalize("NFKC", folder).casefold() for folder in folders.values()}
    assert len(folded) == len(folders)
    assert all(len(folder.encode()) <= 255 for folder in folders.values())
    read = ReadNames(names.labels, names.source_names)
    assert {label: read.label_of(folder) for label, folder in folders.items()} == {label: label for label in labels}


@given(TEXTS, TEXTS, st.integers(-9, 10**12), st.sampled_from([".png", ".JPG"]))
@example("cat", "cat/1.png", 1, ".png")
@example("cat", "cat/.png", 1, ".png")
@example("cat", "cat/a/b.png", 1, ".png")
@example("cat", "", 1, ".png")
@example("cat", "%", 1, ".png")
@example("cat", "cat/" + "y" * 300 + ".png", 1, ".png")
@example("cat", "猫" * 300, 1, ".png")
def test_a_source_name_comes_back(label, source_name, row_id, suffix):
    names = FolderNames()
    path = names.path_of(label, source_name, row_id, suffix)
    assert len(path.split("/")) == 2
    assert len(path.split("/")[1].encode()) <= 255
    read = ReadNames(names.labels, names.source_names)
    assert (read.label_of(path.split("/")[0]), read.source_name_of(path)) == (label, source_name)


def test_a_file_that_was_added_by_hand_keeps_its_name():
    assert ReadNames({}, {}).source_name_of("cat/mine.png") == "cat/mine.png"


def test_a_folder_without_marker_is_none(tmp_path):
    assert read_marker(tmp_path) is None


@pytest.mark.parametrize("content", ["", "[]", '{"version": 2}'])
def test_a_marker_that_is_not_understood_is_refused(tmp_path, content):
    (tmp_path / ".tablefit-folder.json").write_text(content)
    with pytest.raises(InvalidInput, match=r"[Ee]xport the table again"):
        read_marker(tmp_path)
