import pytest

from shadowpact.compare.settings import CompareSettings, Rule
from shadowpact.config.settings import Settings
from shadowpact.findings.tally import Tally
from shadowpact.judging import BASELINE_FAILED, Judge
from shadowpact.mirror.policy import Refusal
from shadowpact.model.exchange import Exchange, Failure, Response
from shadowpact.model.pair import Pair
from shadowpact.secrets import Sealer
from support.build import exchange, request, response
from support.clock import ManualClock

type Answer = Response | Failure
ROUTE = "GET /orders/{id}"
KEY = bytes(range(64))


class Court:
    """A judge and the tally it fills."""

    def __init__(self, *rules: Rule) -> None:
        self.tally = Tally()
        settings = Settings(rules=rules, compare=CompareSettings())
        self.judge = Judge(settings, self.tally, Sealer(KEY), ManualClock())

    def hears(
        self,
        answer: Answer,
        *,
        recorded: Exchange | None = None,
        baseline: Answer | None = None,
        twin: Answer | None = None,
    ) -> Refusal | None:
        one = recorded or exchange()
        pair = Pair(
            exchange_id="exc_run_1", exchange=one, candidate="shop", route=ROUTE, answer=answer
        )
        return self.judge.judge(pair, baseline or one.response, twin)

    @property
    def outcomes(self) -> dict[str, int]:
        return {key[2]: count for key, count in self.tally.batch.outcomes.items()}

    @property
    def found(self) -> dict[str, tuple[int, int]]:
        """Pairs and twin pairs that differ, by path."""
        findings = self.tally.batch.findings.items()
        return {key.path or key.location: (one.pairs, one.twin_differing) for key, one in findings}


def test_equal_answers_are_an_equal_pair() -> None:
    court = Court()

    assert court.hears(response({"id": 1})) is None
    assert court.outcomes == {"pair": 1, "equal": 1}
    assert court.found == {}


def test_a_difference_is_counted_with_a_sample() -> None:
    court = Court()
    court.hears(response({"id": 2}))

    assert court.outcomes == {"pair": 1}
    assert court.found == {"$.id": (1, 0)}
    assert court.tally.batch.samples


def test_what_a_rule_covers_leaves_a_pair_equal() -> None:
    court = Court(Rule(id="ids", kind="ignore", path="$.id", reason="each side counts"))
    court.hears(response({"id": 2}))

    assert court.outcomes == {"pair": 1, "equal": 1}
    assert {key.rule for key in court.tally.batch.rules} == {"ids"}


def test_what_the_baseline_says_now_counts_instead_of_the_recorded_answer() -> None:
    court = Court()
    court.hears(response({"id": 2}), baseline=response({"id": 2}))

    assert court.outcomes == {"pair": 1, "equal": 1}


def test_what_differs_between_baseline_and_twin_is_noise_and_no_difference() -> None:
    court = Court()
    court.hears(response({"id": 1}), twin=response({"id": 3}))

    assert court.outcomes == {"pair": 1, "equal": 1, "twin": 1}
    assert court.found == {"$.id": (0, 1)}


def test_a_twin_without_an_answer_is_noise_in_the_status() -> None:
    court = Court()
    court.hears(response({"id": 1}), twin=Failure(kind="time-out"))

    assert court.found == {"status": (0, 1)}


@pytest.mark.parametrize("kind", ["time-out", "reset"])
def test_no_answer_is_a_difference(kind: str) -> None:
    court = Court()

    assert court.hears(Failure(kind=kind)) is None
    assert court.outcomes == {"pair": 1}
    assert court.found == {"status": (1, 0)}


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("refused", "incomparable candidate-unreachable"),
        ("credentials", "incomparable credentials"),
        ("unsendable", "dropped unsendable"),
    ],
)
def test_a_failure_that_says_nothing_of_the_candidate_is_no_pair(kind: str, said: str) -> None:
    court = Court()
    refused = court.hears(Failure(kind=kind))

    assert refused is not None
    assert f"{refused.outcome} {refused.reason}" == said
    assert court.outcomes == {}


def test_a_baseline_that_failed_leaves_nothing_to_compare_with() -> None:
    court = Court()

    assert court.hears(response(), baseline=Failure(kind="refused")) == BASELINE_FAILED
    assert court.outcomes == {}


def test_a_secret_in_a_members_name_is_not_in_the_findings_path() -> None:
    secret = "not-a-real-token-0815"
    asked = request(headers=((b"authorization", f"Bearer {secret}".encode()),))
    court = Court()
    court.hears(response({secret: 2}), recorded=exchange(asked, response({secret: 1})))
    (path,) = court.found

    assert secret not in path
