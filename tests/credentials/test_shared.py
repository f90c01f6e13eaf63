"""One value for many requests at once."""

import asyncio

import pytest

from shadowpact.credentials.shared import (
    FAILED_PAUSE_S,
    LARGEST_MARGIN_S,
    RENEWED_PAUSE_S,
    Fetched,
    Shared,
    expiring,
)
from shadowpact.errors import CredentialError
from support.clock import ManualClock


class Source:
    """Counts up; fails while told to."""

    def __init__(self, lifetime_s: float | None = None) -> None:
        self.fetches = 0
        self.is_broken = False
        self.lifetime_s = lifetime_s

    async def __call__(self) -> Fetched[int]:
        self.fetches += 1
        await asyncio.sleep(0)
        if self.is_broken:
            raise CredentialError(f"failure {self.fetches}")
        if self.lifetime_s is None:
            return Fetched(self.fetches)
        return expiring(self.fetches, self.lifetime_s)


def shared(source: Source, clock: ManualClock | None = None) -> Shared[int]:
    return Shared(source, clock or ManualClock())


def test_a_value_is_renewed_a_little_before_it_expires() -> None:
    assert expiring("x", 3600) == Fetched("x", 3600 - LARGEST_MARGIN_S, 3600)
    assert expiring("x", 100) == Fetched("x", 90, 100)


async def test_all_who_ask_at_once_share_one_fetch() -> None:
    source = Source()
    one = shared(source)

    assert await asyncio.gather(*(one.get() for _ in range(20))) == [1] * 20
    assert source.fetches == 1


async def test_a_value_is_fetched_again_when_its_time_has_come() -> None:
    source, clock = Source(100), ManualClock()
    one = shared(source, clock)
    await one.get()
    clock.advance(89)
    before = await one.get()
    clock.advance(2)

    assert (before, await one.get()) == (1, 2)


async def test_a_value_that_has_not_expired_outlives_a_failed_renewal() -> None:
    source, clock = Source(100), ManualClock()
    one = shared(source, clock)
    await one.get()
    source.is_broken = True
    clock.advance(91)
    still = await one.get()
    clock.advance(10)

    assert still == 1
    with pytest.raises(CredentialError, match="failure"):
        await one.get()


async def test_a_failure_holds_for_a_while_for_all_who_ask() -> None:
    source, clock = Source(), ManualClock()
    source.is_broken = True
    one = shared(source, clock)
    for _ in range(10):
        with pytest.raises(CredentialError, match="failure 1"):
            await one.get()
    clock.advance(FAILED_PAUSE_S)
    source.is_broken = False

    assert await one.get() == 2


async def test_all_who_were_refused_at_once_share_one_renewal() -> None:
    source = Source()
    one = shared(source)
    had = await one.get()

    renewed = await asyncio.gather(*(one.renew(lambda held: held == had) for _ in range(20)))

    assert renewed == [True] * 20
    assert await one.get() == 2
    assert source.fetches == 2


async def test_what_came_after_a_refusal_is_not_renewed_at_once_again() -> None:
    source, clock = Source(), ManualClock()
    one = shared(source, clock)
    await one.get()
    first = await one.renew(lambda _held: True)
    again = [await one.renew(lambda _held: True) for _ in range(5)]
    clock.advance(RENEWED_PAUSE_S)

    assert (first, again) == (True, [False] * 5)
    assert await one.renew(lambda _held: True)
    assert source.fetches == 3


async def test_a_renewal_that_brings_the_same_is_none() -> None:
    async def same() -> Fetched[str]:
        return Fetched("same")

    one = Shared(same, ManualClock())
    await one.get()

    assert not await one.renew(lambda _held: True)


async def test_a_renewal_that_fails_says_so_and_is_tried_again_later() -> None:
    source, clock = Source(), ManualClock()
    one = shared(source, clock)
    await one.get()
    source.is_broken = True
    for _ in range(3):
        with pytest.raises(CredentialError, match="failure 2"):
            await one.renew(lambda _held: True)
    source.is_broken = False
    clock.advance(FAILED_PAUSE_S)

    assert await one.renew(lambda _held: True)


async def test_a_refusal_before_anything_was_fetched_changes_nothing() -> None:
    source = Source()

    assert not await shared(source).renew(lambda _held: True)
    assert source.fetches == 0
