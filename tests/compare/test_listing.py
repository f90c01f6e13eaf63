import json
import tracemalloc

import pytest

from shadowpact import compare
from shadowpact.compare import Comparer
from shadowpact.compare.listing import LISTED, LISTED_CHARACTERS, LISTED_PER_PATH
from shadowpact.compare.settings import Rule
from support.build import response

JSON = "application/json"
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


def nested(depth: int, value: object, **beside: object) -> bytes:
    members = "".join(f'"{name}":{one},' for name, one in beside.items())
    return (f'{{{members}"a":' * depth + f"{value}" + "}" * depth).encode()


@pytest.mark.parametrize("depth", [10, 999, 1001, 10_000])
def test_a_path_is_whole_however_deep(depth: int) -> None:
    [item] = compare(nested(depth, 1), nested(depth, 2), content_type=JSON).differences

    assert item.path == "$" + ".a" * depth
    assert item.general_path == item.path
    assert item.label == ""


@pytest.mark.parametrize("name", ["a", "a" * 1_000])
def test_a_label_is_whole_however_long(name: str) -> None:
    one: object = 1
    for _ in range(10):
        one = [{"id": 1, name: one}, {"id": 2, name: 1}]
    text = json.dumps(one)
    changed = text.replace(f'"{name}": 1', f'"{name}": 3', 1)
    [item] = compare(text.encode(), changed.encode(), content_type=JSON).differences

    assert item.path == "$" + f"[0].{name}" * 10
    assert item.general_path == "$" + f"[*].{name}" * 10
    assert item.label == f"[id=1].{name}" * 10


def test_memory_does_not_grow_with_the_square_of_the_depth() -> None:
    one, other = nested(10_000, 1), nested(10_000, 2)
    compare(one, other, content_type=JSON)
    tracemalloc.start()
    try:
        compare(one, other, content_type=JSON)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 40_000_000


def test_what_differs_at_every_depth_is_counted_when_the_paths_get_too_long() -> None:
    depth = 5_000
    one, other = nested(depth, 1, b=1), nested(depth, 1, b=2)
    comparison = compare(one, other, content_type=JSON)

    assert len(comparison.differences) + comparison.truncated == depth
    assert comparison.truncated == comparison.truncated_open > 0
    assert sum(len(item.path) for item in comparison.differences) < LISTED_CHARACTERS + 3 * depth
    assert {item.path for item in comparison.differences} <= {
        "$" + ".a" * n + ".b" for n in range(depth)
    }
