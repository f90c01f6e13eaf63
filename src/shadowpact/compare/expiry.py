"""Rules whose last day has passed: they stay declared, and hide nothing."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from shadowpact.compare.settings import Rule


def utc_day(now_us: int) -> date:
    """The day of a clock's time, in UTC, so that it is the same day on every machine."""
    return datetime.fromtimestamp(now_us / 1_000_000, UTC).date()


def is_expired(rule: Rule, today: date) -> bool:
    """Whether the last day of a rule has passed."""
    return rule.expires is not None and date.fromisoformat(rule.expires) < today


def active_rules(rules: Iterable[Rule], today: date) -> tuple[Rule, ...]:
    """The rules that still apply, in their order.

    Args:
        rules: As declared; ``expires`` is a day, or ``None``.
        today: See :func:`utc_day`.
    """
    return tuple(rule for rule in rules if not is_expired(rule, today))
