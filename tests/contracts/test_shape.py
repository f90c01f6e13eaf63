import gzip
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadowpact.contracts import shape as shape_module
from shadowpact.contracts.shape import document, is_data_name, is_json, shape_signature
from shadowpact.model.exchange import Cut
from shadowpact.model.sharing import parse_both
from support.build import JSON, response


def shape(given: Any) -> str:
    return shape_signature(response(given))


def test_it_is_twelve_hex_digits_and_the_same_everywhere() -> None:
    assert shape({"id": 1, "lines": [{"sku": "a"}]}) == "24e9d0807c11"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"a": 1, "b": 2}, {"b": 20, "a": 10}),
        ({"total": 10}, {"total": 10.5}),
        ({"note": None}, {"note": "text"}),
        ({"tags": []}, {"tags": ["x"]}),
        ([{"a": 1}], [{"a": 1, "b": 2}, {}]),
        ({"by_id": {"17": {"n": 1}}}, {"by_id": {"18": {"n": 2}, "19": {"n": 3}}}),
        ({"days": {"2025-01-01": 1}}, {"days": {"2025-01-02": 2, "2025-01-03": 3}}),
    ],
)
def test_what_varies_within_one_behaviour_is_one_shape(left: Any, right: Any) -> None:
    assert shape(left) == shape(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": 1, "b": 1}),
        ({"a": {}}, {"a": []}),
        ({"a": None}, {"a": {"b": 1}}),
        ({}, []),
        ({"a": {"b": 1}}, {"a": {"c": 1}}),
    ],
)
def test_another_structure_is_another_shape(left: Any, right: Any) -> None:
    assert shape(left) != shape(right)


def test_an_object_with_very_many_names_is_a_map() -> None:
    assert shape({f"name-{n}": {"n": n} for n in range(65)}) == shape(
        {f"other-{n}": {"n": n} for n in range(900)}
    )


def test_a_compressed_body_has_the_shape_of_its_content() -> None:
    headers = (*JSON, (b"content-encoding", b"gzip"))
    packed = response(body=gzip.compress(b'{"a": 1}'), headers=headers)

    assert shape_signature(packed) == shape({"a": 2})


def test_what_is_no_json_has_the_shape_of_its_media_type() -> None:
    html = ((b"content-type", b"text/html; charset=utf-8"),)
    upper = ((b"Content-Type", b"Text/HTML"),)

    assert shape_signature(response(body=b"<a>", headers=html)) == shape_signature(
        response(body=b"<b>", headers=upper)
    )
    assert shape_signature(response(body=b"<a>", headers=html)) != shape_signature(
        response(body=b"<a>", headers=())
    )


def test_broken_empty_and_cut_bodies_have_shapes_of_their_own() -> None:
    cut = Cut(reason="over-cap", length_bytes=10, sha256=b"0" * 32)
    shapes = {
        shape_signature(response(body=b"{")),
        shape_signature(response(body=b"")),
        shape_signature(response(body=b"{}", cut=cut)),
        shape({}),
    }

    assert len(shapes) == 4


def test_a_very_deep_document_is_no_trouble() -> None:
    deep = b'{"a":' * 900 + b"1" + b"}" * 900

    assert len(shape_signature(response(body=deep))) == 12


def test_a_kilobyte_takes_microseconds() -> None:
    lines = [{"sku": f"a{n}", "price": 1.5, "quantity": n} for n in range(20)]
    answers = [response({"id": n, "customer": {"name": "x"}, "lines": lines}) for n in range(200)]
    started = time.process_time()
    for answer in answers:
        shape_signature(answer)
    took_us = (time.process_time() - started) / len(answers) * 1e6

    assert took_us < 1000  # about 20 on an idle machine


@pytest.mark.parametrize(
    "name",
    [
        "17",
        "-3",
        "2025-01-31",
        "2025-01-31T10:00:00Z",
        "6f1c9a4e-1111-4222-8333-444455556666",
        "0123456789abcdef0123",
        "ann@example.org",
    ],
)
def test_ids_dates_and_addresses_are_data(name: str) -> None:
    assert is_data_name(name)


@pytest.mark.parametrize("name", ["id", "address_1", "x-request-id", "v2", "deadbeefcafe", ""])
def test_words_are_names(name: str) -> None:
    assert not is_data_name(name)


def test_json_is_told_by_its_media_type() -> None:
    assert is_json("application/json")
    assert is_json("application/problem+json")
    assert not is_json("text/html")


def test_a_document_of_another_media_type_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON"):
        document(((b"content-type", b"text/html"),), b"{}")


NAMES = st.sampled_from(["a", "b", "id", "17", "18", "2025-01-01", "", "\0", "a b"])
DOCUMENTS = st.recursive(
    st.sampled_from([None, True, 1, 1.5, "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.lists(DOCUMENTS, min_size=1, max_size=4))
def test_a_shape_that_is_known_already_is_the_shape(documents: list[Any]) -> None:
    fresh = []
    for one in documents:
        forget()
        fresh.append(shape(one))

    forget()
    assert [shape(one) for one in documents] == fresh
    assert [shared(one) for one in documents] == fresh


def forget() -> None:
    shape_module._outlines.clear()
    shape_module._cache.clear()


def shared(one: Any) -> str:
    """The shape of an answer that was compared with another one before."""
    answer = response(one)
    parse_both(answer.body, b'{"other":1}')
    return shape_signature(answer)


def test_deeper_than_it_looks_a_shape_is_the_same_whatever_is_there() -> None:
    def deep(inner: Any, levels: int) -> Any:
        return {"a": deep(inner, levels - 1)} if levels else inner

    assert shape(deep({"b": {}}, 24)) == shape(deep({"c": []}, 24))
    assert shape(deep({"b": {}}, 23)) != shape(deep({"c": []}, 23))


def test_a_large_body_has_the_shape_of_a_small_one() -> None:
    large = response({"a": "x" * 10_000, "b": {"c": 1}})

    assert shape_signature(large) == shape({"a": "x", "b": {"c": 2}})
    assert shared({"a": "x" * 10_000, "b": {"c": 1}}) == shape({"a": "x", "b": {"c": 2}})


def test_a_body_that_is_not_what_its_encoding_says_is_broken_though_its_text_is_known() -> None:
    parse_both(b'{"a":1}', b'{"a":2}')
    packed = response(body=b'{"a":1}', headers=(*JSON, (b"content-encoding", b"gzip")))

    assert shape_signature(packed) == shape_signature(response(body=b"{"))
