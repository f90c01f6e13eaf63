import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shadowpact.credentials.settings import ClientCredentials, HeaderCredentials, LoginCredentials
from shadowpact.errors import ConfigError
from shadowpact.mirror.candidate import LONGEST_WAIT_S, Candidate
from shadowpact.mirror.settings import CandidateSettings, RewriteSettings
from shadowpact.model.exchange import Failure, Request, Response
from support.build import request, response
from support.clock import ManualClock
from support.issuer import Issuer

SETTINGS = CandidateSettings(
    name="orders", url="http://candidate.test", breaker_failures=2, breaker_pause_ms=50
)


class Answers:
    """A transport that gives one answer after the other, the last for ever."""

    def __init__(self, *answers: Response | Failure) -> None:
        self._answers = list(answers)
        self.is_closed = False

    async def send(self, _request: Request) -> Response | Failure:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    async def close(self) -> None:
        self.is_closed = True


def candidate(*answers: Response | Failure, clock: ManualClock | None = None) -> Candidate:
    return Candidate(
        SETTINGS, clock or ManualClock(), body_cap_bytes=1000, transport=Answers(*answers)
    )


async def test_it_is_called_as_configured() -> None:
    assert candidate(response()).name == "orders"


async def test_the_answer_is_handed_on() -> None:
    answer = response({"id": 1})

    assert await candidate(answer).send(request()) is answer


@pytest.mark.parametrize("kind", ["refused", "reset", "time-out"])
async def test_failures_to_answer_open_the_breaker(kind: str) -> None:
    asked = candidate(Failure(kind=kind))
    for _ in range(2):
        assert await asked.may_send()
        await asked.send(request())

    assert asked.is_held_back
    assert not asked.may_send_now()


@pytest.mark.parametrize("answer", [response(status=500), Failure(kind="other")])
async def test_an_answer_is_one_whatever_it_says(answer: Response | Failure) -> None:
    asked = candidate(Failure(kind="reset"), answer, Failure(kind="reset"))
    for _ in range(3):
        await asked.send(request())

    assert not asked.is_held_back


async def test_what_could_not_be_sent_says_nothing_about_the_candidate() -> None:
    clock = ManualClock()
    asked = candidate(
        Failure(kind="reset"), Failure(kind="unsendable"), Failure(kind="reset"), clock=clock
    )
    for _ in range(3):
        await asked.send(request())
    assert asked.is_held_back
    clock.advance(0.05)
    unsendable = candidate(Failure(kind="unsendable"))
    unsendable._breaker = asked._breaker
    assert unsendable.may_send_now()
    await unsendable.send(request())

    assert asked.is_held_back


async def test_who_is_held_back_waits_a_little_and_not_longer() -> None:
    asked = candidate(Failure(kind="reset"))
    for _ in range(2):
        await asked.send(request())
    async with asyncio.timeout(10 * LONGEST_WAIT_S):
        assert not await asked.may_send()


async def test_closing_it_closes_its_transport() -> None:
    transport = Answers(response())
    await Candidate(SETTINGS, ManualClock(), body_cap_bytes=1, transport=transport).close()

    assert transport.is_closed


async def test_without_a_transport_it_speaks_http() -> None:
    asked = Candidate(SETTINGS, ManualClock(), body_cap_bytes=1)
    answer = await asked.send(request(target="*"))
    await asked.close()

    assert isinstance(answer, Failure)
    assert answer.kind == "unsendable"


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with Issuer().running() as running:
        yield running


SIGNED_IN = request(
    target="/api/orders/1",
    headers=((b"Authorization", b"Bearer recorded"), (b"X-Internal", b"1")),
)


def oauth2(issuer: Issuer) -> ClientCredentials:
    return ClientCredentials(
        token_url=issuer.token_url, client_id="me", client_secret_from_env="SECRET"
    )


def real(issuer: Issuer, *, clock: ManualClock | None = None, **settings: Any) -> Candidate:
    """One that speaks HTTP with the issuer's service."""
    return Candidate(
        CandidateSettings(name="orders", url=issuer.url, **settings),
        clock or ManualClock(),
        body_cap_bytes=1000,
        environ={"SECRET": "s", "LOGIN": '{"user":"test"}'},
    )


