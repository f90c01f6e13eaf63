import pytest

from shadowpact.model.alias import Replacement, UnknownAlias
from shadowpact.replay.explain import Change, Explained
from shadowpact.report.explained import REASONS, print_explained
from shadowpact.report.text import plain_text

EXPLAINED = {
    "sequence": 7,
    "route": "GET /orders/{id}",
    "candidate": "shop",
    "session": "client:c1",
    "refused": "",
    "recorded": "GET /orders/12",
    "sent": "GET /orders/81",
    "replacements": (),
    "unknown": (),
}
PATH = Replacement(where="path", kind="order", recorded="12", sent="81", learnt_from="exc_run_3")


def told(**fields: object) -> list[str]:
    explained = Explained(**{**EXPLAINED, **fields})  # type: ignore[arg-type]  # its fields
    return plain_text(lambda out: print_explained(out, explained)).splitlines()


def test_it_says_what_replaces_what_and_where_that_was_learnt() -> None:
    assert told(replacements=(PATH,)) == [
        "Request 7: GET /orders/12",
        "route      GET /orders/{id}",
        "session    client:c1",
        "sent to    shop as GET /orders/81",
        "",
        "Rewritten",
        "  path: 12 → 81   the candidate's own order, learnt from exc_run_3",
    ]


def test_what_is_taken_out_is_shown_as_that() -> None:
    token = Replacement(
        where="header:authorization", kind="token", recorded="[redacted]", sent="[redacted]",
        learnt_from="exc_run_1",
    )  # fmt: skip

    assert "[redacted] → [redacted]" in told(replacements=(token,))[-1]


def test_what_is_not_sent_says_why_and_no_more() -> None:
    assert told(refused="dropped: write-policy", replacements=(PATH,))[3:] == [
        "not sent   dropped: write-policy"
    ]


def test_nothing_to_rewrite_is_said() -> None:
    assert told()[-1] == "Nothing is rewritten: no alias is known for what it holds."


def test_what_the_configuration_changes_is_said() -> None:
    change = Change(where="header:x-tenant", why="set-headers")

    assert told(changes=(change,))[-2:] == [
        "Changed by the configuration",
        "  header:x-tenant: set-headers",
    ]


@pytest.mark.parametrize("reason", [*REASONS, "of-tomorrow"])
def test_what_is_unknown_says_why(reason: str) -> None:
    use = UnknownAlias(
        where="$.order_id", kind="order", recorded=12, is_certain=False, differs=True, reason=reason
    )
    text = told(unknown=(use,))[-1]

    assert text.startswith("  $.order_id: 12 (order): ")
    assert REASONS.get(reason, reason) in text
    assert text.endswith("(perhaps it is the same there)")


def test_what_came_over_the_wire_steers_nobody() -> None:
    text = "\n".join(told(recorded="GET /\x1b[31m", sent="GET /[bold]x[/bold]"))

    assert "\x1b" not in text
    assert "[bold]x[/bold]" in text
