"""Segments that are values by their form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.routes.typed import generalise, generalise_segment


@pytest.mark.parametrize(
    ("path", "general"),
    [
        ("/orders/17", "/orders/{id}"),
        ("/orders/-17", "/orders/{id}"),
        ("/orders/17/lines/3", "/orders/{id}/lines/{id}"),
        ("/orders/17/", "/orders/{id}/"),
        ("/orders//17", "/orders//{id}"),
        ("/orders/17.json", "/orders/{id}.json"),
        ("/o/0b1e7a3c-5d2f-7abc-8def-0123456789ab", "/o/{id}"),
        ("/o/00000000-0000-0000-0000-000000000000", "/o/{id}"),
        ("/o/0B1E7A3C-5D2F-4ABC-8DEF-0123456789AB", "/o/{id}"),
        ("/o/507f1f77bcf86cd799439011", "/o/{id}"),
        ("/o/abcdefabcdefabcdef", "/o/{id}"),
        ("/o/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/o/{id}"),
        ("/o/0ujtsYcgvSTl8PAuAdqWYSMnLOv", "/o/{id}"),
        ("/days/2024-02-29", "/days/{date}"),
        ("/days/2024-02", "/days/{date}"),
        ("/days/2024-02-29T10:00:00Z", "/days/{date}"),
        ("/days/2024-02-29T10%3A00%3A00+01:00", "/days/{date}"),
        ("/archive/2024/05", "/archive/{id}/{id}"),
    ],
)
def test_a_typed_segment_generalises(path: str, general: str) -> None:
    assert generalise(path) == general


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "*",
        "/orders/export",
        "/v1/orders",
        "/api/2/issue",
        "/API/2/issue",
        "/admin/api/2024-01/products",
        "/orders/12a",
        "/orders/1.5",
        "/orders/17;v=2",
        "/orders/%31",
        "/o/deadbeef",
        "/o/abcdefghijklmnopqrstuvwxyza",
        "/days/2024-13-01",
        "/größe/x",
        "/o/\u0661\u0662",
        "/user@example.test",
        "/sha256",
    ],
)
def test_other_segments_stay(path: str) -> None:
    assert generalise(path) == path


def test_only_a_small_number_after_api_is_a_version() -> None:
    assert generalise("/api/1234") == "/api/{id}"
    assert generalise("/api/2/3") == "/api/2/{id}"


@given(st.text(max_size=60))
def test_generalising_is_idempotent_and_keeps_the_segments(path: str) -> None:
    general = generalise(path)

    assert generalise(general) == general
    assert general.count("/") == path.count("/")


SEGMENTS = st.one_of(
    st.text(max_size=8),
    st.from_regex(r"[0-9a-fA-F]{1,40}", fullmatch=True),
    st.from_regex(r"[A-Za-z]{14,28}", fullmatch=True),
    st.sampled_from(["api", "API", "2", "2024-01", "\u0661", "g" * 16, "a" * 15, "a" * 16]),
)


@given(st.lists(SEGMENTS, max_size=6).map("/".join))
def test_each_segment_generalises_by_itself_and_the_one_before(path: str) -> None:
    segments = path.split("/")
    before = ["", *segments[:-1]]

    assert generalise(path).split("/") == list(map(generalise_segment, segments, before))
