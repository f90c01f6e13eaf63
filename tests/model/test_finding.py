import pytest

from shadowpact.model.finding import finding_id, fingerprint

PARTS = ("GET /orders/{id}", "body", "$.items[*].price", "type-changed")


def test_a_fingerprint_is_the_same_on_every_machine() -> None:
    assert fingerprint(*PARTS) == "aab8c059c2660bfe3137d0d3074973b1"


@pytest.mark.parametrize("place", range(4))
def test_every_part_tells_findings_apart(place: int) -> None:
    other = [*PARTS]
    other[place] += "x"

    assert fingerprint(*other) != fingerprint(*PARTS)


def test_parts_do_not_run_into_each_other() -> None:
    assert fingerprint("a", "bc", "d", "e") != fingerprint("ab", "c", "d", "e")


def test_a_name_that_is_no_text_has_a_fingerprint_too() -> None:
    assert len(fingerprint("GET /", "body", "$.\ud800", "added")) == 32


def test_the_short_name_begins_with_its_kind() -> None:
    assert finding_id("0123456789abcdef0123456789abcdef") == "fnd_0123456789ab"
