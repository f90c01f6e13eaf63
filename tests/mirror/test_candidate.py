import asyncio

import pytest

from shadowpact.mirror.candidate import LONGEST_WAIT_S, Candidate
from shadowpact.mirror.settings import CandidateSettings
from shadowpact.model.exchange import Failure, Request, Response
from support.build import request, response
from support.clock import ManualClock

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
