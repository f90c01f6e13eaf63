import gzip
import json

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.aliases.documents import (
    NO_DOCUMENT,
    kind_of_body,
    parse,
    plain_body,
    splice,
    with_body,
    written,
)
from shadowpact.model.exchange import Cut, Headers
from support.build import response

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def leaves(node: object) -> list[object]:
    if isinstance(node, dict):
        return [leaf for name, value in node.items() for leaf in (name, *leaves(value))]
    if isinstance(node, list):
        return [leaf for value in node for leaf in leaves(value)]
    return [node]


def typed(media: str) -> Headers:
    return ((b"content-type", media.encode()),)


@given(DOCUMENTS, st.data())
def test_one_leaf_is_replaced_and_every_other_byte_stays(
    document: object, data: st.DataObject
) -> None:
    indent = data.draw(st.sampled_from([None, 1, "\t"]))
    ascii_only = data.draw(st.booleans())
    body = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode()
    all_leaves = leaves(document)
    if not all_leaves:
        assert splice(body, {}, 0) == body
        return
    number = data.draw(st.integers(0, len(all_leaves) - 1))

    same = splice(body, {number: json.loads(written(all_leaves[number]))}, len(all_leaves))
    changed = splice(body, {number: "MARK"}, len(all_leaves))

    assert same is not None
    assert json.loads(same) == document
    assert changed is not None
    before, _, after = changed.partition(b'"MARK"')
    assert body.startswith(before)
    assert body.endswith(after)


def test_leaves_that_do_not_add_up_are_not_spliced() -> None:
    assert splice(b'{"a":1,"a":2}', {1: 5}, 2) is None


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        ("application/json; charset=utf-8", "json"),
        ("application/hal+json", "json"),
        ("application/x-www-form-urlencoded", "form"),
        ("text/html", "html"),
        ("application/soap+xml", "text"),
        ("image/png", ""),
    ],
)
def test_bodies_by_media_type(media: str, kind: str) -> None:
    assert kind_of_body(typed(media)) == kind


def test_what_does_not_say_may_be_json() -> None:
    assert kind_of_body(()) == "json"


ENCODED = {
    "gzip": gzip.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize("coding", ENCODED)
def test_an_encoded_body_stays_encoded(coding: str) -> None:
    body = ENCODED[coding](b'{"id": 1}')
    headers = (
        (b"content-encoding", coding.encode()),
        (b"Content-Length", str(len(body)).encode()),
    )
    message = response(body=body, headers=headers)

    changed = with_body(message, b'{"id": 22222}')

    assert plain_body(message) == b'{"id": 1}'
    assert plain_body(changed) == b'{"id": 22222}'
    assert dict(changed.headers)[b"content-encoding"] == coding.encode()
    assert dict(changed.headers)[b"Content-Length"] == str(len(changed.body)).encode()


def test_what_cannot_be_decoded_or_is_cut_has_no_plain_body() -> None:
    cut = Cut(reason="over-cap", length_bytes=10, sha256=bytes(32))

    assert plain_body(response(body=b"xx", headers=((b"content-encoding", b"gzip"),))) is None
    assert plain_body(response(body=b"xx", headers=((b"content-encoding", b"odd"),))) is None
    assert plain_body(response(body=b"{}", cut=cut)) is None


def test_what_is_no_json_is_no_document() -> None:
    assert parse(b"") is NO_DOCUMENT
    assert parse(b"<p>") is NO_DOCUMENT
    assert parse(b"[" * 100_000) is NO_DOCUMENT
    assert parse(b'{"a": 1e999, "b": 1}') == {"a": float("inf"), "b": 1}
    assert parse(b'"\\ud800"') == "\ud800"


def test_integers_of_any_length_are_written() -> None:
    assert written(2**70) == str(2**70).encode()
    assert written("\ud800") == b'"\\ud800"'
