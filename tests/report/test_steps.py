from shadowpact.model.evidence import Evidence, RouteEvidence
from shadowpact.report.picture import Judgement, RuleView
from shadowpact.report.steps import next_steps
from support.reports import ORDER, READY, order_finding, order_sample, picture
from support.samples import finding


def test_real_findings_come_first_and_routes_that_may_switch_are_named() -> None:
    steps = next_steps(picture(order_finding()))

    assert steps[0].command == f"shadowpact findings show {order_finding().id}"
    assert "1 real finding" in steps[0].text
    assert f"Switch {READY}." in [step.text for step in steps]


def test_nothing_compared_asks_for_traffic_and_nothing_else() -> None:
    (step,) = next_steps(picture(evidence=Evidence()))

    assert step.text.startswith("Send traffic")


def test_a_backlog_and_errors_in_the_hooks_come_before_all() -> None:
    seen = Evidence(exchanges=1, pairs=1, backlog=4, hook_errors=2)
    first, second, *_ = next_steps(picture(order_finding(), evidence=seen))

    assert "2 errors" in first.text
    assert second.command == "shadowpact worker --drain"


def test_a_slow_route_is_to_be_looked_at_before_it_is_switched() -> None:
    slow = RouteEvidence(route=READY, candidate="orders", pairs=20, equal=20, p50_ratio=10.4)
    texts = [step.text for step in next_steps(picture(routes=(slow,)))]

    assert any(f"{READY} (median 10.40x)" in text for text in texts)
    assert not any(text.startswith("Switch") for text in texts)


def test_a_few_pairs_do_not_tell_a_slow_route() -> None:
    few = RouteEvidence(route=READY, candidate="orders", pairs=9, equal=9, p50_ratio=10.4)
    texts = [step.text for step in next_steps(picture(routes=(few,)))]

    assert not any("slow" in text for text in texts)


def test_undecided_findings_unproven_routes_and_broken_rules_each_have_a_step() -> None:
    undecided = finding(order_sample(), verdict="undecided")
    seen = picture(
        undecided,
        judgements={
            (ORDER, "orders"): Judgement(verdict="no-evidence"),
            (READY, "orders"): Judgement(verdict="no-evidence", is_left_alone=True),
        },
        rules=(
            RuleView(id="old", reason="", is_unused=True),
            RuleView(id="bad", reason="", errors=1),
        ),
    )
    texts = " ".join(step.text for step in next_steps(seen))

    assert "Decide on 1 undecided finding" in texts
    assert f"Decide how to prove {READY}" in texts
    assert "rule old: nothing was covered" in texts
    assert "rule bad, which raised" in texts


def test_a_decided_finding_is_not_a_step() -> None:
    accepted = finding(order_sample(), state="accepted")

    assert not any("finding" in step.text for step in next_steps(picture(accepted)))
