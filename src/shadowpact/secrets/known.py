"""Values that were found to be secret or personal at one place, found again at any other."""

import re
from collections.abc import Iterator
from typing import Literal

type Kind = Literal["secret", "chosen", "phone"]

MIN_KNOWN_CHARACTERS = {"secret": 6, "chosen": 4, "phone": 6}
"""Shorter values are replaced where they were found, and not everywhere: they would turn up in
words and numbers that mean something else."""

_COMMON = frozenset(
    {"true", "false", "null", "none", "undefined", "deleted", "bearer", "password", "secret"}
)
_RUN = re.compile(r"[^\W_]+")


class KnownValues:
    """Values to look for as whole words; memory grows with how many different ones there are."""

    def __init__(self) -> None:
        self._by_run: dict[str, dict[str, Kind]] = {}

    def add(self, value: str, kind: Kind) -> None:
        """Remember a value; the first kind it was found as stays."""
        value = value.strip()
        runs = _RUN.findall(value)
        if len(value) < MIN_KNOWN_CHARACTERS[kind] or not runs or _says_nothing(value, kind):
            return
        longest = max(runs, key=len)
        self._by_run.setdefault(longest, {}).setdefault(value, kind)

    def find(self, text: str) -> Iterator[tuple[int, int, Kind]]:
        """Where they stand in a text as whole words, the longest at each place."""
        by_run = self._by_run
        if not by_run:
            return
        for match in _RUN.finditer(text):
            values = by_run.get(match[0])
            if values is None:
                continue
            for value in sorted(values, key=len, reverse=True):
                start = match.start() - _offset(value, match[0])
                end = start + len(value)
                if start >= 0 and text[start:end] == value and _is_whole(text, start, end):
                    yield start, end, values[value]
                    break


def _offset(value: str, run: str) -> int:
    return next(match.start() for match in _RUN.finditer(value) if match[0] == run)


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether no letter or digit goes on before or behind."""
    before = text[start - 1 : start].isalnum() and text[start].isalnum()
    return not before and not (text[end : end + 1].isalnum() and text[end - 1].isalnum())


def _says_nothing(value: str, kind: Kind) -> bool:
    """A word of the language of data cannot be told from its other uses."""
    if value.lower() in _COMMON:
        return True
    return kind == "chosen" and value.isascii() and value.isalpha() and value.islower()
