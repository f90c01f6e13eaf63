import io

import msgspec
import pytest
from rich.console import Console

from shadowpact.model.evidence import RouteEvidence
from shadowpact.report.full_text import print_finding, print_report
from shadowpact.report.picture import Judgement, RuleView
from shadowpact.report.text import PIPED_WIDTH
from support.reports import ORDER, READY, order_finding, order_sample, picture, rule
from support.samples import difference, finding, sample


def console(width: int) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=width, highlight=False, soft_wrap=width == PIPED_WIDTH), out


def finding_text(width: int, one: object = None) -> str:
    told, out = console(width)
    print_finding(told, one if one is not None else order_finding())  # type: ignore[arg-type] # narrowed by callers
    return out.getvalue()


def report_text(width: int, **given: object) -> str:
    told, out = console(width)
    print_report(told, picture(order_finding(), rules=(rule(),), **given))  # type: ignore[arg-type] # as the builder takes it
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 120, PIPED_WIDTH])
def test_a_finding_in_full_has_values_counts_request_and_answers(width: int) -> None:
    text = finding_text(width)

    assert order_finding().fingerprint in text
    assert "curl --path-as-is --globoff http://monolith.test/orders/1" in text
    assert '"total": 5,' in text
    assert '"total": "5",' in text
    assert "(ignored by request-id)" in " ".join(text.split())


def test_a_wide_terminal_has_both_answers_side_by_side() -> None:
    (line,) = [line for line in finding_text(140).splitlines() if '"total"' in line]

    assert line.split() == ["-", '"total":', "5,", "+", '"total":', '"5",']


def test_a_narrow_or_piped_one_has_them_one_below_the_other() -> None:
    for width in (80, PIPED_WIDTH):
        lines = [line for line in finding_text(width).splitlines() if '"total"' in line]
        assert lines == ['-   "total": 5,', '+   "total": "5",']


def test_a_sentence_stands_in_for_the_values() -> None:
    moved = msgspec.structs.replace(
        difference("$.tags", "order-changed"), message="1 of 3 elements are elsewhere"
    )

    assert "because      1 of 3 elements are elsewhere" in finding_text(
        80, finding(sample({}, {}, moved))
    )


def test_a_finding_without_samples_is_told_without_answers() -> None:
    text = finding_text(80, msgspec.structs.replace(order_finding(), samples=()))

    assert "samples      0" in text
    assert "Both answers" not in text


@pytest.mark.parametrize("width", [50, 80, 120, 200, PIPED_WIDTH])
def test_the_report_has_everything_at_any_width(width: int) -> None:
    text = " ".join(report_text(width).split())

    for expected in (
        "1 of 2 routes may be switched",
        ORDER,
        READY,
        order_finding().id,
        "request-id",
        "41 exchanges = 40 compared",
        f"$ shadowpact findings show {order_finding().id}",
    ):
        assert expected in text


def test_several_candidates_are_told_apart() -> None:
    routes = (
        RouteEvidence(route=ORDER, candidate="orders", pairs=1, dropped={"lag": 2}),
        RouteEvidence(route=ORDER, candidate="shop", pairs=1),
        RouteEvidence(route="GET /health", candidate=None),
    )
    alone = Judgement(verdict="no-evidence", is_left_alone=True)
    for width in (40, 200):
        text = report_text(width, routes=routes, judgements={(ORDER, "shop"): alone})

        assert f"{ORDER} → orders" in text
        assert f"{ORDER} → shop" in text
        assert "left alone" in text
        assert "no candidate" in text
        assert "not compared: 2 lag" in text


def test_an_unused_rule_and_one_that_raises_are_told() -> None:
    told, out = console(200)
    rules = (
        RuleView(id="old", reason="why", is_unused=True),
        RuleView(id="bad", reason="hm", errors=2),
    )
    print_report(told, picture(rules=rules))

    assert "unused" in out.getvalue()
    assert "hm (raised 2 times, hid nothing there)" in out.getvalue()


def test_escape_sequences_do_not_reach_the_terminal() -> None:
    evil = finding(
        sample({"a": "\x1b[2J"}, {"a": 1}, difference("$.a", baseline="\x1b[2J", candidate=1)),
        route="GET /\x1b[2J",
    )

    assert "\x1b" not in finding_text(140, evil)
    assert "\x1b" not in finding_text(80, evil)
    assert order_sample().request.target in finding_text(80)
