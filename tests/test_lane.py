import itertools
from collections.abc import Callable

import pytest

from shadowpact.aliases import Aliases
from shadowpact.lane import CREDENTIALS, UNKNOWN, Asked, Job, Lane, Side
from shadowpact.mirror.candidate import Candidate
from shadowpact.mirror.limiter import DOWN_AFTER, Limiter
from shadowpact.mirror.settings import CandidateSettings
from shadowpact.model.alias import AliasRow
from shadowpact.model.exchange import Exchange, Failure, Request, Response
from shadowpact.recording.reader import Recorded
from shadowpact.recording.segments import Position
from shadowpact.routes import Match
from support.build import JSON, exchange, request, response
from support.clock import ManualClock
from support.sides import route_of

type Answer = Response | Failure
type Answers = Callable[[Request], Answer]

SETTINGS = CandidateSettings(name="shop", url="http://shop.test", writes="on")
TOKEN = ((b"authorization", b"Bearer not-a-real-token"),)
FULL = response({"error": "full"}, 503)


class Service:
    """A transport that answers by a function, and remembers what it was asked, with all others."""

    count = itertools.count()

    def __init__(self, answer: Answers | Answer) -> None:
        self._answer = answer
        self.asked: list[tuple[int, Request]] = []
        self.is_closed = False

    async def send(self, asked: Request) -> Answer:
        self.asked.append((next(self.count), asked))
        given = self._answer
        return given if isinstance(given, Response | Failure) else given(asked)

    async def close(self) -> None:
        self.is_closed = True

    @property
    def targets(self) -> list[str]:
        return [asked.target for _, asked in self.asked]


def lane(
    candidate: Service,
    *,
    baseline: Service | None = None,
    twin: Service | None = None,
    is_twin_separate: bool = False,
    limiter: Limiter | None = None,
) -> Lane:
    return Lane(
        Candidate(SETTINGS, ManualClock(), body_cap_bytes=1 << 20, transport=candidate),
        aliases=Aliases("shop"),
        baseline=Side(baseline, Aliases("shop baseline")) if baseline else None,
        twin=Side(twin, Aliases("shop twin")) if twin else None,
        is_twin_separate=is_twin_separate,
        limiter=limiter,
    )


def job(number: int, one: Exchange | None = None, *, session: str = "s") -> Job:
    one = one or exchange(request(target=f"/orders/{number}"))
    match = Match(route=route_of(one.request), candidate="shop", writes="on")
    recorded = Recorded(number, Position(1, 0, number + 1), one)
    return Job(recorded, one, match, session, f"exc_run_{number}")


def creation(number: int = 0, order: int = 5001) -> Job:
    made = request("POST", "/orders", headers=JSON, body=b"{}")
    return job(number, exchange(made, response({"id": order, "note": "x"}, 201)))


def reading(number: int = 1, order: int = 5001) -> Job:
    asked = request(target=f"/orders/{order}")
    return job(number, exchange(asked, response({"id": order, "note": "x"})))


def renaming(order: int) -> Answers:
    """A side that gave the order another number."""

    def answer(asked: Request) -> Response:
        if asked.method == "POST":
            return response({"id": order, "note": "x"}, 201)
        if asked.target == f"/orders/{order}":
            return response({"id": order, "note": "x"})
        return response({"error": "unknown"}, 404)

    return answer


async def through(of: Lane, *jobs: Job) -> list[object]:
    """See jobs through, one after the other."""
    found: list[object] = []
    for one in jobs:
        of.expect(one)
        found.append(await of.ask(one))
        of.settle(one)
    return found


async def test_the_recorded_answer_is_the_baselines() -> None:
    answer = response({"id": 2})
    one = job(1)
    (asked,) = await through(lane(Service(answer)), one)

    assert isinstance(asked, Asked)
    assert (asked.baseline, asked.answer, asked.twin) == (one.exchange.response, answer, None)


async def test_sides_that_are_asked_take_turns_in_being_first() -> None:
    candidate, baseline = Service(response()), Service(response())
    await through(lane(candidate, baseline=baseline), *(job(number) for number in range(4)))
    firsts = [
        "baseline" if ours < theirs else "candidate"
        for (ours, _), (theirs, _) in zip(baseline.asked, candidate.asked, strict=True)
    ]

    assert firsts == ["baseline", "candidate", "baseline", "candidate"]


@pytest.mark.parametrize(("is_separate", "count"), [(False, 1), (True, 2)])
async def test_a_twin_gets_writes_when_its_data_are_its_own(is_separate: bool, count: int) -> None:
    twin = Service(response({"id": 5001, "note": "x"}, 201))
    one = lane(Service(response({}, 201)), twin=twin, is_twin_separate=is_separate)
    await through(one, creation(0), job(1))

    assert len(twin.asked) == count


