import asyncio

import msgspec
import pytest

from shadowpact.contracts.credentials import ThreadCredentials
from shadowpact.errors import CredentialError
from shadowpact.model.exchange import Request
from support.build import request


class Slow:
    """Waits, as a provider that asks somebody does."""

    def __init__(self) -> None:
        self.refusals = 0

    async def apply(self, request: Request) -> Request:
        await asyncio.sleep(0)
        if self.refusals:
            raise CredentialError("there is none")
        return msgspec.structs.replace(request, headers=((b"a", b"b"),))

    async def refused(self, _request: Request) -> bool:
        await asyncio.sleep(0)
        self.refusals += 1
        return True


def test_a_thread_waits_for_what_the_loop_gets() -> None:
    with ThreadCredentials(Slow()) as credentials:
        applied = credentials.apply(request())
        refused = credentials.refused(applied)
        with pytest.raises(CredentialError, match="there is none"):
            credentials.apply(request())

    assert applied.headers == ((b"a", b"b"),)
    assert refused
