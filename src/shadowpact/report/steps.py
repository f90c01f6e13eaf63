"""What to do next, out of what the picture shows."""

from collections.abc import Iterator, Sequence

import msgspec

from shadowpact.model.finding import Finding
from shadowpact.report.picture import Picture, RouteView
from shadowpact.report.wording import amount, route_name, times, where

NAMED = 5
"""Routes named in one step."""


class Step(msgspec.Struct, frozen=True):
    """One thing to do.

    Attributes:
        text: A sentence.
        command: What to type; empty when there is nothing.
    """

    text: str
    command: str = ""


def next_steps(picture: Picture) -> tuple[Step, ...]:
    """What to do, most pressing first."""
    return tuple(_steps(picture))


def _steps(picture: Picture) -> Iterator[Step]:
    evidence = picture.evidence
    if evidence.hook_errors:
        errors = amount(evidence.hook_errors, "error")
        yield Step(f"Look into {errors} inside shadowpact's own hooks: some traffic was not seen.")
    if evidence.backlog:
        yield Step(
            f"Let the worker finish: {amount(evidence.backlog, 'exchange')} recorded and not "
            "compared yet.",
            "shadowpact worker --drain",
        )
    if not evidence.pairs:
        yield Step("Send traffic through the proxy, or replay a recording.", "shadowpact status")
        return
    yield from _about_findings(picture)
    yield from _about_routes(picture)
    yield from _about_rules(picture)
    if picture.routes_that("fail") or picture.routes_that("no-evidence"):
        yield Step(
            "Turn what was seen into contracts, so that what is fixed stays fixed.",
            "shadowpact contracts build",
        )


def _about_findings(picture: Picture) -> Iterator[Step]:
    if real := picture.open_findings("real"):
        yield Step(
            f"Fix {amount(len(real), 'real finding')} in the candidate; begin with "
            f"{_named(real[0])}.",
            f"shadowpact findings show {real[0].id}",
        )
    if undecided := picture.open_findings("undecided"):
        it = "it" if len(undecided) == 1 else "each"
        yield Step(
            f"Decide on {amount(len(undecided), 'undecided finding')}: fix {it}, accept {it} as "
            "intended, or write a rule where it is noise. Begin with "
            f"{_named(undecided[0])}.",
            f"shadowpact findings show {undecided[0].id}",
        )


def _named(finding: Finding) -> str:
    place = where(finding.location, finding.path)
    share = f"{finding.pairs} of {amount(finding.route_pairs, 'pair')}"
    return f"{place} on {route_name(finding.route)} ({share})"


def _about_routes(picture: Picture) -> Iterator[Step]:
    if slow := [route for route in picture.routes if route.is_slow]:
        named = [
            f"{route_name(r.evidence.route)} (median {times(r.evidence.p50_ratio)})" for r in slow
        ]
        yield Step(f"Look at what has become slow before it is switched: {_joined(named)}.")
    unknown = [r for r in picture.routes_that("no-evidence") if not r.findings]
    if unknown:
        yield Step(f"Gather more evidence on {_joined(_names(unknown))}.")
    if alone := picture.routes_that("no-evidence", left_alone=True):
        yield Step(
            f"Decide how to prove {_joined(_names(alone))}: nothing of it is mirrored, on purpose "
            "(writes are off)."
        )
    if ready := [r for r in picture.routes_that("pass") if not r.is_slow]:
        yield Step(f"Switch {_joined(_names(ready))}.")


def _about_rules(picture: Picture) -> Iterator[Step]:
    unused = [rule.id for rule in picture.rules if rule.is_unused]
    if unused:
        word = "rule" if len(unused) == 1 else "rules"
        yield Step(
            f"Remove or mend the {word} {_joined(unused)}: nothing was covered.",
            "shadowpact rules check",
        )
    raised = [rule.id for rule in picture.rules if rule.errors]
    if raised:
        word = "rule" if len(raised) == 1 else "rules"
        yield Step(f"Mend the {word} {_joined(raised)}, which raised and hid nothing there.")


def _names(routes: Sequence[RouteView]) -> list[str]:
    return [route_name(route.evidence.route) for route in routes]


def _joined(names: Sequence[str]) -> str:
    named = list(names[:NAMED])
    if len(names) > NAMED:
        return f"{', '.join(named)} and {len(names) - NAMED} more"
    return f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else "".join(named)
