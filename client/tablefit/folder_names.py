"""Labels and source names as names of folders and files, and back: any text, on any file system.

    label "../x"             folder "%2E.%2Fx"
    labels "Cat" and "cat"   folders "Cat" and "%63%61%74"
    label "CON", ""          folders "%43ON", "%"
    row 7 of label "cat" from "cat/a b.png"   file "cat/a b~7.png"
    row 7 of label "cat" from "https://x/1"   file "cat/https%3A%2F%2Fx%2F1~~7.png"

A byte of UTF-8 outside the safe set is spelled %XX. What is too long for a name is cut and ends in a digest; the
exported folder's `MARKER` file says what stood there, and that the names in it are spelled so at all. Shared by those
who write such folders and those who read them.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote_to_bytes

from tablefit.errors import InvalidInput

MARKER = ".tablefit-folder.json"
VERSION = 1
EMPTY = "%"
# File systems take names of 255 bytes; a file's also has the row's id and a suffix.
LIMIT_NAME_BYTES = 200
_DIGEST_CHARACTERS = 16
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=,@() .")
# What Windows keeps for devices, with any suffix, and what macOS adds to archives.
_RESERVED = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9])(\..*)?|__macosx", re.IGNORECASE | re.DOTALL)
_FILE = re.compile(r"(?P<name>[^~]*)(?P<mark>~{1,3})(?P<id>-?[0-9]+)(?P<suffix>\.[A-Za-z]+)")


@dataclass
class FolderNames:
    """Gives each label a folder of its own, however file systems compare names; and keeps what names cannot hold."""

    labels: dict[str, str] = field(default_factory=dict)
    source_names: dict[str, str] = field(default_factory=dict)
    _folders: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def folder_of(self, label: str) -> str:
        """The name of a label's folder, the same for each call."""
        if label not in self._folders:
            self._folders[label] = self._new_folder(label)
        return self._folders[label]

    def path_of(self, label: str, source_name: str, row_id: int, suffix: str) -> str:
        """The path of a row's file within the exported folder, the parts joined by "/"."""
        folder = self.folder_of(label)
        stem, is_below = _stem(label, source_name, suffix)
        name = escape(stem)
        if is_below and len(name) <= LIMIT_NAME_BYTES:
            return f"{folder}/{name}~{row_id}{suffix}"
        name = escape(source_name) if source_name else ""
        if len(name.encode()) <= LIMIT_NAME_BYTES:
            return f"{folder}/{name}~~{row_id}{suffix}"
        path = f"{folder}/{_cut(name)}~~~{row_id}{suffix}"
        self.source_names[path] = source_name
        return path

    def write_marker(self, folder: Path) -> None:
        """Writes the file that says how the names in `folder` are to be read."""
        content = {"version": VERSION, "labels": self.labels, "source_names": self.source_names}
        (folder / MARKER).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    def _new_folder(self, label: str) -> str:
        spellings = (escape(label), escape(label, spell_upper=True), escape(label, spell_all=True))
        name = next(name for name in spellings if _folded(name) not in self._taken)
        if len(name.encode()) > LIMIT_NAME_BYTES:
            name = f"{_cut(name)}~{hashlib.sha256(label.encode()).hexdigest()[:_DIGEST_CHARACTERS]}"
            self.labels[name] = label
        self._taken.add(_folded(name))
        return name


@dataclass(frozen=True)
class ReadNames:
    """How the names in an exported folder are to be read."""

    labels: Mapping[str, str]
    source_names: Mapping[str, str]

    def label_of(self, folder: str) -> str:
        """The label whose folder has this name."""
        return self.labels[folder] if folder in self.labels else unescape(folder)

    def source_name_of(self, path: str) -> str:
        """The source name of the row whose file has this path; the path itself for a file that was added by hand."""
        folder, _, name = path.partition("/")
        found = _FILE.fullmatch(name)
        if path in self.source_names:
            return self.source_names[path]
        if found is None or found["mark"] == "~~~":
            return path
        text = unescape(found["name"]) if found["name"] else ""
        return f"{self.label_of(folder)}/{text}{found['suffix']}" if found["mark"] == "~" else text


def read_marker(folder: Path) -> ReadNames | None:
    """How names in `folder` are spelled; None when it is no exported folder. Raises InvalidInput for a marker that is
    not understood."""
    try:
        content = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{folder / MARKER} cannot be read; export the table again.") from error
    if not isinstance(content, dict) or content.get("version") != VERSION:
        raise InvalidInput(f"{folder / MARKER} is of another version; expected {VERSION}. Export the table again.")
    return ReadNames(dict(content.get("labels", {})), dict(content.get("source_names", {})))


def escape(text: str, *, spell_upper: bool = False, spell_all: bool = False) -> str:
    """`text` as a name that every file system takes, of any length; `unescape` gives it back.

    Upper-case letters, or all characters, may be spelled, so that names do not differ in case alone.
    """
    if not text:
        return EMPTY
    last = len(text) - 1
    plain = [
        (c in _SAFE or _is_safe_letter(c))
        and not (c in " ." and place in (0, last))
        and not spell_all
        and not (spell_upper and c.upper() == c != c.lower())
        for place, c in enumerate(text)
    ]
    if _RESERVED.fullmatch(unicodedata.normalize("NFKC", text)):
        plain[0] = False
    return "".join(c if is_plain else _spelled(c) for c, is_plain in zip(text, plain, strict=True))


def unescape(name: str) -> str:
    """The text that `name` spells. Raises InvalidInput for a name that spells no text."""
    if name == EMPTY:
        return ""
    try:
        return unquote_to_bytes(name).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"The name {name!r} spells no text; export the table again.") from error


def _is_safe_letter(character: str) -> bool:
    """Whether file systems keep a character beyond ASCII as it is: those on macOS may take composed ones apart."""
    if character.isascii() or not character.isalnum():
        return False
    return unicodedata.normalize("NFD", character) == unicodedata.normalize("NFC", character) == character


def _spelled(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _stem(label: str, source_name: str, suffix: str) -> tuple[str, bool]:
    """The part of a source name between "LABEL/" and the suffix, and whether it has that form."""
    start, is_below = f"{label}/", source_name.startswith(f"{label}/") and source_name.endswith(suffix)
    stem = source_name[len(start) : -len(suffix)] if is_below else ""
    return stem, is_below and bool(stem) and "/" not in stem


def _cut(name: str) -> str:
    """The beginning of a name, not cut within a character."""
    kept = name.encode()[: LIMIT_NAME_BYTES - _DIGEST_CHARACTERS].decode("utf-8", "ignore")
    return re.sub(r"%[0-9A-F]?$", "", kept).rstrip(" .") or "%"
