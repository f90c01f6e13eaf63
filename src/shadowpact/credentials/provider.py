"""What a credential provider does, and the two of which every kind is made."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from shadowpact.credentials.shared import Fetched, Shared
from shadowpact.model.clock import Clock
from shadowpact.model.exchange import Request


class CredentialProvider(Protocol):
    """Puts credentials into requests; used from one event loop."""

    async def apply(self, request: Request) -> Request:
        """The request with the credential; itself where none belongs.

        Raises:
            CredentialError: There is none to be had.
        """
        ...

    async def refused(self, request: Request) -> bool:
        """Told of a 401 or 403; True when there is a new credential and asking again has a point.

        Args:
            request: As it was sent, an earlier result of :meth:`apply`.

        Raises:
            CredentialError: A new one was wanted, and there is none to be had.
        """
        ...


class Fixed:
    """A credential that never changes, or depends on the request alone."""

    def __init__(self, put: Callable[[Request], Request]) -> None:
        self._put = put

    async def apply(self, request: Request) -> Request:
        """See :class:`CredentialProvider`."""
        return self._put(request)

    async def refused(self, _request: Request) -> bool:
        """There is no other."""
        return False


class Renewing[Value]:
    """One credential for all requests that is fetched, expires, and is fetched again."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Fetched[Value]]],
        put: Callable[[Request, Value], Request],
        *,
        takes: Callable[[Request], bool],
        clock: Clock,
    ) -> None:
        """Take the parts.

        Args:
            fetch: Gets a credential; raises :class:`CredentialError`.
            put: Puts it into a request; the second time changes nothing.
            takes: Which requests get it; those that have it already are among them.
            clock: Tells when it expires.
        """
        self._shared = Shared(fetch, clock)
        self._put = put
        self._takes = takes

    async def apply(self, request: Request) -> Request:
        """See :class:`CredentialProvider`."""
        if not self._takes(request):
            return request
        return self._put(request, await self._shared.get())

    async def refused(self, request: Request) -> bool:
        """See :class:`CredentialProvider`."""
        if not self._takes(request):
            return False
        return await self._shared.renew(lambda value: self._put(request, value) == request)


class Several:
    """All of them, in their order."""

    def __init__(self, providers: Sequence[CredentialProvider]) -> None:
        self._providers = tuple(providers)

    async def apply(self, request: Request) -> Request:
        """See :class:`CredentialProvider`."""
        for provider in self._providers:
            request = await provider.apply(request)
        return request

    async def refused(self, request: Request) -> bool:
        """Every one is told; nobody knows which of them was meant."""
        return any([await provider.refused(request) for provider in self._providers])
