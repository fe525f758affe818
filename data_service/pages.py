"""Pages of lists: how many things one holds, and the opaque tokens that lead to the next.

A token holds the position behind its page and a check over what it belongs to, so that a token of another list, another
table or other columns is refused. Tokens stay valid through restarts.
"""

import base64
import binascii
import hashlib
import json

from tablefit.errors import InvalidInput

DEFAULT_SIZE = 100
LIMIT_SIZE = 1000

_CHECK_BYTES = 8


def page_limit(page_size: int) -> int:
    """How many things a page of that requested size holds: 0 means 100, and never more than 1,000."""
    if page_size < 0:
        raise InvalidInput(f"expected a page_size of 0 to {LIMIT_SIZE}, received {page_size}", field="page_size")
    return min(page_size or DEFAULT_SIZE, LIMIT_SIZE)


def encode_token(position: int | str, *owner: str) -> str:
    """The token of the page behind `position`; `owner` says which list it belongs to."""
    text = json.dumps(position).encode()
    return base64.urlsafe_b64encode(_check(text, owner) + text).decode()


def decode_position(token: str, *owner: str) -> int | str | None:
    """The position that `token` holds; None for the empty token of the first page. Raises InvalidInput."""
    if not token:
        return None
    try:
        content = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise _foreign() from None
    check, text = content[:_CHECK_BYTES], content[_CHECK_BYTES:]
    if check != _check(text, owner):
        raise _foreign()
    position: int | str = json.loads(text)
    return position


def _check(text: bytes, owner: tuple[str, ...]) -> bytes:
    return hashlib.sha256(json.dumps(owner).encode() + b"\0" + text).digest()[:_CHECK_BYTES]


def _foreign() -> InvalidInput:
    return InvalidInput(
        "expected the next_page_token of a page of this very list, or none for the first page; received another text",
        field="page_token",
    )
