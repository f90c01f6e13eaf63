"""What comparing two answers found."""

import msgspec

from shadowpact.model.difference import Difference


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome for one pair.

    Attributes:
        differences: All that was found, ignored ones with their rule; status, headers, body.
        incomparable: ``over-cap`` or ``event-stream`` when a body was not kept whole, nothing else
            tells the answers apart, and length and digest do not prove the bodies equal.
        rule_errors: Rules that raised and therefore hid nothing: id and what went wrong.
        truncated: Differences counted beyond the ones listed (see ``listing.LISTED``).
        truncated_open: How many of those no rule covers.
    """

    differences: tuple[Difference, ...] = ()
    incomparable: str | None = None
    rule_errors: tuple[tuple[str, str], ...] = ()
    truncated: int = 0
    truncated_open: int = 0

    @property
    def equal(self) -> bool:
        """Whether no difference remains that no rule covers (an incomparable pair may be equal)."""
        return not self.truncated_open and all(d.ignored_by for d in self.differences)
