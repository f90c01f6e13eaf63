"""The report as Markdown, fit for the comment of a pull request."""

import re
from collections.abc import Iterable, Iterator, Sequence

from shadowpact.model.finding import Finding
from shadowpact.report.aligned import Row, side_by_side
from shadowpact.report.curl import curl_command
from shadowpact.report.picture import Picture, RouteView, RuleView, headline, summary
from shadowpact.report.plain import clip, plain
from shadowpact.report.steps import next_steps
from shadowpact.report.wording import (
    amount,
    evidence_sum,
    example,
    listed,
    losses,
    percent,
    route_name,
    times,
    where,
)

LONGEST = 60_000
"""Characters; a comment on GitHub may have 65,536."""

SHOWN_ROUTES = 100
SHOWN_FINDINGS = 50
SHOWN_PAIRS = 5
_LONGEST_PAIR = 4_000

_VERDICTS = {"pass": "✅ may switch", "fail": "❌ fails", "no-evidence": "❔ not known yet"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>&~@:])")


def markdown(picture: Picture) -> str:
    """The report; what does not fit is counted, and equal pictures give equal text."""
    text = ""
    for block in _blocks(picture):
        if len(text) + len(block) > LONGEST:
            return f"{text}\nThe rest does not fit here: `shadowpact report --format html`\n"
        text += f"{block}\n"
    return text


def _blocks(picture: Picture) -> Iterator[str]:
    yield f"## {prose(headline(picture))}\n"
    yield f"{prose(summary(picture))}\n"
    for reason in picture.reasons:
        yield f"> {prose(reason)}\n"
    if picture.routes:
        yield _table(
            ("route", "verdict", "pairs", "equal", "p50", "p95", "not compared"),
            "llrrrrl",
            [_route(view) for view in picture.routes[:SHOWN_ROUTES]],
        )
        yield from _more(picture.routes, SHOWN_ROUTES, "route")
    is_open = [finding for finding in picture.findings if finding.state == "open"]
    yield from _findings(is_open)
    for finding in is_open[:SHOWN_PAIRS]:
        yield from _pair(finding)
    yield "### Evidence\n"
    yield f"{prose(evidence_sum(picture.evidence))}\n"
    yield from _lost(picture)
    yield from _ignored(picture.rules)
    yield "### Next\n"
    for number, step in enumerate(next_steps(picture), 1):
        command = f" {code(step.command)}" if step.command else ""
        yield f"{number}. {prose(step.text)}{command}"


def _route(view: RouteView) -> tuple[str, ...]:
    route, judgement = view.evidence, view.judgement
    verdict = "no candidate" if judgement is None else _VERDICTS[judgement.verdict]
    if judgement is not None and judgement.is_left_alone:
        verdict = "left alone"
    return (
        code(route_name(route.route)),
        verdict,
        f"{route.pairs:,}",
        percent(route.equal, route.pairs),
        times(route.p50_ratio),
        times(route.p95_ratio),
        prose(listed({**route.dropped, **route.incomparable})),
    )


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    if not findings:
        return
    yield f"### {amount(len(findings), 'open finding')}\n"
    lines = [
        (
            code(finding.id),
            f"**{finding.verdict}**" if finding.verdict == "real" else finding.verdict,
            code(route_name(finding.route)),
            code(where(finding.location, finding.path)),
            finding.kind,
            f"{finding.pairs:,} of {finding.route_pairs:,}",
            code(clip(example(finding), 100)) if example(finding) else "",
        )
        for finding in findings[:SHOWN_FINDINGS]
    ]
    names = ("finding", "verdict", "route", "where", "what", "pairs", "baseline → candidate")
    yield _table(names, "lllllrl", lines)
    yield from _more(findings, SHOWN_FINDINGS, "finding")


def _pair(finding: Finding) -> Iterator[str]:
    if not finding.samples:
        return
    sample = finding.samples[0]
    diff = "\n".join(diff_lines(side_by_side(finding, sample)))
    body = "\n\n".join(
        (fenced(curl_command(sample.request), "sh"), fenced(clip(diff, _LONGEST_PAIR), "diff"))
    )
    place = html_text(f"{finding.id}: {finding.route} {where(finding.location, finding.path)}")
    yield f"<details><summary>{place}</summary>\n\n{body}\n\n</details>\n"


def diff_lines(rows: Iterable[Row]) -> Iterator[str]:
    """The rows as a diff: ``-`` the baseline, ``+`` the candidate, ``~`` ignored by a rule."""
    for row in rows:
        if row.baseline is None and row.candidate is None:
            yield f"  … {row.note}"
            continue
        if row.state == "equal":
            yield f"  {row.baseline.text if row.baseline else ''}".rstrip()
            continue
        note = f"   ({row.note})" if row.note else ""
        first, second = ("~", "~") if note else ("-", "+")
        if row.baseline is not None:
            yield f"{first} {row.baseline.text}{note}".rstrip()
        if row.candidate is not None:
            yield f"{second} {row.candidate.text}{note}".rstrip()


def _lost(picture: Picture) -> Iterator[str]:
    evidence = picture.evidence
    lines = [
        (code(reason), word, f"{count:,}", prose(meaning))
        for word, reason, count, meaning in losses(evidence)
    ]
    if lines:
        yield _table(("reason", "ended as", "exchanges", "because"), "llrl", lines)
    if evidence.backlog:
        yield f"{amount(evidence.backlog, 'exchange')} recorded and not compared yet.\n"
    if evidence.hook_errors:
        yield f"{amount(evidence.hook_errors, 'error')} inside shadowpact's own hooks.\n"


def _ignored(rules: Sequence[RuleView]) -> Iterator[str]:
    if not rules:
        return
    yield "### Ignored\n"
    lines = [
        (
            code(rule.id),
            prose(rule.reason),
            "unused" if rule.is_unused else f"{rule.count:,}",
            f"raised {rule.errors:,} times" if rule.errors else "",
        )
        for rule in rules
    ]
    yield _table(("rule", "why", "times", ""), "llrl", lines)


def _more(shown: Sequence[object], most: int, name: str) -> Iterator[str]:
    if (rest := len(shown) - most) > 0:
        yield f"and {amount(rest, f'more {name}')}\n"


def _table(names: Sequence[str], alignment: str, lines: Iterable[Sequence[str]]) -> str:
    rules = ["--:" if side == "r" else "---" for side in alignment]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (names, rules, *lines))


def prose(text: str) -> str:
    """Text in which nothing is markup, no name is mentioned and nothing becomes a link."""
    return _SPECIAL.sub(r"\\\1", plain(text)).replace("\\@", "@\u200b").replace("\\:", ":\u200b")


def code(text: str) -> str:
    """A code span, also where the text has back-ticks, and in a cell of a table."""
    body = plain(text).replace("|", "\\|")
    runs = [len(run) for run in re.findall("`+", body)]
    fence = "`" * (max(runs, default=0) + 1)
    space = " " if body[:1] == "`" or body[-1:] == "`" else ""
    return f"{fence}{space}{body}{space}{fence}"


def fenced(text: str, language: str) -> str:
    """A block of code; its fence is longer than any run of back-ticks inside."""
    runs = [len(run) for run in re.findall("`+", text)]
    fence = "`" * max(3, max(runs, default=0) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def html_text(text: str) -> str:
    """Text inside of an HTML element of Markdown."""
    escaped = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]@:])", lambda found: f"&#{ord(found[0])};", escaped)
