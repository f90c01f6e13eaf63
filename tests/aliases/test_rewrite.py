from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.aliases.rewrite import rewrite
from shadowpact.aliases.state import Lost, Proposal, State
from shadowpact.aliases.table import ANY
from shadowpact.model.alias import Rewritten
from support.build import JSON, request
from support.sides import post, route_of

UUID = "7f9c24e8-3b1a-4c5d-9e2f-0a1b2c3d4e5f"


def state(**bound: tuple[Any, Any]) -> State:
    one = State(100)
    for kind, (recorded, side) in bound.items():
        one.bind(kind, recorded, side, "s", "exc_1", 0)
    return one


def sent(one: State, target: str, document: Any = None) -> Rewritten:
    asked = post(target, document)
    return rewrite(one, asked, "s", route_of(asked))


def reasons(one: Rewritten) -> list[tuple[str, str, bool, bool]]:
    return [(use.where, use.reason, use.is_certain, use.differs) for use in one.unknown]


def test_a_request_with_nothing_bound_in_it_is_the_same_object() -> None:
    asked = post("/things/7?x=1", {"a": [1, 2, "three"]})

    assert rewrite(state(order=(12, 17)), asked, "s", route_of(asked)).request is asked


def test_the_sides_type_follows_the_place_it_is_used_in() -> None:
    numbers = sent(state(order=(12, 17)), "/x", {"order_id": "12", "order": {"id": 12}})
    texts = sent(state(order=(12, UUID)), "/x", {"order_id": "12", "order": {"id": 12}})
    written = sent(state(order=(12, "17")), "/x", {"order_id": 12})
    turned = sent(state(order=(UUID, 17)), "/x", {"order_id": UUID})

    assert orjson.loads(numbers.request.body) == {"order_id": "17", "order": {"id": 17}}
    assert orjson.loads(texts.request.body) == {"order_id": UUID, "order": {"id": UUID}}
    assert orjson.loads(written.request.body) == {"order_id": 17}
    assert orjson.loads(turned.request.body) == {"order_id": 17}


def test_an_id_under_way_a_lost_one_and_one_never_seen() -> None:
    one = state(order=(12, 17))
    one.expected["order", "13"] = {"exc_2": "s"}
    one.lost["order", "14"] = Lost("s", is_mirrored=True)
    one.lost["cart", "3"] = Lost("s", is_mirrored=False)

    assert reasons(sent(one, "/orders/13")) == [("path", "awaited", True, True)]
    assert reasons(sent(one, "/orders/14")) == [("path", "failed", True, True)]
    assert reasons(sent(one, "/x", {"cart_id": 3})) == [("$.cart_id", "not-mirrored", True, False)]
    assert reasons(sent(one, "/orders/15")) == [("path", "never-seen", False, True)]
    assert one.unknown == 4


def test_a_strong_value_that_is_lost_is_missed_anywhere() -> None:
    one = state(order=(12, 17))
    one.lost[ANY, UUID] = Lost("s", is_mirrored=True)

    assert reasons(sent(one, "/x", {"what": UUID})) == [("$.what", "failed", True, False)]


def test_an_id_that_both_sides_have_is_not_missed() -> None:
    one = state(order=(12, 17))
    one.same.add("order", "13", "s")

    assert reasons(sent(one, "/orders/13")) == []


def test_numbers_that_are_no_ids_are_not_missed() -> None:
    one = state(order=(12, 17))

    assert reasons(sent(one, "/carts/9", {"quantity": 3, "order": "asc", "orders": 4})) == []


def test_a_proposal_is_taken_up_by_its_use() -> None:
    one = State(100)
    place = ("GET /orders", "$[*].id")
    one.propose(Proposal("order", 12, 17, "s", place, "exc_5", 7))

    done = sent(one, "/orders/12")

    assert done.request.target == "/orders/17"
    assert done.replacements[0].learnt_from == "exc_5"
    assert one.paths == {place: "order"}


def test_a_proposal_for_two_things_is_none() -> None:
    one = State(100)
    for side in (17, 18):
        one.propose(Proposal("order", 12, side, "s", ("GET /orders", "$[*].id"), "exc_5", 7))

    assert sent(one, "/orders/12").request.target == "/orders/12"


def test_another_word_for_a_kind_is_understood_once_it_is_proved() -> None:
    one = state(user=(7, UUID))
    binding = one.table.find(("user",), "7", "s")
    assert binding is not None

    before = sent(one, "/x", {"owner_id": 7})
    one.note_synonym("owner", binding)
    after = sent(one, "/x", {"owner_id": 7})

    assert orjson.loads(before.request.body) == {"owner_id": 7}
    assert orjson.loads(after.request.body) == {"owner_id": UUID}


def test_an_id_that_the_side_never_gave_is_suspected_and_sent_as_it_is() -> None:
    one = State(100)
    one.unnamed["order", "12"] = None
    rewritten = sent(one, "/orders/12")

    assert rewritten.request.target == "/orders/12"
    assert [(use.reason, use.is_certain) for use in rewritten.unknown] == [("never-seen", False)]
    assert sent(one, "/orders/13").unknown == ()


TOKENS = st.sampled_from(["12", "13", "a1b2c3d4e5f6", "order", "x", "123", "é"])
NAMES = st.sampled_from(["id", "order_id", "quantity", "note", "orders", "cart", "ref"])
LEAVES = TOKENS | st.integers(0, 20) | st.none() | st.booleans() | st.floats(0, 20)
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner), max_leaves=12
)


@given(DOCUMENTS, st.lists(TOKENS, max_size=4), st.lists(st.tuples(NAMES, TOKENS), max_size=4))
def test_nothing_that_is_not_bound_is_touched(
    document: Any, segments: list[str], query: list[tuple[str, str]]
) -> None:
    one = state(order=("ffffffffffffffff", "eeeeeeeeeeeeeeee"), cart=(999, 998))
    target = "/" + "/".join(segments) + "?" + "&".join("=".join(pair) for pair in query)
    asked = request("POST", target, headers=JSON, body=orjson.dumps(document))

    assert rewrite(one, asked, "s", route_of(asked)).request is asked


def every_leaf(node: Any, name: str = "") -> list[tuple[str, Any]]:
    if isinstance(node, dict):
        return [leaf for key, value in node.items() for leaf in every_leaf(value, key)]
    if isinstance(node, list):  # in a list in a list, a table, no number is an id
        names = ["" if isinstance(value, list) else name for value in node]
        return [leaf for one in zip(node, names, strict=True) for leaf in every_leaf(*one)]
    return [(name, node)]


@given(DOCUMENTS)
def test_a_weak_id_is_replaced_at_places_of_its_kind_alone(document: Any) -> None:
    one = state(order=(12, 9999))

    done = sent(one, "/things", {"a": document})
    before, after = every_leaf({"a": document}), every_leaf(orjson.loads(done.request.body))

    for (name, old), (_, new) in zip(before, after, strict=True):
        if name in {"quantity", "note", "cart", "ref", "a"}:
            assert new == old
        if name == "order_id":
            assert new == (old if old not in {12, "12"} or old is True else type(old)(9999))
