import pytest

from shadowpact.findings.verdict import SEEN_AT_LEAST, verdict
from shadowpact.model.difference import Kind


@pytest.mark.parametrize("kind", ["type-changed", "missing", "added"])
def test_a_deterministic_kind_is_real_once_it_was_seen_twice(kind: Kind) -> None:
    assert verdict(kind, False, SEEN_AT_LEAST - 1) == "undecided"
    assert verdict(kind, False, SEEN_AT_LEAST) == "real"


@pytest.mark.parametrize(
    "kind", ["value-changed", "representation-changed", "order-changed", "length-changed"]
)
def test_what_could_be_noise_stays_undecided_however_often_it_is_seen(kind: Kind) -> None:
    assert verdict(kind, False, 10_000) == "undecided"


def test_a_changed_class_of_the_status_is_deterministic() -> None:
    assert verdict("value-changed", True, SEEN_AT_LEAST - 1) == "undecided"
    assert verdict("value-changed", True, SEEN_AT_LEAST) == "real"
