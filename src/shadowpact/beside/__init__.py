"""Two answers beside each other: their lines, aligned as the comparison aligned what they say."""

from shadowpact.beside.answers import Pair, facing_rows

__all__ = ["Pair", "facing_rows"]
