import pytest

from shadowpact.gate.decide import (
    Decision,
    VerifiedInteraction,
    VerifiedProvider,
    decide,
    lost_count,
    upper_bound,
)
from shadowpact.gate.settings import GateSettings
from shadowpact.model.evidence import Evidence, RouteEvidence
from shadowpact.model.finding import Finding, FindingVerdict, Triage
from support.samples import difference, finding, sample

ROUTE = "GET /orders/{id}"
SETTINGS = GateSettings(min_pairs=20, max_loss_rate=0.05)


def route(pairs: int = 100, **more: object) -> RouteEvidence:
    given = {"route": ROUTE, "candidate": "orders", "pairs": pairs, "equal": pairs, **more}
    return RouteEvidence(**given)  # type: ignore[arg-type]  # a test names any field


def found(verdict: FindingVerdict = "real", state: Triage = "open") -> Finding:
    shown = sample({"price": 1}, {"price": "1"}, difference("$.price"))
    return finding(shown, verdict=verdict, state=state)


def judge(
    *routes: RouteEvidence,
    findings: tuple[Finding, ...] = (),
    verified: tuple[VerifiedProvider, ...] = (),
    **evidence: object,
) -> Decision:
    pairs = sum(one.pairs for one in routes)
    given = {"exchanges": pairs, "pairs": pairs, "equal": pairs, **evidence}
    return decide(Evidence(**given), routes, findings, SETTINGS, verified)  # type: ignore[arg-type]  # a test names any field


def test_a_route_with_enough_equal_pairs_may_be_switched() -> None:
    decision = judge(route())
    (one,) = decision.routes

    assert (decision.verdict, one.verdict, one.reasons) == ("pass", "pass", ())
    assert one.max_mismatch_rate == pytest.approx(0.0295, abs=1e-4)


def test_a_real_finding_speaks_against_its_route() -> None:
    decision = judge(route(), findings=(found(),))

    assert (decision.verdict, decision.routes[0].verdict) == ("fail", "fail")
    assert decision.routes[0].reasons[0].startswith("1 real finding: fnd_")
    assert "body $.price type-changed" in decision.routes[0].reasons[0]


def test_an_undecided_finding_is_no_evidence() -> None:
    assert judge(route(), findings=(found("undecided"),)).verdict == "no-evidence"


@pytest.mark.parametrize(
    ("verdict", "state"), [("noise", "open"), ("real", "accepted"), ("real", "fixed")]
)
def test_noise_and_what_people_decided_on_do_not_weigh(
    verdict: FindingVerdict, state: Triage
) -> None:
    assert judge(route(), findings=(found(verdict, state),)).verdict == "pass"


def test_findings_of_other_routes_and_candidates_do_not_weigh() -> None:
    other = route(route="GET /customers")
    foreign = route(candidate="billing")

    assert judge(other, foreign, findings=(found(),)).verdict == "pass"


@pytest.mark.parametrize(("pairs", "verdict"), [(19, "no-evidence"), (20, "pass")])
def test_too_few_pairs_are_no_evidence(pairs: int, verdict: str) -> None:
    decision = judge(route(pairs))

    assert decision.verdict == verdict
    if verdict != "pass":
        assert decision.routes[0].reasons == ("19 pairs compared, the policy asks for 20",)


@pytest.mark.parametrize(("lost", "verdict"), [(5, "pass"), (6, "no-evidence")])
def test_loss_at_the_limit_is_fair_and_above_it_is_not(lost: int, verdict: str) -> None:
    decision = judge(route(95, incomparable={"lag": lost}), incomparable={"lag": lost})

    assert decision.verdict == verdict


def test_the_reason_of_a_loss_is_told() -> None:
    decision = judge(route(50, dropped={"disk-full": 50}))

    assert decision.routes[0].loss_rate == pytest.approx(0.5)
    assert decision.routes[0].reasons == (
        "50.0% of its exchanges were lost to the comparison (50 disk-full), the policy allows 5.0%",
    )


def test_what_is_left_alone_on_purpose_is_no_loss() -> None:
    kept = {"write-policy": 900, "already-mirrored": 5, "upgrade": 3, "no-candidate": 8}

    assert lost_count(kept) == 0
    assert judge(route(dropped=kept), dropped=kept).verdict == "pass"


def test_a_route_that_was_only_left_alone_does_not_weigh_and_does_not_pass() -> None:
    writes = route(0, route="POST /orders", dropped={"write-policy": 9})
    decision = judge(route(), writes)

    assert decision.verdict == "pass"
    assert [(one.route, one.verdict, one.is_left_alone) for one in decision.routes] == [
        (ROUTE, "pass", False),
        ("POST /orders", "no-evidence", True),
    ]


def test_a_route_without_a_candidate_has_nothing_to_be_switched_to() -> None:
    decision = judge(route(candidate=None))

    assert decision.routes == ()
    assert (decision.verdict, decision.reasons) == ("no-evidence", ("no route was compared",))


def test_nothing_at_all_is_no_evidence() -> None:
    assert judge().verdict == "no-evidence"


def test_loss_that_belongs_to_no_route_counts_over_all() -> None:
    decision = judge(route(), dropped={"backlog-full": 50})

    assert decision.routes[0].verdict == "pass"
    assert decision.verdict == "no-evidence"
    assert decision.reasons[0].startswith("over all routes 33.3%")


@pytest.mark.parametrize(("backlog", "verdict"), [(5, "pass"), (50, "no-evidence")])
def test_a_long_backlog_is_no_evidence(backlog: int, verdict: str) -> None:
    assert judge(route(), backlog=backlog).verdict == verdict


def test_a_failure_outweighs_missing_evidence() -> None:
    assert judge(route(5), findings=(found(),)).verdict == "fail"


def verified(outcome: str, of_route: str | None = ROUTE) -> VerifiedProvider:
    one = VerifiedInteraction(description="it", outcome=outcome, route=of_route)
    return VerifiedProvider(provider="orders", verdict="pass", interactions=(one,))


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        ("passed", "pass"),
        ("pending-failed", "pass"),
        ("failed", "fail"),
        ("error", "fail"),
        ("state-failed", "fail"),
    ],
)
def test_a_contract_that_blocks_speaks_against_its_route(outcome: str, verdict: str) -> None:
    decision = judge(route(), verified=(verified(outcome),))

    assert (decision.verdict, decision.routes[0].verdict) == (verdict, verdict)


@pytest.mark.parametrize("of_route", [None, "GET /never-seen"])
def test_a_contract_of_no_route_here_speaks_against_all(of_route: str | None) -> None:
    decision = judge(route(), verified=(verified("failed", of_route),))

    assert (decision.verdict, decision.routes[0].verdict) == ("fail", "pass")
    assert decision.reasons == ("contract: it: failed",)


def test_a_verification_of_nothing_is_no_evidence() -> None:
    told = VerifiedProvider(provider="orders", verdict="no-evidence")

    assert judge(route(), verified=(told,)).verdict == "no-evidence"


@pytest.mark.parametrize(
    ("differing", "pairs", "bound"),
    [(0, 3000, 0.000998), (0, 1, 0.95), (1, 100, 0.0434), (50, 100, 0.5810), (5, 5, 1.0)],
)
def test_the_bound_is_the_rule_of_three_or_wilsons(
    differing: int, pairs: int, bound: float
) -> None:
    assert upper_bound(differing, pairs) == pytest.approx(bound, abs=1e-3)


def test_there_is_no_bound_without_pairs() -> None:
    assert upper_bound(0, 0) is None
