from itertools import permutations

import pytest

from shadowpact.model.difference import SEVERITIES, Difference, Location, worst


def status(baseline: object, candidate: object, location: Location = "status") -> Difference:
    return Difference(
        location=location,
        path="",
        general_path="",
        kind="value-changed",
        severity="changed",
        baseline=baseline,
        candidate=candidate,
    )


@pytest.mark.parametrize(("baseline", "candidate"), [(200, 404), (301, 200), (404, 500)])
def test_another_class_of_status_is_told_apart(baseline: int, candidate: int) -> None:
    assert status(baseline, candidate).is_status_class


@pytest.mark.parametrize(("baseline", "candidate"), [(200, 201), (404, 410), (500, 503)])
def test_another_code_of_the_same_class_is_not(baseline: int, candidate: int) -> None:
    assert not status(baseline, candidate).is_status_class


def test_no_answer_at_all_counts_as_another_class() -> None:
    assert status(200, None).is_status_class


def test_a_body_has_no_class() -> None:
    assert not status(200, 404, "body").is_status_class


def test_the_worse_of_two_severities_is_the_same_in_either_order() -> None:
    for one, other in permutations(SEVERITIES, 2):
        expected = SEVERITIES[min(SEVERITIES.index(one), SEVERITIES.index(other))]

        assert worst(one, other) == worst(other, one) == expected
    assert worst("cosmetic", "cosmetic") == "cosmetic"
