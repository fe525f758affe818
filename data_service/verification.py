"""Which rows may be stored: texts that every engine keeps, and images that decode in full.

A row without a label is refused: an empty text would silently become a class. Leaves columns of any type to `values`,
chunks to `ingest` and what pixels are to `pixels`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tablefit.imaging import pixels

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

    def verify(
        self, label: str, image: bytes, sha256: str, source_name: str, known: pixels.ImageFacts | None = None
    ) -> ImageRow:
        """The row as it is stored; `known` is what `inspect_plain` says of its image. Raises BadRow."""
        reason = label_fault(label) or text_fault(source_name, "source name")
        if reason:
            raise BadRow(sentence(reason))
        facts = self.inspect(image, known)
        return ImageRow(label, image, facts.width, facts.height, facts.channels, facts.media_type, sha256, source_name)

    def inspect_plain(self, images: Sequence[bytes]) -> dict[int, pixels.ImageFacts]:
        """What decoding tells of some of the images, by place: of plain ones, many at once."""
        return pixels.inspect_plain(images, self.limit_pixels)

    def inspect(self, image: bytes, known: pixels.ImageFacts | None = None) -> pixels.ImageFacts:
        """What decoding an image tells, unless it is known. Raises BadRow for one that is not stored."""
        reason = self._size_fault(image)
        if reason:
            raise BadRow(sentence(reason))
        if known is not None:
            return known
        try:
            return pixels.inspect(image, self.limit_pixels)
        except pixels.BadImage as refusal:
            raise BadRow(sentence(str(refusal))) from refusal

    def image_fault(self, image: bytes) -> str:
        """Why an image is not stored, without a full stop; empty when it is."""
        try:
            self.inspect(image)
        except BadRow as refusal:
            return f"{str(refusal)[:1].lower()}{str(refusal)[1:-1]}"
        return ""

    def _size_fault(self, image: bytes) -> str:
        if not image:
            return "the image is empty: 0 bytes"
        if len(image) > self.limit_image_bytes:
            # How many more is not known here: of files that no message could hold clients send the beginning.
            return f"the image has more than the {self.limit_image_bytes:,} bytes that one may have"
        return self.store.refuse_bytes(len(image), "image")


def label_fault(label: str) -> str:
    """Why a label is not stored; empty when it is."""
    return "the label is empty" if not label.strip() else text_fault(label, "label")


def text_fault(text: str, what: str, limit_characters: int = LIMIT_CHARACTERS) -> str:
    """Why a text is not stored; empty when it is."""
    if len(text) > limit_characters:
        return f"the {what} has {len(text):,} characters, more than the {limit_characters:,} that it may have"
    if "\0" in text:
        return f"the {what} holds a NUL character"
    return "" if _is_unicode(text) else f"the {what} is not valid Unicode text"


def sentence(reason: str) -> str:
    """The reason with a capital and a full stop."""
    return f"{reason[:1].upper()}{reason[1:]}."


def _is_unicode(text: str) -> bool:
    """Whether the text holds no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
