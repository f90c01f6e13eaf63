"""The report as one HTML file: no script, nothing loaded from anywhere, everything escaped."""

from collections.abc import Iterable
from pathlib import Path

from shadowpact.model.evidence import Evidence
from shadowpact.report.bars import Part, share_bar, stacked_bar, swatch
from shadowpact.report.elements import Html, element, joined
from shadowpact.report.page_findings import finding_articles
from shadowpact.report.picture import Judgement, Picture, RouteView, RuleView, headline, summary
from shadowpact.report.plain import clip
from shadowpact.report.steps import Step, next_steps
from shadowpact.report.wording import (
    amount,
    anchor,
    evidence_sum,
    losses,
    percent,
    route_name,
    times,
    where,
)

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Nothing may run or be loaded, should something ever get past the escaping."""

_WORDS = (
    ("baseline", "The service whose answers count as right: the monolith."),
    ("candidate", "The new service. It got copies of the requests; clients saw the baseline only."),
    ("pair", "One request with both answers."),
    ("real", "Certain: a kind of difference that chance does not produce, seen at least twice."),
    ("undecided", "Could still be noise that nobody has measured; somebody has to decide."),
    ("noise", "The baseline differs from itself here as often."),
    ("ignored", "Covered by a rule; kept, with the rule that covers it."),
    ("dropped", "Not mirrored or not recorded, with the reason."),
    ("incomparable", "Mirrored, but without a fair comparison, with the reason."),
)

_CHIPS = {"pass": ("good", "may switch"), "fail": ("bad", "fails")}


def html_page(picture: Picture) -> str:
    """The report as an HTML document; equal pictures give equal text."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("title", f"{headline(picture)} - shadowpact"),
        element("style", Html(Path(__file__).with_name("page.css").read_text("utf-8"))),
    )
    body = element("body", _header(picture), _main(picture), _footer())
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _header(picture: Picture) -> Html:
    sections = (("next", "Next steps"), ("evidence", "Evidence"), ("routes", "Routes"))
    more = (("findings", "Findings"), ("ignored", "Ignored"))
    links = [element("a", name, href=f"#{anchor}") for anchor, name in (*sections, *more)]
    return element(
        "header",
        element("p", "shadowpact report", class_="name"),
        element("h1", headline(picture)),
        element("p", summary(picture), class_="lead"),
        _tiles(picture),
        element("nav", *links, aria_label="Sections"),
    )


def _tiles(picture: Picture) -> Html:
    evidence = picture.evidence
    ready, real = len(picture.routes_that("pass")), len(picture.open_findings("real"))
    undecided = len(picture.open_findings("undecided"))
    return element(
        "dl",
        _tile("Routes that may switch", ready, f"of {len(picture.judged)}", "good"),
        _tile("Real findings", real, "open", "bad"),
        _tile("Undecided", undecided, "open", "open"),
        _tile("Compared", evidence.pairs, f"of {evidence.exchanges:,} exchanges", ""),
        class_="tiles",
    )


def _tile(name: str, number: int, of: str, style: str) -> Html:
    value = element("span", f"{number:,}", class_=style if number and style else None)
    return element(
        "div",
        element("dt", name),
        element("dd", value, " ", element("span", of, class_="of")),
    )


def _main(picture: Picture) -> Html:
    return element(
        "main",
        _section("next", "What to do next", _steps(next_steps(picture))),
        _section("evidence", "Evidence", _evidence(picture.evidence)),
        _section("routes", "Routes", _reasons(picture.reasons), _routes(picture.routes)),
        _section("findings", "Findings", *finding_articles(picture.findings)),
        _section("ignored", "What was ignored, and why", _rules(picture.rules)),
    )


def _section(anchor: str, title: str, *content: Html) -> Html:
    name = f"{anchor}-title"
    heading = element("h2", title, id=name)
    return element("section", heading, *content, id=anchor, aria_labelledby=name)


def _steps(steps: Iterable[Step]) -> Html:
    items = [
        element(
            "li",
            step.text,
            joined(element("br"), element("code", step.command)) if step.command else None,
        )
        for step in steps
    ]
    return element("ol", *items, class_="steps")


def _evidence(evidence: Evidence) -> Html:
    parts = [
        Part("equal", evidence.equal, "good"),
        Part("differing", evidence.pairs - evidence.equal, "bad"),
        Part("dropped", sum(evidence.dropped.values()), "calm"),
        Part("incomparable", sum(evidence.incomparable.values()), "open"),
    ]
    keys = [
        element("li", swatch(part.style), f"{part.count:,} {part.name}")
        for part in parts
        if part.count
    ]
    return joined(
        stacked_bar(parts),
        element("ul", *keys, class_="key"),
        element("p", f"{evidence_sum(evidence)}."),
        _waiting(evidence),
        _losses(evidence),
    )


def _waiting(evidence: Evidence) -> Html:
    told = []
    if evidence.backlog:
        told.append(f"{amount(evidence.backlog, 'exchange')} recorded and not compared yet.")
    if evidence.hook_errors:
        told.append(f"{amount(evidence.hook_errors, 'error')} inside shadowpact's own hooks.")
    return joined(*(element("p", text, class_="open") for text in told))


