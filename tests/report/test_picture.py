from shadowpact.model.evidence import Evidence, IgnoredDifferences, RouteEvidence, RuleHits
from shadowpact.report.picture import Judgement, headline, rule_views, summary
from support.reports import ORDER, READY, order_finding, order_sample, picture
from support.samples import finding


def test_the_headline_answers_how_many_may_be_switched() -> None:
    seen = picture(order_finding())

    assert headline(seen) == "1 of 2 routes may be switched"
    assert summary(seen) == "1 fails. 40 pairs compared, 1 real finding and 0 undecided open."


def test_all_and_none_are_said_in_words() -> None:
    good, bad = Judgement(verdict="pass"), Judgement(verdict="fail")
    routes = [(ORDER, "orders"), (READY, "orders")]

    assert headline(picture(judgements=dict.fromkeys(routes, good))) == (
        "All 2 routes may be switched"
    )
    assert headline(picture(judgements=dict.fromkeys(routes, bad))) == (
        "None of 2 routes may be switched"
    )
    assert headline(picture(judgements={})) == "No route has a candidate to switch to"


def test_without_pairs_nothing_is_said() -> None:
    seen = picture(evidence=Evidence(exchanges=3, dropped={"write-policy": 3}))

    assert headline(seen) == "Nothing was compared, so nothing can be said"


def test_routes_come_by_urgency_and_carry_what_speaks_against_them() -> None:
    accepted = finding(order_sample(), state="accepted")
    noise = finding(order_sample(), verdict="noise")
    elsewhere = finding(order_sample(), candidate="other")
    unjudged = RouteEvidence(route="A /", candidate=None)
    seen = picture(order_finding(), accepted, noise, elsewhere)
    routes = picture(routes=(unjudged, *(view.evidence for view in reversed(seen.routes)))).routes

    assert [view.evidence.route for view in routes] == [ORDER, READY, "A /"]
    assert seen.routes[0].findings == (order_finding(),)


def test_what_is_left_alone_is_counted_apart() -> None:
    alone = Judgement(verdict="no-evidence", is_left_alone=True)
    seen = picture(judgements={(ORDER, "orders"): alone, (READY, "orders"): alone})

    assert seen.routes_that("no-evidence") == ()
    assert len(seen.routes_that("no-evidence", left_alone=True)) == 2
    assert summary(seen).startswith("2 are left alone on purpose.")


def test_rules_are_listed_declared_first_with_reasons_places_and_errors() -> None:
    def hit(rule: str) -> IgnoredDifferences:
        return IgnoredDifferences(
            rule=rule, route=ORDER, location="body", path="$.a", kind="missing", count=3
        )

    views = rule_views(
        [hit("builtin:date"), hit("gone"), hit("used")],
        [RuleHits(rule="raises", errors=2)],
        declared={"used": "why", "raises": "hm", "unused": "so", "moves": "renames"},
        builtin={"builtin:date": "The clock."},
        can_be_unused=["used", "raises", "unused"],
    )

    assert [(view.id, view.reason, view.count) for view in views] == [
        ("used", "why", 3),
        ("raises", "hm", 0),
        ("unused", "so", 0),
        ("moves", "renames", 0),
        ("gone", "", 3),
        ("builtin:date", "The clock.", 3),
    ]
    assert [view.id for view in views if view.is_unused] == ["raises", "unused"]
    assert [view.errors for view in views if view.errors] == [2]
