"""What the gate can be told: its policy."""

import msgspec


class GateSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The policy.

    Attributes:
        min_pairs: Fewer pairs on a route are no evidence.
        max_loss_rate: Share of exchanges dropped or incomparable that still counts as a fair
            picture (0-1); exchanges left alone on purpose (writes, no candidate) do not count.
    """

    min_pairs: int = 20
    max_loss_rate: float = 0.05
