import pytest

from shadowpact.contracts.interaction import explained_by, floor, key_of, narrow, notes_of
from support.build import request
from support.samples import difference, finding, sample, status_difference

SECRET = request(target="/orders/17", headers=((b"authorization", b"[redacted]"),))
SHOWN = sample({"price": 1}, {"price": "1"}, difference("$.price", baseline=1, candidate="1"))


def test_a_key_is_the_same_for_the_same_parts_and_no_others() -> None:
    assert key_of("floor", "web", "orders", 200) == key_of("floor", "web", "orders", 200)
    assert key_of("floor", "a", "bc") != key_of("floor", "ab", "c")
    assert key_of("floor", "a").startswith("floor-")


def test_a_floor_says_what_it_is_and_which_findings_break_it() -> None:
    shown = sample({}, {}, status_difference(200, 500), asked=SECRET)
    broken = finding(shown)
    made = floor(
        key="k",
        route="GET /orders/{id}",
        shape="abc",
        sample=shown,
        expected={"status": 200},
        failing=[broken],
    )
    notes = notes_of(made)

    assert (made["pending"], made["description"]) == (
        True,
        "GET /orders/{id} answers 200 (shape abc)",
    )
    assert notes.findings == (broken.id,)
    assert notes.credentials == ("authorization",)
    assert notes.text == (
        "Names and types that all answers seen have in common.",
        f"Known to fail: {broken.id}: status value-changed, baseline 200, candidate 500",
        "Needs credentials that are not kept here: authorization.",
    )


def test_the_parameters_of_a_route_are_a_provider_state() -> None:
    made = narrow(
        key="k",
        finding=finding(SHOWN),
        sample=SHOWN,
        expected={"status": 200},
        says="x",
        is_pending=True,
    )

    assert made["providerStates"] == [
        {"name": "GET /orders/{id} answers 200", "params": {"id": "1"}}
    ]


def test_a_finding_is_told_in_words() -> None:
    made = narrow(
        key="k",
        finding=finding(SHOWN),
        sample=SHOWN,
        expected={"status": 200},
        says="$.price is a number",
        is_pending=True,
    )
    (line,) = notes_of(made).text

    assert line.endswith('body $.price type-changed, baseline 1, candidate "1"')
    assert made["description"].startswith("GET /orders/{id}: $.price is a number (fnd_")


@pytest.mark.parametrize(
    "comments", [None, "text", {}, {"shadowpact": 5}, {"shadowpact": {"findings": 5}}]
)
def test_comments_of_others_say_nothing(comments: object) -> None:
    assert notes_of({"comments": comments}).kind == ""


def test_findings_that_break_a_kept_interaction_are_added_to_its_comments() -> None:
    held = {"key": "k", "comments": {"text": ["by hand"], "shadowpact": {"findings": ["fnd_a"]}}}
    told = finding(SHOWN)

    assert explained_by(held, []) is held
    assert notes_of(explained_by(held, [told])).findings == tuple(sorted(("fnd_a", told.id)))
    assert notes_of(explained_by(held, [told])).text == ("by hand",)
