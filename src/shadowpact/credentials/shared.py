"""One value for many requests at once: fetched when it is needed, once for all who wait."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from shadowpact.errors import CredentialError
from shadowpact.model.clock import Clock

RENEWED_PAUSE_S = 30.0
"""A value that came after a refusal is not renewed again for this long, whoever refuses it: what
the candidate forbids must not become a run on whoever issues credentials."""

FAILED_PAUSE_S = 5.0
"""After a failure all who ask get the same answer for this long."""

LARGEST_MARGIN_S = 60.0


class Fetched[Value](msgspec.Struct, frozen=True):
    """What a fetch brought.

    Attributes:
        value: The credential.
        renew_after_s: When to fetch the next one; ``None`` for when it is refused.
        expires_after_s: When it is of no use any more; ``None`` for never.
    """

    value: Value
    renew_after_s: float | None = None
    expires_after_s: float | None = None


def expiring[Value](value: Value, lifetime_s: float) -> Fetched[Value]:
    """A value that is renewed a little before it expires: a minute, or a tenth of its life."""
    return Fetched(value, lifetime_s - min(LARGEST_MARGIN_S, lifetime_s / 10), lifetime_s)


class Shared[Value]:
    """Holds the value; see the module."""

    def __init__(self, fetch: Callable[[], Awaitable[Fetched[Value]]], clock: Clock) -> None:
        """Take the parts.

        Args:
            fetch: Gets a value; raises ``CredentialError`` when there is none.
            clock: Its monotonic side tells age.
        """
        self._fetch = fetch
        self._clock = clock
        self._lock = asyncio.Lock()
        self._held: Fetched[Value] | None = None
        self._since_s = 0.0
        self._settled_until_s = float("-inf")
        self._failure: CredentialError | None = None
        self._failed_until_s = float("-inf")

    async def get(self) -> Value:
        """The value; fetched when there is none or its time has come.

        Raises:
            CredentialError: The fetch failed, and the old value, if there was one, has expired.
        """
        held = self._held
        if held is not None and self._is_before(held.renew_after_s):
            return held.value
        async with self._lock:
            held = self._held
            if held is not None and self._is_before(held.renew_after_s):
                return held.value
            try:
                return (await self._fetched()).value
            except CredentialError:
                if held is None or not self._is_before(held.expires_after_s):
                    raise
                return held.value

    async def renew(self, is_held: Callable[[Value], bool]) -> bool:
        """Somebody was refused; whether there is another value now than the one they had.

        Args:
            is_held: Whether theirs is this one; if not, there is a newer one already.

        Raises:
            CredentialError: The fetch failed.
        """
        async with self._lock:
            held = self._held
            if held is None:
                return False
            if not is_held(held.value):
                return True
            if self._clock.monotonic_s() < self._settled_until_s:
                return False
            fetched = await self._fetched()
            self._settled_until_s = self._clock.monotonic_s() + RENEWED_PAUSE_S
            return fetched.value != held.value

    def _is_before(self, age_s: float | None) -> bool:
        return age_s is None or self._clock.monotonic_s() - self._since_s < age_s

    async def _fetched(self) -> Fetched[Value]:
        if self._failure is not None and self._clock.monotonic_s() < self._failed_until_s:
            raise self._failure.with_traceback(None)
        try:
            fetched = await self._fetch()
        except CredentialError as error:
            self._failure = error
            self._failed_until_s = self._clock.monotonic_s() + FAILED_PAUSE_S
            raise
        self._failure = None
        self._held, self._since_s = fetched, self._clock.monotonic_s()
        return fetched
