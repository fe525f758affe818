"""Names of layers: each stands once in a network, and its inputs have the names of columns, whatever these are."""

from collections.abc import Iterable

import keras

# Keras numbers the layers of a kind; no network has as many.
_LIMIT_NUMBER = 10_000


def reserve_names(columns: Iterable[str]) -> None:
    """From here on Keras gives no layer that is made without a name the name of one of `columns`, such as "dense_1".

    Call it before a network is built whose inputs have these names.
    """
    for name in columns:
        # Keras calls the next layer of a kind by the kind and how many there were: "dense", "dense_1" and so on.
        keras.backend.get_uid(name)
        kind, _, digits = name.rpartition("_")
        if not digits.isascii() or not digits.isdigit() or int(digits) > _LIMIT_NUMBER:
            continue
        while keras.backend.get_uid(kind) <= int(digits):
            pass


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """`wanted`, with underscores behind it until it is none of `taken`."""
    known = set(taken)
    while wanted in known:
        wanted += "_"
    return wanted
