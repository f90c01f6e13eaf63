"""Findings in HTML: both values, and the minimal pair side by side."""

from collections.abc import Sequence

from shadowpact.model.finding import Finding
from shadowpact.model.pair import Sample
from shadowpact.report.aligned import Cell, Row, side_by_side
from shadowpact.report.bars import share_bar
from shadowpact.report.curl import curl_command
from shadowpact.report.elements import Html, element, joined
from shadowpact.report.plain import clip
from shadowpact.report.wording import (
    KINDS,
    amount,
    anchor,
    moment,
    percent,
    route_name,
    shown_difference,
    values,
    where,
)

SHOWN_IN_FULL = 60
"""Findings with their minimal pair; the others are one line each."""

_CHIPS = {"real": "bad", "undecided": "open"}


def finding_articles(findings: Sequence[Finding]) -> list[Html]:
    """Open findings first, in full; then those that were decided on; then the rest in a table."""
    if not findings:
        return [element("p", "Nothing differs that no rule covers.", class_="soft")]
    ordered = sorted(findings, key=lambda finding: finding.state != "open")
    articles = [_article(finding) for finding in ordered[:SHOWN_IN_FULL]]
    rest = ordered[SHOWN_IN_FULL:]
    return [*articles, _rest(rest)] if rest else articles


def _article(finding: Finding) -> Html:
    place = where(finding.location, finding.path)
    name = f"{anchor(finding)}-title"
    state = None
    if finding.state != "open":
        state = element("span", finding.state, class_="chip")
    top = element(
        "div",
        element("span", finding.verdict, class_=f"chip {_CHIPS.get(finding.verdict, '')}".strip()),
        state,
        element("h3", element("code", route_name(finding.route)), f" {place}", id=name),
        element("code", finding.id, class_="id"),
        class_="top",
    )
    return element(
        "article",
        top,
        _seen(finding),
        _values(finding),
        _pair(finding, finding.samples[0]) if finding.samples else None,
        class_="finding",
        id=anchor(finding),
        aria_labelledby=name,
    )


def _seen(finding: Finding) -> Html:
    share = percent(finding.pairs, finding.route_pairs)
    told = (
        f"{KINDS[finding.kind].capitalize()} ({finding.kind}, {finding.severity}): in "
        f"{finding.pairs:,} of {amount(finding.route_pairs, 'pair')} ({share}), "
        f"{amount(finding.count, 'difference')} in all, from {moment(finding.first_seen_at)} to "
        f"{moment(finding.last_seen_at)}."
    )
    style = _CHIPS.get(finding.verdict, "calm")
    bar = share_bar(min(finding.pairs, finding.route_pairs), finding.route_pairs, style)
    return element("div", told, bar if finding.route_pairs else None, class_="seen")


def _values(finding: Finding) -> Html | None:
    difference = shown_difference(finding)
    if difference is None:
        return None
    if difference.message:
        return element("p", difference.message)
    ours, theirs = values(difference)
    return element(
        "dl",
        element("div", element("dt", "baseline"), element("dd", _code(ours))),
        element("div", element("dt", "candidate"), element("dd", _code(theirs))),
        class_="values",
    )


def _code(value: str) -> Html:
    return element("code", clip(value, 600))


def _pair(finding: Finding, sample: Sample) -> Html:
    rows = side_by_side(finding, sample)
    asked = f"{sample.request.method} {clip(sample.request.target, 120)}"
    return element(
        "details",
        element("summary", f"The smallest pair that shows it: {asked}"),
        element("h4", "The request again"),
        element("pre", element("code", curl_command(sample.request))),
        element(
            "table",
            element(
                "caption", "Both answers to it, what is equal and far from a difference left out"
            ),
            element(
                "thead",
                element(
                    "tr",
                    element("th", "baseline", scope="col"),
                    element("th", "candidate", scope="col"),
                ),
            ),
            element("tbody", *(_row(row) for row in rows)),
            class_="pair code",
        ),
        open="" if finding.verdict == "real" and finding.state == "open" else None,
    )


_SAID = {"this": "this finding", "other": "differs, too"}


def _row(row: Row) -> Html:
    if row.baseline is None and row.candidate is None:
        return element("tr", element("td", row.note, colspan="2"), class_="gap")
    if row.state == "equal":
        return element(
            "tr", _cell(row.baseline, "", "a"), _cell(row.candidate, "", "b"), class_="equal"
        )
    said = row.note or _SAID.get(row.state, "")
    is_seen = bool(row.note)
    return element(
        "tr",
        _cell(row.baseline, "−", "a", said if is_seen else "", is_seen=is_seen),  # noqa: RUF001 a minus, as wide as the plus
        _cell(row.candidate, "+", "b", said, is_seen=is_seen),
        class_=row.state,
    )


def _cell(
    cell: Cell | None, sign: str, side: str, said: str = "", *, is_seen: bool = False
) -> Html:
    if cell is None:
        return element("td", class_=f"{side} none")
    note = None
    if said:
        note = element("span", f"  {said}", class_="note" if is_seen else "sr")
    return element(
        "td",
        element("span", sign, class_="sign") if sign else None,
        cell.before,
        element("mark", cell.marked) if cell.marked else None,
        cell.after,
        note,
        class_=side,
    )


def _rest(findings: Sequence[Finding]) -> Html:
    lines = [
        element(
            "tr",
            element("th", element("code", finding.id), scope="row", id=anchor(finding)),
            element("td", element("code", route_name(finding.route)), data_label="route"),
            element("td", where(finding.location, finding.path), data_label="where"),
            element("td", finding.kind, data_label="what"),
            element("td", finding.verdict, data_label="verdict"),
            element("td", f"{finding.pairs:,}", class_="n", data_label="pairs"),
        )
        for finding in findings
    ]
    names = ("finding", "route", "where", "what", "verdict", "pairs")
    heads = [element("th", name, scope="col") for name in names]
    caption = f"{amount(len(findings), 'more finding')}; see each with: shadowpact findings show ID"
    return joined(
        element(
            "table",
            element("caption", caption),
            element("thead", element("tr", *heads)),
            element("tbody", *lines),
            class_="cards",
        )
    )
