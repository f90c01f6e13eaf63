from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from shadowpact.aliases.align import Alignment, Back, Found, urls
from shadowpact.model.alias import Scalar
from shadowpact.model.sharing import parse_both

UUID = "7f9c24e8-3b1a-4c5d-9e2f-0a1b2c3d4e5f"


def aligned(recorded: Any, side: Any) -> tuple[list[Found], list[tuple[tuple[str, ...], Scalar]]]:
    same: list[tuple[tuple[str, ...], Scalar]] = []
    alignment = Alignment(lambda kinds, value: same.append((kinds, value)))
    alignment.documents(recorded, side, "order")
    return alignment.found, same


def pairs(recorded: Any, side: Any) -> list[tuple[str, Scalar, Scalar, str]]:
    return [(f.kinds[0], f.recorded, f.side, f.path) for f in aligned(recorded, side)[0]]


def test_members_are_paired_by_name() -> None:
    assert pairs({"id": 1, "customer": {"id": 7}}, {"customer": {"id": 8}, "id": UUID}) == [
        ("order", 1, UUID, "$.id"),
        ("customer", 7, 8, "$.customer.id"),
    ]


def test_what_both_gave_alike_is_noted() -> None:
    found, same = aligned({"id": 1, "tags": [{"id": 3}]}, {"id": 1, "tags": [{"id": 3}]})

    assert found == []
    assert same == [(("order",), 1), (("tag",), 3)]


def test_one_document_that_both_gave_gives_the_same_notes() -> None:
    document = {"id": 1, "tags": [{"id": 3}], "tag_ids": [3, 4], "data": {"x": [[1]]}}
    same: list[tuple[tuple[str, ...], Scalar]] = []
    Alignment(lambda kinds, value: same.append((kinds, value))).same(document, "order")

    assert same == aligned(document, dict(document))[1]
    assert same == [(("order",), 1), (("tag",), 3), (("tag",), 3), (("tag",), 4)]


def test_elements_are_paired_by_what_they_say() -> None:
    left = [{"id": 1, "sku": "A"}, {"id": 2, "sku": "B"}, {"id": 3, "sku": "C"}]
    right = [{"id": 30, "sku": "C"}, {"id": 10, "sku": "A"}, {"id": 20, "sku": "B"}]

    assert sorted((r, s) for _, r, s, _ in pairs(left, right)) == [(1, 10), (2, 20), (3, 30)]


def test_a_single_element_that_is_left_over_is_paired_with_the_other() -> None:
    left = [{"id": 1, "sku": "A", "n": 1}, {"id": 2, "sku": "B", "n": 1}]
    right = [{"id": 10, "sku": "A", "n": 1}, {"id": 20, "sku": "B", "n": 2}]

    assert ("order", 2, 20, "$[*].id") in pairs(left, right)


def test_of_several_that_are_left_over_nobody_knows_which_is_which() -> None:
    left = [{"id": 1, "n": 1}, {"id": 2, "n": 2}]
    right = [{"id": 10, "n": 3}, {"id": 20, "n": 4}]

    assert pairs(left, right) == []


def test_things_are_alike_when_they_say_the_same_but_for_ids_and_times() -> None:
    left = {"id": 1, "name": "Mug", "at": "2026-01-01T00:00:00Z"}
    right = {"id": UUID, "name": "Mug", "at": "2026-01-01T00:00:09Z"}

    assert aligned(left, right)[0][0].is_alike
    assert not aligned(left, {**right, "name": "Cup"})[0][0].is_alike
    assert not aligned({"id": 1}, {"id": UUID})[0][0].is_alike


def test_things_are_alike_when_they_refer_to_the_same() -> None:
    left = [{"id": 1, "book": 8, "n": 1}, {"id": 2, "book": 9, "n": 1}]
    right = [{"id": 20, "book": 91, "n": 1}, {"id": 10, "book": 81, "n": 1}]
    books: dict[Scalar, Scalar] = {81: 8, 91: 9}
    back = Back(books, lambda kinds, value: books[value] if kinds == ("book",) else value)
    alignment = Alignment(lambda _kinds, _value: None, back)
    alignment.documents(left, right, "line")

    lines = [one for one in alignment.found if one.kinds == ("line",)]
    assert [(one.recorded, one.side, one.is_alike) for one in lines] == [
        (1, 10, True),
        (2, 20, True),
    ]


def test_a_url_may_begin_with_an_id() -> None:
    def found(ours: str, theirs: str) -> list[tuple[str, Scalar, Scalar]]:
        return [(one.kinds[0], one.recorded, one.side) for one in urls(ours, theirs, "href")]

    assert found("/3/edit", "http://b.test/17/edit") == [("root", "3", "17")]
    assert found("/v1/edit", "/v2/edit") == []
    assert found("/3/edit", "/a/17/edit") == []


def test_documents_of_other_shapes_have_nothing_in_common() -> None:
    assert pairs({"id": 1}, [{"id": 2}]) == []
    assert pairs({"a": {"id": 1}}, {"a": [1]}) == []
    assert pairs(1, 2) == []


def test_urls_are_paired_from_the_right() -> None:
    found = list(urls("/users/7/orders/12", "http://x/v2/users/8/orders/17", "location"))

    assert [(f.kinds, f.recorded, f.side) for f in found] == [
        (("order",), "12", "17"),
        (("user",), "7", "8"),
    ]


def test_urls_to_other_things_have_nothing_in_common() -> None:
    assert list(urls("/orders/12", "/carts/17", "location")) == []
    assert list(urls("/orders", "/carts", "location")) == []
    assert list(urls("http://[bad", "/orders/1", "location")) == []


def test_the_query_of_a_url_is_paired_by_name() -> None:
    found = list(urls("/cb?cart_id=aB3dE5fG7h&x=1", "/cb?x=1&cart_id=zY8xW6vU4t", "location"))

    assert [(f.kinds, f.recorded, f.side) for f in found] == [
        (("cart",), "aB3dE5fG7h", "zY8xW6vU4t")
    ]


SCALARS = st.sampled_from([1, 2, True, None, 1.5, "x", "1", UUID, "/orders/1", "/orders/2"])
NAMES = st.sampled_from(["id", "order_id", "items", "data", "name", "url", "code", "tags"])
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_documents_that_share_their_values_say_the_same(one: Any, other: Any, both: Any) -> None:
    texts = [orjson.dumps({"id": 1, "data": both, "items": side}) for side in (one, other)]
    shared = parse_both(texts[0], texts[1])

    assert shared is not None
    apart = aligned(orjson.loads(texts[0]), orjson.loads(texts[1]))
    together = aligned(*shared)
    assert [repr(item) for item in together[0]] == [repr(item) for item in apart[0]]
    assert together[1] == apart[1]
