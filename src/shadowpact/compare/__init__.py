"""Stage 4: two answers side by side: decoded, walked, and marked by rules; no I/O."""

from shadowpact.compare.comparer import Comparer
from shadowpact.compare.comparison import Comparison
from shadowpact.compare.rules import check_rule

__all__ = ["Comparer", "Comparison", "check_rule"]