def _losses(evidence: Evidence) -> Html:
    lines = [
        element(
            "tr",
            element("th", reason, scope="row"),
            element("td", word, data_label="ended as"),
            element("td", f"{count:,}", class_="n alone", data_label="exchanges"),
            element("td", meaning, data_label="because"),
        )
        for word, reason, count, meaning in losses(evidence)
    ]
    if not lines:
        return element("p", "Every exchange that ended was compared.", class_="soft")
    heads = _heads(("reason", ""), ("ended as", ""), ("exchanges", "n"), ("because", ""))
    caption = element("caption", "What was not compared, every one with its reason")
    return element("table", caption, heads, element("tbody", *lines), class_="cards")


def _heads(*names: tuple[str, str]) -> Html:
    cells = [element("th", name, scope="col", class_=style or None) for name, style in names]
    return element("thead", element("tr", *cells))


def _reasons(reasons: Iterable[str]) -> Html:
    return joined(*(element("p", reason, class_="open") for reason in reasons))


def _routes(routes: Iterable[RouteView]) -> Html:
    lines = [_route(route) for route in routes]
    if not lines:
        return element("p", "No route was seen.", class_="soft")
    heads = _heads(
        *(("route", ""), ("verdict", ""), ("candidate", "")),
        *(("pairs", "n"), ("equal", "n"), ("p50", "n"), ("p95", "n")),
    )
    caption = element(
        "caption",
        "p50 and p95: the candidate's latency over the baseline's, at the median and at the "
        "95th percentile; below 1 the candidate is faster",
    )
    return element("table", caption, heads, element("tbody", *lines), class_="cards")


def _route(view: RouteView) -> Html:
    route = view.evidence
    slow = element("span", times(route.p50_ratio), class_="open" if view.is_slow else None)
    bar = share_bar(route.equal, route.pairs, "good", "bad")
    return element(
        "tr",
        element("th", element("code", route_name(route.route)), scope="row"),
        element("td", element("div", _chip(view.judgement), _why(view)), data_label="verdict"),
        element("td", route.candidate or "-", data_label="candidate"),
        element("td", f"{route.pairs:,}", class_="n", data_label="pairs"),
        element(
            "td",
            element("span", percent(route.equal, route.pairs), bar if route.pairs else None),
            class_="n",
            data_label="equal",
        ),
        element("td", slow, class_="n", data_label="p50"),
        element("td", times(route.p95_ratio), class_="n", data_label="p95"),
    )


def _chip(judgement: Judgement | None) -> Html:
    if judgement is None:
        return element("span", "no candidate", class_="chip")
    if judgement.is_left_alone:
        return element("span", "left alone", class_="chip")
    style, name = _CHIPS.get(judgement.verdict, ("open", "not known yet"))
    return element("span", name, class_=f"chip {style}")


def _why(view: RouteView) -> Html:
    """The reasons; findings as links instead of the gate's words for them."""
    judgement = view.judgement
    reasons = [r for r in judgement.reasons if "finding" not in r] if judgement else []
    if not view.findings:
        reasons += _confidence(judgement)
    if view.is_slow:
        reasons.append(f"slow: its median is {times(view.evidence.p50_ratio)} the baseline's")
    links = [
        joined(
            element("a", where(finding.location, finding.path), href=f"#{anchor(finding)}"),
            f" {finding.kind}",
        )
        for finding in view.findings[:5]
    ]
    if (rest := len(view.findings) - 5) > 0:
        links.append(element("span", f"and {rest} more"))
    return joined(*(element("span", told, class_="why") for told in [*links, *reasons]))


def _confidence(judgement: Judgement | None) -> list[str]:
    if judgement is None or judgement.verdict != "pass" or judgement.max_mismatch_rate is None:
        return []
    return [f"at most {judgement.max_mismatch_rate:.1%} differ (95 % confidence)"]


def _rules(rules: Iterable[RuleView]) -> Html:
    lines = [_rule(rule) for rule in rules]
    if not lines:
        return element("p", "Nothing was ignored.", class_="soft")
    heads = _heads(("rule", ""), ("why", ""), ("where", ""), ("times", "n"))
    caption = element("caption", "Differences that a rule covers; they are kept, and open nothing")
    return element("table", caption, heads, element("tbody", *lines), class_="cards")


def _rule(rule: RuleView) -> Html:
    said = [f"{route_name(p.route)} {where(p.location, p.path)}" for p in rule.places]
    places = list(dict.fromkeys(said))
    shown = [element("span", clip(place, 120), class_="why") for place in places[:4]]
    if len(places) > 4:
        shown.append(element("span", f"and {len(places) - 4} more places", class_="why"))
    if rule.is_unused:
        shown = [element("span", "unused: it covered nothing", class_="open")]
    if rule.errors:
        shown.append(
            element("span", f"raised {rule.errors:,} times, hid nothing there", class_="bad")
        )
    reason = rule.reason or "The configuration given does not have this rule."
    return element(
        "tr",
        element("th", element("code", rule.id), scope="row"),
        element("td", reason, data_label="why"),
        element("td", element("span", *shown), data_label="where"),
        element("td", f"{rule.count:,}", class_="n alone", data_label="times"),
    )


def _footer() -> Html:
    words = [joined(element("dt", word), element("dd", text)) for word, text in _WORDS]
    return element(
        "footer",
        element("h2", "The words"),
        element("dl", *words, class_="words"),
        element("p", "Credentials were taken out before anything was stored."),
    )
