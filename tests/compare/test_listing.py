import pytest

from shadowpact.compare import Comparer
from shadowpact.compare.listing import LISTED, LISTED_PER_PATH
from shadowpact.compare.settings import Rule
from support.build import response

IGNORED = Rule(id="noise", kind="ignore", reason="noise", path=f"$.a[0:{LISTED_PER_PATH + 500}]")


def test_what_no_rule_covers_is_listed_however_much_a_rule_covers_before_it() -> None:
    count = LISTED_PER_PATH + 501
    baseline, candidate = {"a": [0] * count}, {"a": [[n] for n in range(count)]}

    comparison = Comparer([IGNORED]).compare(response(baseline), response(candidate))

    assert not comparison.equal
    assert [one.path for one in comparison.differences if one.ignored_by is None] != []


@pytest.mark.parametrize("names", [LISTED - 1, LISTED, LISTED + 5])
def test_the_first_open_difference_is_listed_in_a_full_list_too(names: int) -> None:
    rule = Rule(id="noise", kind="ignore", reason="noise", path="$.noise")
    baseline = {"noise": {str(n): n for n in range(names)}, "total": 1}
    candidate = {"noise": {str(n): str(n) for n in range(names)}, "total": 2}

    comparison = Comparer([rule]).compare(response(baseline), response(candidate))

    assert [one.path for one in comparison.differences if one.ignored_by is None] == ["$.total"]
