import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from shadowpact.model.evidence import Evidence, IgnoredDifferences
from shadowpact.report.text import PIPED_WIDTH, console, evidence_line, plain_text, print_findings
from support.reports import filled_store, order_finding, picture


def told(evidence: Evidence) -> str:
    routes = [view.evidence for view in picture().routes]
    out = io.StringIO()
    print_findings(
        Console(file=out, width=200, highlight=False),
        evidence,
        routes,
        [order_finding()] if evidence.pairs else [],
        [
            IgnoredDifferences(
                rule="builtin:date", route="/", location="header", path="date", kind="m", count=7
            )
        ],
    )
    return out.getvalue()


def test_findings_come_with_routes_ignored_differences_and_the_loss_line() -> None:
    text = told(Evidence(exchanges=3, pairs=2, equal=1, dropped={"lag": 1}))

    assert order_finding().id in text
    assert "7 differences ignored by rules: builtin:date 7" in text
    assert "3 exchanges = 2 compared (1 equal) + 1 dropped + 0 incomparable" in text
    assert "1 dropped (lag): too old when its turn came" in text


def test_no_findings_without_pairs_is_no_good_news() -> None:
    assert "as nothing was compared" in told(Evidence())


def test_what_waits_and_errors_of_our_own_are_told() -> None:
    text = evidence_line(Evidence(backlog=4, lag_ms=1500, hook_errors=2)).plain

    assert "4 more are waiting, the oldest for 1.5 s" in text
    assert "2 errors inside shadowpact's hooks" in text


def test_piped_text_has_no_colours_and_never_wraps(capsys: pytest.CaptureFixture[str]) -> None:
    out = console()
    out.print(f"[red]{'x' * 500}[/red]")

    assert capsys.readouterr().out == "x" * 500 + "\n"
    assert out.width == PIPED_WIDTH


def test_plain_text_is_what_would_be_piped() -> None:
    assert plain_text(lambda out: out.print("y" * 300, style="red")) == "y" * 300 + "\n"


@pytest.mark.parametrize(("variables", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_has_colours_unless_no_color_is_set(
    tmp_path: Path, variables: dict[str, str], is_coloured: bool
) -> None:
    filled_store(tmp_path).close()
    environment = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "FORCE_COLOR"}}
    environment |= {"TERM": "xterm-256color", "COLUMNS": "100", **variables}
    ours, theirs = pty.openpty()
    done = subprocess.run(
        (sys.executable, "-m", "shadowpact", "findings", "--state", str(tmp_path)),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        env=environment,
        timeout=60,
        check=False,
    )
    os.close(theirs)
    shown = os.read(ours, 65_536).decode()
    os.close(ours)

    assert done.returncode == 1
    assert order_finding().id in shown
    assert ("\x1b[1;31m" in shown) is is_coloured
