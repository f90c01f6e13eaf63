import re
from html.parser import HTMLParser

import msgspec
import pytest

from shadowpact.model.evidence import Evidence, RouteEvidence
from shadowpact.report.page import html_page
from shadowpact.report.picture import Judgement, Picture, RuleView
from support.build import request, response
from support.reports import ORDER, READY, order_finding, picture, rule
from support.samples import difference, finding, sample

EVIL = "</code><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\x1b[2J\"'"

_VOID = {"meta", "br"}


class Reader(HTMLParser):
    """Checks that elements nest, and collects what a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def values(self, name: str) -> list[str]:
        return [value or "" for key, value in self.attributes if key == name]


def evil_picture() -> Picture:
    changed = difference(f"$.{EVIL}", "value-changed", baseline=EVIL, candidate=EVIL + "2")
    header = difference(EVIL, "value-changed", location="header", baseline=EVIL, candidate="x")
    shown = sample(
        response({EVIL: EVIL}, headers=((EVIL.encode(), EVIL.encode()),)),
        response(body=EVIL.encode(), headers=((b"content-type", EVIL.encode()),)),
        changed,
        header,
        asked=request("POST", f"/{EVIL}", headers=((b"x", EVIL.encode()),), body=EVIL.encode()),
    )
    route = RouteEvidence(
        route=f"GET /{EVIL}", candidate=EVIL, pairs=1, dropped={EVIL: 1}, p50_ratio=3.0
    )
    return picture(
        finding(shown, route=f"GET /{EVIL}", candidate=EVIL),
        routes=(route,),
        judgements={(f"GET /{EVIL}", EVIL): Judgement(verdict="fail", reasons=(EVIL,))},
        evidence=Evidence(exchanges=2, pairs=1, dropped={EVIL: 1}),
        rules=(rule(EVIL, EVIL),),
    )


def test_the_page_leads_with_the_answer() -> None:
    page = html_page(picture(order_finding(), rules=(rule(),)))

    assert "<h1>1 of 2 routes may be switched</h1>" in page
    assert "41 exchanges = 40 compared (20 equal) + 1 dropped + 0 incomparable" in page
    assert "each answer gets its own" in page
    assert "no candidate is configured for it" in page
    assert "at most 13.9% differ" in page


def test_the_pair_is_shown_with_both_values_marked() -> None:
    page = html_page(picture(order_finding()))

    assert "<mark>5</mark>" in page
    assert "<mark>&quot;5&quot;</mark>" in page
    assert "ignored by request-id" in page
    assert "curl --path-as-is --globoff http://monolith.test/orders/1" in page


def test_nothing_that_came_over_the_wire_becomes_an_element() -> None:
    read = Reader(html_page(evil_picture()))

    assert read.open == []
    assert {"script", "img"}.isdisjoint(read.tags)
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202e]", "".join(read.text))


@pytest.mark.parametrize("seen", [picture(order_finding(), rules=(rule(),)), evil_picture()])
def test_nothing_is_loaded_and_nothing_runs(seen: Picture) -> None:
    page = html_page(seen)
    read = Reader(page)

    assert {"script", "link", "img", "iframe", "object"}.isdisjoint(read.tags)
    assert read.values("src") == []
    assert all(href.startswith("#") for href in read.values("href"))
    assert "url(" not in page
    assert "default-src &#x27;none&#x27;" in page


def test_every_link_leads_somewhere_and_every_table_has_a_caption() -> None:
    read = Reader(html_page(picture(order_finding(), rules=(rule(),))))
    anchors = read.values("id")

    assert len(anchors) == len(set(anchors))
    assert {href.removeprefix("#") for href in read.values("href")} <= set(anchors)
    assert set(read.values("aria-labelledby")) <= set(anchors)
    assert read.tags.count("table") == read.tags.count("caption") > 0
    assert read.tags.count("h1") == 1


def test_equal_pictures_give_equal_bytes() -> None:
    assert html_page(picture(order_finding())) == html_page(picture(order_finding()))


def test_nothing_compared_is_said_and_not_drawn() -> None:
    page = html_page(picture(evidence=Evidence(), routes=()))

    assert "Nothing was compared, so nothing can be said" in page
    assert "No route was seen." in page


def test_losses_errors_and_unused_rules_are_told() -> None:
    rules = (
        RuleView(id="old", reason="why", is_unused=True),
        RuleView(id="bad", reason="", errors=3),
    )
    page = html_page(
        picture(
            evidence=Evidence(exchanges=2, pairs=2, equal=2, backlog=7, hook_errors=1), rules=rules
        )
    )

    assert "7 exchanges recorded and not compared yet" in page
    assert "1 error inside shadowpact" in page
    assert "unused: it covered nothing" in page
    assert "raised 3 times" in page
    assert "The configuration given does not have this rule." in page


def test_a_slow_route_and_one_left_alone_are_pointed_out() -> None:
    routes = (
        RouteEvidence(route=READY, candidate="orders", pairs=20, equal=20, p50_ratio=10.4),
        RouteEvidence(route=ORDER, candidate="orders", dropped={"write-policy": 2}),
        RouteEvidence(route="GET /health", candidate=None),
    )
    alone = Judgement(verdict="no-evidence", is_left_alone=True)
    seen = picture(
        routes=routes,
        judgements={(READY, "orders"): Judgement(verdict="pass"), (ORDER, "orders"): alone},
    )
    page = html_page(seen)

    assert "slow: its median is 10.40x the baseline&#x27;s" in page
    assert "left alone" in page
    assert "no candidate" in page


def test_many_findings_on_a_route_are_counted() -> None:
    found = [
        finding(sample({}, {}, difference(f"$.n{index}", baseline=1, candidate="1")))
        for index in range(8)
    ]

    assert "and 3 more" in html_page(picture(*found))


def test_a_finding_without_samples_is_shown_without_a_pair() -> None:
    bare = msgspec.structs.replace(order_finding(), samples=())

    assert order_finding().id in html_page(picture(bare))
