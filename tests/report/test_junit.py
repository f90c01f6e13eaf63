from xml.etree import ElementTree as ET

from shadowpact.model.evidence import RouteEvidence
from shadowpact.report.junit import junit
from shadowpact.report.picture import Judgement, Picture
from support.reports import ORDER, READY, order_finding, order_sample, picture
from support.samples import difference, finding, sample


def cases(seen: Picture) -> dict[str, ET.Element]:
    suite = ET.fromstring(junit(seen).encode()).find("testsuite")  # noqa: S314 our own
    assert suite is not None
    return {case.get("name", ""): case for case in suite.iter("testcase")}


def test_a_route_with_a_real_finding_fails_and_says_why() -> None:
    failure = cases(picture(order_finding()))[ORDER].find("failure")

    assert failure is not None
    assert failure.get("message") == "1 real finding"
    assert order_finding().id in (failure.text or "")


def test_a_route_that_may_switch_passes() -> None:
    case = cases(picture(order_finding()))[READY]

    assert case.get("classname") == "orders"
    assert [child.tag for child in case] == ["system-out"]


def test_no_evidence_and_no_candidate_are_skipped() -> None:
    routes = (
        RouteEvidence(route=ORDER, candidate="orders"),
        RouteEvidence(route="GET /health", candidate=None),
    )
    unknown = Judgement(verdict="no-evidence", reasons=("3 pairs compared",))
    seen = cases(picture(routes=routes, judgements={(ORDER, "orders"): unknown}))
    skipped = [seen[name].find("skipped") for name in (ORDER, "GET /health")]

    assert [one.get("message") for one in skipped if one is not None] == [
        "3 pairs compared",
        "no candidate to switch to",
    ]


def test_the_counts_of_the_suite_add_up() -> None:
    text = junit(picture(order_finding()))

    assert 'tests="2" failures="1" errors="0" skipped="0"' in text


def test_undecided_and_accepted_findings_do_not_fail() -> None:
    undecided = finding(order_sample(), verdict="undecided")
    accepted = finding(order_sample(), state="accepted")
    unknown = Judgement(verdict="no-evidence", reasons=("1 undecided finding",))
    case = cases(picture(undecided, accepted, judgements={(ORDER, "orders"): unknown}))[ORDER]

    assert case.find("failure") is None
    assert case.find("skipped") is not None
    assert undecided.id in (case.findtext("system-out") or "")


def test_a_contract_that_fails_fails_the_route() -> None:
    broken = Judgement(verdict="fail", reasons=("contract: an order: failed",))
    failure = cases(picture(judgements={(ORDER, "orders"): broken}))[ORDER].find("failure")

    assert failure is not None
    assert failure.get("message") == "contract: an order: failed"


def test_what_xml_cannot_hold_is_spelled_out() -> None:
    evil = "\x00\x1b\ud800\ufffe]]><x>"
    found = finding(
        sample({}, {}, difference("$.a", baseline=evil, candidate=1)), route=f"GET /{evil}"
    )
    seen = picture(
        found, routes=(RouteEvidence(route=f"GET /{evil}", candidate="orders", pairs=1),)
    )

    assert list(cases(seen)) == ["GET /\\u0000\\u001b\\ud800\\ufffe]]><x>"]
