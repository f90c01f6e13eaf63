"""Providers from settings, each kind against servers that play issuer and service."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import jwt
import pytest

from shadowpact.credentials.build import provider_for
from shadowpact.credentials.provider import CredentialProvider
from shadowpact.credentials.secret import Secret
from shadowpact.credentials.settings import (
    ClientCredentials,
    CommandCredentials,
    CredentialSettings,
    HeaderCredentials,
    JwtCredentials,
    LoginCredentials,
)
from shadowpact.errors import ConfigError, CredentialError
from shadowpact.mirror.settings import CandidateSettings
from shadowpact.mirror.transport import HttpTransport
from shadowpact.model.exchange import Request, Response, header
from support.build import request
from support.clock import ManualClock
from support.issuer import Issuer

SIGNED_IN = request(headers=((b"Authorization", b"Bearer recorded"),))
ANONYMOUS = request()


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with Issuer().running() as running:
        yield running


def provider(
    *settings: CredentialSettings,
    environ: Mapping[str, str] | None = None,
    clock: ManualClock | None = None,
    for_all: bool = False,
) -> CredentialProvider:
    found = provider_for(
        settings,
        environ=environ or {},
        clock=clock or ManualClock(),
        send=_not_asked,
        for_all=for_all,
    )
    assert found is not None
    return found


async def _not_asked(_request: Request) -> Response:
    raise AssertionError


async def value(
    found: CredentialProvider, asked: Request = SIGNED_IN, name: bytes = b"authorization"
) -> str | None:
    return header((await found.apply(asked)).headers, name)


def test_nothing_configured_is_no_provider() -> None:
    assert provider_for((), environ={}, clock=ManualClock(), send=_not_asked) is None


async def test_a_header_has_its_value_from_the_configuration_or_the_environment() -> None:
    written = provider(HeaderCredentials(value=Secret("Basic abc")))
    named = provider(HeaderCredentials(value_from_env="TOKEN"), environ={"TOKEN": "abc"})

    assert await value(written) == "Basic abc"
    assert await value(named) == "Bearer abc"


async def test_an_anonymous_request_stays_one_unless_all_are_meant() -> None:
    settings = HeaderCredentials(value=Secret("abc"))
    for_all = HeaderCredentials(value=Secret("abc"), apply_to="all")

    assert await provider(settings).apply(ANONYMOUS) is ANONYMOUS
    assert await value(provider(for_all), ANONYMOUS) == "Bearer abc"
    assert await value(provider(settings, for_all=True), ANONYMOUS) == "Bearer abc"


async def test_several_are_applied_one_after_the_other() -> None:
    both = provider(
        HeaderCredentials(value=Secret("abc")),
        HeaderCredentials(header="x-api-key", value=Secret("def")),
    )

    assert await value(both) == "Bearer abc"
    assert await value(both, name=b"x-api-key") == "def"


@pytest.mark.parametrize(
    ("settings", "environ", "problem"),
    [
        (HeaderCredentials(value_from_env="TOKEN"), {}, "variable TOKEN is not set, or empty"),
        (HeaderCredentials(value_from_env="TOKEN"), {"TOKEN": ""}, "TOKEN is not set, or empty"),
        (HeaderCredentials(value_from_env="TOKEN"), {"TOKEN": "a\nb"}, "in TOKEN: the credential"),
        (LoginCredentials(request="POST /x", body_from_env="BODY"), {}, "BODY is not set"),
        (
            ClientCredentials(token_url="http://a", client_id="b", client_secret_from_env="S"),
            {},
            "S is not set",
        ),
        (JwtCredentials(key_from_env="KEY"), {}, "KEY is not set"),
        (JwtCredentials(algorithm="RS256", key_from_env="KEY"), {"KEY": "x"}, "in KEY: it is no k"),
        (JwtCredentials(key_from_file="/no/such.pem"), {}, "/no/such.pem cannot be read: No such"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_sent(
    settings: CredentialSettings, environ: dict[str, str], problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        provider(settings, environ=environ)


def test_a_key_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        provider(JwtCredentials(key_from_file=str(file)))


async def test_a_jwt_is_signed_with_the_key_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("a key that is only for tests, and long enough")
    asked = request(
        headers=((b"authorization", b"Bearer " + jwt.encode({"sub": "7"}, "x" * 32).encode()),)
    )
    found = provider(JwtCredentials(key_from_file=str(file), claims={"iss": "test"}))

    token = (await value(found, asked) or "").removeprefix("Bearer ")

    claims = jwt.decode(token, file.read_text(), ["HS256"])
    assert claims == {"sub": "7", "iss": "test"}


def counting(file: Path) -> tuple[str, ...]:
    """A command that prints how often it ran."""
    script = (
        "import sys; file = open(sys.argv[1], 'a+'); file.write('x'); file.seek(0)\n"
        "print('token-%d' % len(file.read()))"
    )
    return sys.executable, "-c", script, str(file)


async def test_a_command_runs_once_until_its_time_is_over_or_it_is_refused(tmp_path: Path) -> None:
    clock = ManualClock()
    settings = CommandCredentials(command=counting(tmp_path / "runs"), ttl_s=300)
    found = provider(settings, clock=clock)
    first = [await value(found), await value(found)]
    clock.advance(300)
    after_ttl = await found.apply(SIGNED_IN)

    assert first == ["Bearer token-1"] * 2
    assert header(after_ttl.headers, b"authorization") == "Bearer token-2"
    assert await found.refused(after_ttl)
    assert await value(found) == "Bearer token-3"


async def test_a_command_that_fails_is_a_problem_of_its_own() -> None:
    script = "import sys; print('open-sesame'); sys.exit('vault is sealed')"
    found = provider(CommandCredentials(command=(sys.executable, "-c", script)))
    with pytest.raises(CredentialError) as raised:
        await found.apply(SIGNED_IN)

    assert str(raised.value).endswith("ended with status 1: vault is sealed")


async def test_concurrent_requests_share_one_token_and_one_renewal(issuer: Issuer) -> None:
    clock = ManualClock()
    settings = ClientCredentials(
        token_url=issuer.token_url, client_id="me", client_secret_from_env="SECRET"
    )
    found = provider(settings, environ={"SECRET": "s"}, clock=clock)
    first = await asyncio.gather(*(value(found) for _ in range(20)))
    clock.advance(3600 - 59)
    second = await asyncio.gather(*(found.apply(SIGNED_IN) for _ in range(20)))
    issuer.revoke()
    renewed = await asyncio.gather(*(found.refused(one) for one in second))

    assert set(first) == {"Bearer token-1"}
    assert {header(one.headers, b"authorization") for one in second} == {"Bearer token-2"}
    assert set(renewed) == {True}
    assert issuer.issued == 3


async def test_a_clients_secret_may_come_from_a_command(issuer: Issuer) -> None:
    settings = ClientCredentials(
        token_url=issuer.token_url,
        client_id="me",
        client_auth="post",
        client_secret_from_command=(sys.executable, "-c", "print('from a command')"),
    )
    await provider(settings).apply(SIGNED_IN)

    assert issuer.forms[0]["client_secret"] == "from a command"


def logging_in(
    issuer: Issuer, settings: LoginCredentials
) -> tuple[CredentialProvider, HttpTransport]:
    candidate = CandidateSettings(name="shop", url=issuer.url)
    transport = HttpTransport(candidate, body_cap_bytes=1000)
    found = provider_for(
        (settings,), environ={"LOGIN": "user=test"}, clock=ManualClock(), send=transport.send
    )
    assert found is not None
    return found, transport


async def test_a_login_gives_a_token_for_all(issuer: Issuer) -> None:
    settings = LoginCredentials(
        request="POST /login", body_from_env="LOGIN", token_path="$.session.token"
    )
    found, transport = logging_in(issuer, settings)
    values = [await value(found), await value(found)]
    await transport.close()

    assert values == ["Bearer token-1"] * 2
    assert issuer.bodies == ["user=test"]


async def test_a_login_gives_cookies_for_all(issuer: Issuer) -> None:
    settings = LoginCredentials(request="POST /login", body_from_env="LOGIN")
    found, transport = logging_in(issuer, settings)
    asked = request(headers=((b"Cookie", b"sid=recorded; lang=en"),))
    sent = await found.apply(asked)
    renewed = await found.refused(sent)
    again = await found.apply(asked)
    await transport.close()

    assert sent.headers == ((b"cookie", b"lang=en; sid=token-1"),)
    assert renewed
    assert again.headers == ((b"cookie", b"lang=en; sid=token-2"),)


async def test_nothing_of_a_provider_shows_its_secrets() -> None:
    found = provider(
        HeaderCredentials(value=Secret("open-sesame")),
        JwtCredentials(key_from_env="KEY"),
        environ={"KEY": "open-sesame"},
    )

    assert "sesame" not in repr(found)
    assert "sesame" not in repr(vars(found))
