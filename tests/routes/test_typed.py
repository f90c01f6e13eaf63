"""Segments that are values by their form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.routes.typed import generalise


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
