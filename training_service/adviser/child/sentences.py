"""Keras's own reasons, shortened to a sentence."""

LIMIT_CHARACTERS = 300


def reason(error: BaseException) -> str:
    """The first lines of what an exception says, in one line, without what belongs to Python."""
    words = " ".join(str(error).split()).replace("__init__()", "its constructor")
    short = words if len(words) <= LIMIT_CHARACTERS else f"{words[:LIMIT_CHARACTERS].rsplit(' ', 1)[0]} …"
    return short or type(error).__name__
