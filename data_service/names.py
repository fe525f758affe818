"""Names of tables: which are allowed, and when two are the same.

A name is kept as given, in NFC. Two names are the same when their keys are equal, so "Digits" and "digits" cannot both
exist. Leaves to the store what only one engine refuses.
"""

import unicodedata

from tablefit.errors import InvalidInput

LIMIT_CHARACTERS = 64
RESERVED_PREFIX = "tablefit_"

_EXPECTED = "expected a table name of letters, digits and underscores"


def check_name(name: str, field: str = "table.name") -> str:
    """`name` in NFC when a table may be created under it; else InvalidInput naming `field`."""
    normal = unicodedata.normalize("NFC", name)
    fault = _find_fault(normal)
    if fault:
        raise InvalidInput(f"{fault}, received {_shown(name)}", field=field)
    return normal


def key(name: str) -> str:
    """What is equal for names that are the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _find_fault(name: str) -> str:
    """What to send instead, or nothing."""
    if not 1 <= len(name) <= LIMIT_CHARACTERS:
        return f"{_EXPECTED}, 1 to {LIMIT_CHARACTERS} characters long"
    if name != "".join(character for character in name if _is_allowed(character)):
        return f"{_EXPECTED} (no spaces, no other signs, nothing beyond U+FFFF)"
    if unicodedata.category(name[0]).startswith("M"):
        return f"{_EXPECTED} that does not begin with a combining mark"
    if key(name).startswith(RESERVED_PREFIX):
        return f'expected a table name that does not begin with "{RESERVED_PREFIX}", which is reserved'
    return ""


def _is_allowed(character: str) -> bool:
    """Letters of the Basic Multilingual Plane with the marks that many scripts write them with, digits, underscore."""
    category = unicodedata.category(character)
    return character == "_" or (ord(character) <= 0xFFFF and (category[0] in "LM" or category == "Nd"))


def _shown(name: str) -> str:
    """The name for a message, cut to a sensible length, with odd characters escaped."""
    return repr(name) if len(name) <= 80 else f"{name[:80]!r}… ({len(name)} characters)"
