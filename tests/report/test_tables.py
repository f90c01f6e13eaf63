import io

import pytest
from rich.console import Console, RenderableType

from shadowpact.model.evidence import RouteEvidence
from shadowpact.report.tables import findings_table, routes_table
from support.reports import order_finding
from support.samples import difference, finding, sample

LONG = "GET /customers/{customer_id}/orders/{order_id}/lines/{line_id}"

FINDINGS = (
    order_finding(),
    finding(
        sample(
            {}, {}, difference("$.a[*].deep", "value-changed", baseline="x" * 90, candidate="y")
        ),
        route=LONG,
        verdict="undecided",
        state="accepted",
    ),
)
ROUTES = (
    RouteEvidence(
        route=LONG,
        candidate="new-orders",
        pairs=1_000_000,
        p50_ratio=10.4,
        p95_ratio=123.45,
        dropped={"write-policy": 16},
        incomparable={"lag": 3},
    ),
    RouteEvidence(route="", candidate=None, dropped={"damaged": 1}),
)


def drawn(what: RenderableType, width: int) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width, highlight=False).print(what)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 140, 200, 10_000])
def test_no_width_loses_an_id_a_route_or_a_place(width: int) -> None:
    lines = drawn(findings_table(FINDINGS, width), width)
    joined = "".join(line.strip() for line in lines)

    for one in FINDINGS:
        assert one.id in joined
        assert one.path in joined.replace(" ", "")
        assert one.route.replace(" ", "") in joined.replace(" ", "")
    assert max(len(line) for line in lines) <= width


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 140, 200, 10_000])
def test_no_width_loses_a_number_of_a_route(width: int) -> None:
    text = "".join(line.strip() for line in drawn(routes_table(ROUTES, width), width))

    for expected in ("1000000", "10.40x", "123.45x", "new-orders", "16 write-policy", "(damaged)"):
        assert expected.replace(" ", "") in text.replace(" ", "")
    assert LONG.replace(" ", "") in text.replace(" ", "")
    assert "…" not in text


@pytest.mark.parametrize("width", [60, 200])
def test_no_line_ends_in_spaces(width: int) -> None:
    tables = (findings_table(FINDINGS, width), routes_table(ROUTES, width))

    assert [line for table in tables for line in drawn(table, width) if line != line.rstrip()] == []


def test_a_wide_terminal_has_one_line_a_finding() -> None:
    lines = drawn(findings_table(FINDINGS[:1], 200), 200)

    assert len(lines) == 3
    assert lines[2].split()[:2] == [FINDINGS[0].id, "real"]
    assert lines[2].endswith('5 → "5"')


def test_a_decision_stands_beside_the_verdict() -> None:
    assert "undecided (accepted)" in " ".join(drawn(findings_table(FINDINGS, 80), 80))


def test_what_looks_like_markup_is_shown_as_it_is() -> None:
    odd = finding(sample({}, {}, difference("$.[red]", baseline="[/bold]", candidate=1)))
    shown = " ".join(drawn(findings_table([odd], 200), 200))

    assert "$.[red]" in shown
    assert "[/bold]" in shown


def test_an_empty_table_is_drawn() -> None:
    assert drawn(findings_table([], 20), 20) == []
    assert drawn(routes_table([], 200), 200)
