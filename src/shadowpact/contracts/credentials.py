"""Credential providers, which wait in an event loop, for the relay's threads."""

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Self

from shadowpact.credentials.provider import CredentialProvider
from shadowpact.model.exchange import Request


class ThreadCredentials:
    """Asks a provider from any thread; a loop of its own runs while the context is open.

    Args:
        provider: Has to be new: what waits in it belongs to this loop.
    """

    def __init__(self, provider: CredentialProvider) -> None:
        self._provider = provider
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def apply(self, request: Request) -> Request:
        """See :class:`.means.Credentials`."""
        return self._wait(self._provider.apply(request))

    def refused(self, request: Request) -> bool:
        """See :class:`.means.Credentials`."""
        return self._wait(self._provider.refused(request))

    def _wait[Value](self, coroutine: Coroutine[object, object, Value]) -> Value:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()