async def test_each_side_is_asked_in_its_own_ids_and_answers_in_the_recordings() -> None:
    candidate, baseline = Service(renaming(81)), Service(renaming(7000))
    _, asked = await through(lane(candidate, baseline=baseline), creation(), reading())

    assert isinstance(asked, Asked)
    assert candidate.targets[-1] == "/orders/81"
    assert baseline.targets[-1] == "/orders/7000"
    for answer in (asked.answer, asked.baseline):
        assert isinstance(answer, Response)
        assert answer.body == b'{"id":5001,"note":"x"}'


async def test_what_the_candidate_never_created_is_not_asked_for() -> None:
    candidate = Service(lambda asked: FULL if asked.method == "POST" else response())
    _, refused = await through(lane(candidate), creation(), reading())

    assert refused == UNKNOWN
    assert candidate.targets == ["/orders"]


async def test_what_the_baseline_did_not_create_again_is_unknown_too() -> None:
    baseline = Service(lambda asked: FULL if asked.method == "POST" else response())
    _, refused = await through(
        lane(Service(renaming(81)), baseline=baseline), creation(), reading()
    )

    assert refused == UNKNOWN
    assert baseline.targets == ["/orders"]


async def test_a_write_that_was_not_mirrored_leaves_its_id_to_the_answer_of_a_read() -> None:
    shared, apart = Service(response({"id": 5001})), Service(response({}, 404))
    found = []
    for service in (shared, apart):
        one = lane(service)
        one.expect(creation())
        one.settle(creation(), is_mirrored=False)
        found.append(await one.ask(reading()))

    assert isinstance(found[0], Asked)
    assert found[1] == UNKNOWN


def test_a_request_is_held_up_by_an_earlier_exchange_that_delivers_its_id() -> None:
    one = lane(Service(response()))
    one.expect(creation(3))

    assert one.blocker(reading(4)) == "exc_run_3"
    assert one.blocker(reading(2)) is None
    one.release("exc_run_3")
    assert one.blocker(reading(4)) is None


async def test_what_another_worker_has_learnt_is_used() -> None:
    candidate = Service(renaming(81))
    one = lane(candidate)
    one.load([AliasRow(candidate="shop", kind="order", scope="other", recorded=5001, side=81)])
    await through(one, reading())

    assert candidate.targets == ["/orders/81"]


async def test_refused_credentials_are_told_once() -> None:
    one = lane(Service(response({}, 401)))
    asked = exchange(request(headers=TOKEN))
    found = await through(one, job(0, asked), job(1, asked))

    assert found == [CREDENTIALS, CREDENTIALS]
    assert "never accepted" in (one.warning() or "")
    assert one.warning() is None


async def test_credentials_that_cannot_be_had_are_told_once() -> None:
    one = lane(Service(Failure(kind="credentials", message="no token")))
    await through(one, job(0), job(1))

    assert (one.warning(), one.warning()) == ("no token", None)


async def test_why_there_is_no_connection_to_the_candidate_is_told_once() -> None:
    one = lane(Service(Failure(kind="refused", message="the certificate is not trusted")))
    await through(one, job(0), job(1))

    assert (one.warning() or "").endswith(
        "cannot be reached; such exchanges are incomparable (candidate-unreachable): "
        "the certificate is not trusted"
    )
    assert one.warning() is None


@pytest.mark.parametrize(
    ("answer", "is_down"),
    [
        (Failure(kind="refused"), True),
        (Failure(kind="reset"), True),
        (Failure(kind="time-out"), True),
        (response({}, 503), True),
        (response({}, 429), True),
        (response({}, 500), False),
        (response({}, 404), False),
        (Failure(kind="unsendable"), False),
    ],
)
async def test_errors_that_say_down_are_told_from_those_that_say_different(
    answer: Answer,
    is_down: bool,
) -> None:
    limiter = Limiter(16)
    await through(lane(Service(answer), limiter=limiter), *map(job, range(DOWN_AFTER)))

    assert (limiter.down is not None) is is_down


async def test_a_baseline_that_was_overloaded_too_says_nothing_of_the_candidate() -> None:
    limiter = Limiter(16)
    busy = [job(n, exchange(answered=response({}, 503))) for n in range(DOWN_AFTER)]
    await through(lane(Service(response({}, 503)), limiter=limiter), *busy)

    assert limiter.down is None


async def test_all_sides_are_let_go_of() -> None:
    services = [Service(response()) for _ in range(3)]
    await lane(services[0], baseline=services[1], twin=services[2]).close()

    assert all(one.is_closed for one in services)
