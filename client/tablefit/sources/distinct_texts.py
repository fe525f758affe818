"""Whether texts are classes: the rule by which a column of texts becomes a category."""

from collections.abc import Iterable
from dataclasses import dataclass, field

# Texts are classes when there are at most so many different ones, and at least twice as many rows with a text.
LIMIT_CLASSES = 1_000
ROWS_PER_CLASS = 2
# Longer texts are no names of classes.
LIMIT_CHARACTERS = 255


@dataclass
class DistinctTexts:
    """The different texts of a column, as long as they may be classes."""

    texts: set[str] = field(default_factory=set)
    may_be_classes: bool = True

    def add(self, texts: Iterable[str]) -> None:
        """Takes the different texts of some more rows."""
        if not self.may_be_classes:
            return
        self.texts.update(texts)
        if len(self.texts) > LIMIT_CLASSES or any(len(text) > LIMIT_CHARACTERS for text in self.texts):
            self.may_be_classes = False
            self.texts = set()

    def are_classes(self, text_count: int) -> bool:
        """Whether the texts are classes, given how many rows have one."""
        return self.may_be_classes and 0 < len(self.texts) * ROWS_PER_CLASS <= text_count
