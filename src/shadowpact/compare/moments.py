"""Moments in time, from the ways in which services write them."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from shadowpact.compare.numeric import as_number

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS_FROM = 100_000_000_000
"""A bare number from here on counts milliseconds: as seconds it would be the year 5138."""


def moment(value: Any, formats: tuple[str, ...], zone: str) -> datetime | None:
    """The moment a value stands for (aware); ``None`` when it is none.

    Args:
        value: Text or number.
        formats: ``rfc3339``, ``http-date``, ``epoch-s``, ``epoch-ms`` or ``strptime`` patterns,
            tried in order; all four names when empty.
        zone: IANA zone of times that name none.
    """
    for name in formats or ("rfc3339", "http-date", "epoch"):
        try:
            found = _parse(value, name)
        except (ValueError, TypeError, OverflowError):
            continue
        if found is not None:
            return found if found.tzinfo else found.replace(tzinfo=_zone(zone))
    return None


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _parse(value: Any, name: str) -> datetime | None:
    if name in {"epoch", "epoch-s", "epoch-ms"}:
        return _from_epoch(value, name)
    if not isinstance(value, str):
        return None
    if name == "rfc3339":
        return datetime.fromisoformat(value.strip()) if len(value) >= len("2024-01-01") else None
    if name == "http-date":
        return parsedate_to_datetime(value)
    return datetime.strptime(value, name)  # noqa: DTZ007  the caller adds the rule's zone


def _from_epoch(value: Any, name: str) -> datetime | None:
    number = as_number(value, text=True)
    if number is None:
        return None
    in_ms = name == "epoch-ms" or (name == "epoch" and abs(number) >= _MS_FROM)
    micros = int(number * (1000 if in_ms else 1_000_000))
    return _EPOCH + timedelta(microseconds=micros)