async def test_a_request_goes_out_in_the_candidates_shape_with_its_credentials(
    issuer: Issuer,
) -> None:
    asked = real(
        issuer,
        credentials=(oauth2(issuer),),
        rewrite_path=(RewriteSettings(source="/api/**", target="/v2/**"),),
        remove_headers=("x-internal", "authorization"),
        set_headers=(("x-tenant", "test"), ("authorization", "Bearer set")),
    )
    answer = await asked.send(SIGNED_IN)
    await asked.close()

    assert isinstance(answer, Response)
    assert answer.status == 200
    assert issuer.targets == ["/v2/orders/1"]
    sent = issuer.sent[0]
    assert sent["authorization"] == "Bearer token-1"
    assert (sent["host"], sent["x-tenant"]) == ("monolith.test", "test")
    assert sent["x-shadowpact-mirrored"] == "1"
    assert "x-internal" not in sent


async def test_an_echo_of_its_credentials_is_one_of_the_clients(issuer: Issuer) -> None:
    asked = real(issuer, credentials=(oauth2(issuer),))
    answer = await asked.send(SIGNED_IN)
    await asked.close()

    assert isinstance(answer, Response)
    assert answer.body == b'{"id": 1, "you-sent": "Bearer recorded"}'


async def test_credentials_that_are_refused_are_renewed_and_the_request_sent_once_more(
    issuer: Issuer,
) -> None:
    asked = real(issuer, credentials=(oauth2(issuer),))
    await asked.send(SIGNED_IN)
    issuer.revoke()
    answers = await asyncio.gather(*(asked.send(SIGNED_IN) for _ in range(8)))
    await asked.close()

    assert [one.status for one in answers if isinstance(one, Response)] == [200] * 8
    assert issuer.issued == 2
    assert len(issuer.sent) <= 1 + 2 * 8


async def test_what_the_candidate_forbids_is_its_answer_and_no_run_on_the_issuer(
    issuer: Issuer,
) -> None:
    asked = real(issuer, credentials=(oauth2(issuer),))
    issuer.accepts_nothing = True
    answers = [await asked.send(SIGNED_IN) for _ in range(5)]
    await asked.close()

    assert [one.status for one in answers if isinstance(one, Response)] == [401] * 5
    assert issuer.issued == 2
    assert len(issuer.sent) == 6


async def test_without_credentials_to_send_nothing_is_sent_and_it_is_said_why(
    issuer: Issuer,
) -> None:
    issuer.status = 401
    asked = Candidate(
        CandidateSettings(name="orders", url=issuer.url, credentials=(oauth2(issuer),)),
        ManualClock(),
        body_cap_bytes=1,
        environ={"SECRET": "open-sesame"},
    )
    answers = [await asked.send(SIGNED_IN) for _ in range(20)]
    await asked.close()

    failures = [one for one in answers if isinstance(one, Failure)]
    reason = f"token endpoint {issuer.token_url} answered 401 (invalid_client)"
    assert len(failures) == 20
    assert {(one.kind, one.message) for one in failures} == {
        ("credentials", f"no credentials for candidate orders: {reason}")
    }
    assert issuer.sent == []
    assert len(issuer.forms) == 1
    assert not asked.is_held_back
    assert "sesame" not in repr(failures)


async def test_a_recorded_login_is_sent_first_in_the_candidates_shape(issuer: Issuer) -> None:
    recorded = request("POST", "/api/login", headers=((b"x-a", b"1"),), body=b"recorded")
    asked = Candidate(
        CandidateSettings(
            name="orders",
            url=issuer.url,
            credentials=(
                LoginCredentials(request="POST /api/login", token_path="$.session.token"),
            ),
            rewrite_path=(RewriteSettings(source="/api/**", target="/**"),),
        ),
        ManualClock(),
        body_cap_bytes=1000,
        environ={},
        recorded={"POST /api/login": recorded}.get,
    )
    answer = await asked.send(SIGNED_IN)
    await asked.close()

    assert isinstance(answer, Response)
    assert answer.status == 200
    assert issuer.bodies == ["recorded"]


async def test_an_anonymous_request_is_sent_as_one(issuer: Issuer) -> None:
    asked = real(issuer, credentials=(oauth2(issuer),))
    answer = await asked.send(request())
    await asked.close()

    assert isinstance(answer, Response)
    assert answer.status == 401
    assert issuer.issued == 0


async def test_a_secret_that_is_missing_is_an_error_before_anything_is_opened() -> None:
    settings = CandidateSettings(
        name="orders",
        url="http://candidate.test",
        credentials=(HeaderCredentials(value_from_env="TOKEN"),),
    )
    with pytest.raises(ConfigError, match=r"candidate orders: .* TOKEN is not set"):
        Candidate(settings, ManualClock(), body_cap_bytes=1, environ={})
