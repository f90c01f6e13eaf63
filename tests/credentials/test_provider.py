import pytest

from shadowpact.credentials.headers import carries_credential, with_header
from shadowpact.credentials.provider import CredentialProvider, Fixed, Renewing, Several
from shadowpact.credentials.shared import Fetched
from shadowpact.errors import CredentialError
from shadowpact.model.exchange import Request
from support.build import request
from support.clock import ManualClock

SIGNED_IN = request(headers=((b"authorization", b"recorded"),))


class Counting:
    """Fetches 1, 2, 3, ...; fails once told to."""

    def __init__(self) -> None:
        self.count = 0
        self.is_broken = False

    async def __call__(self) -> Fetched[int]:
        self.count += 1
        if self.is_broken:
            raise CredentialError("broken")
        return Fetched(self.count)


def renewing(source: Counting) -> CredentialProvider:
    def put(asked: Request, value: int) -> Request:
        return with_header(asked, b"authorization", b"%d" % value)

    return Renewing(source, put, takes=carries_credential, clock=ManualClock())


async def test_a_fixed_one_has_no_other() -> None:
    provider = Fixed(lambda asked: with_header(asked, b"x-api-key", b"k"))
    sent = await provider.apply(request())

    assert sent.headers == ((b"x-api-key", b"k"),)
    assert not await provider.refused(sent)


async def test_a_refused_one_is_replaced_and_a_newer_one_is_not() -> None:
    source = Counting()
    provider = renewing(source)
    first, second = await provider.apply(SIGNED_IN), await provider.apply(SIGNED_IN)

    assert await provider.refused(first)
    assert await provider.refused(second)
    assert (await provider.apply(SIGNED_IN)).headers == ((b"authorization", b"2"),)
    assert source.count == 2


async def test_a_request_that_takes_none_fetches_none() -> None:
    source = Counting()
    provider = renewing(source)
    anonymous = request()

    assert await provider.apply(anonymous) is anonymous
    assert not await provider.refused(anonymous)
    assert source.count == 0


async def test_several_all_put_in_theirs_and_all_hear_of_a_refusal() -> None:
    fixed = Fixed(lambda asked: with_header(asked, b"x-api-key", b"k"))
    first, second = Counting(), Counting()
    provider = Several([fixed, renewing(first), renewing(second)])
    sent = await provider.apply(SIGNED_IN)
    await provider.refused(sent)

    assert sent.headers == ((b"authorization", b"1"), (b"x-api-key", b"k"))
    assert (first.count, second.count) == (2, 2)


async def test_a_renewal_that_fails_is_an_error() -> None:
    source = Counting()
    provider = renewing(source)
    sent = await provider.apply(SIGNED_IN)
    source.is_broken = True

    with pytest.raises(CredentialError, match="broken"):
        await provider.refused(sent)
