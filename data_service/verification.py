"""Decides whether one row of an image table can be stored, by decoding its image in full.

A row without a label is refused: an empty text would silently become a class. Leaves chunks to `ingest` and what pixels
are to `pixels`.
"""

from dataclasses import dataclass

from data_service import pixels
from data_service.schema import ImageRow
from data_service.store import Store

LIMIT_CHARACTERS = 1000
LIMIT_IMAGE_BYTES = 16 * 1024 * 1024


class BadRow(Exception):
    """A row that is not stored; the text says why, in a sentence."""


@dataclass(frozen=True)
class RowVerifier:
    """Checks rows for one store. `limit_image_bytes` and `limit_pixels` bound one image."""

    store: Store
    limit_image_bytes: int = LIMIT_IMAGE_BYTES
    limit_pixels: int = pixels.LIMIT_PIXELS

    def verify(self, label: str, image: bytes, sha256: str, source_name: str) -> ImageRow:
        """The row as it is stored. Raises BadRow."""
        reason = _label_fault(label) or _text_fault(source_name, "source name") or self._size_fault(image)
        if reason:
            raise BadRow(_sentence(reason))
        try:
            facts = pixels.inspect(image, self.limit_pixels)
        except pixels.BadImage as refusal:
            raise BadRow(_sentence(str(refusal))) from refusal
        return ImageRow(label, image, facts.width, facts.height, facts.channels, facts.media_type, sha256, source_name)

    def _size_fault(self, image: bytes) -> str:
        if not image:
            return "the image is empty: 0 bytes"
        if len(image) > self.limit_image_bytes:
            # How many more is not known here: of files that no message could hold clients send the beginning.
            return f"the image has more than the {self.limit_image_bytes:,} bytes that one may have"
        return self.store.refuse_image(image)


def _label_fault(label: str) -> str:
    return "the label is empty" if not label.strip() else _text_fault(label, "label")


def _text_fault(text: str, what: str) -> str:
    if len(text) > LIMIT_CHARACTERS:
        return f"the {what} has {len(text):,} characters, more than the {LIMIT_CHARACTERS:,} that it may have"
    if "\0" in text:
        return f"the {what} holds a NUL character"
    return "" if _is_unicode(text) else f"the {what} is not valid Unicode text"


def _is_unicode(text: str) -> bool:
    """Whether the text holds no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}."
