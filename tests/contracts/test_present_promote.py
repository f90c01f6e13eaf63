from pathlib import Path

from shadowpact.contracts.present_promote import Waiting, promote_document, promote_lines
from support.verified import ALL, text_of

PROMOTED = {Path("a.json"): ["k1"]}
WAITING = [Waiting(name="k2", passes=2)]


def test_promoting_says_what_is_binding_now_and_what_is_on_its_way() -> None:
    text = text_of(promote_lines(ALL, PROMOTED, WAITING, passes=3))

    assert text.splitlines() == [
        "binding now     k1  a.json",
        "passed          k2  2 of 3 times in a row",
        "orders: fail, 3 of 6 interactions block",
    ]


def test_nothing_to_promote_is_said() -> None:
    assert "nothing to promote" in text_of(promote_lines(None, {}))


def test_the_document_is_the_verifications_and_more() -> None:
    document = promote_document(ALL, PROMOTED, WAITING)

    assert document["schema"] == "shadowpact/contracts-promote/1"
    assert document["promoted"] == {"a.json": ["k1"]}
    assert document["waiting"] == [{"key": "k2", "passes": 2}]
    assert document["verdict"] == "fail"
