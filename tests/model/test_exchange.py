from datetime import UTC, datetime

import msgspec
import pytest

from shadowpact.model.exchange import (
    Cut,
    Exchange,
    Failure,
    Headers,
    Request,
    Response,
    header,
    header_values,
    media_type,
    names_of,
)
from support.build import exchange, request

HEADERS: Headers = (
    (b"Content-Type", b"Application/JSON; charset=utf-8"),
    (b"X-A", b"1"),
    (b"x-a", b"\xff"),
)

LAYOUT = {
    Cut: ("reason", "length_bytes", "sha256"),
    Request: (
        *("method", "scheme", "authority", "target", "http_version"),
        *("headers", "body", "cut"),
    ),
    Response: ("status", "headers", "body", "elapsed_ms", "cut"),
    Failure: ("kind", "message", "elapsed_ms"),
    Exchange: ("started_us", "client", "request", "response", "failure"),
}


@pytest.mark.parametrize(("kind", "fields"), LAYOUT.items())
def test_the_order_of_fields_is_the_format_of_recordings(
    kind: type[msgspec.Struct], fields: tuple[str, ...]
) -> None:
    """A field may be added behind these, with a default; nothing else may change."""
    assert kind.__struct_fields__[: len(fields)] == fields
    assert all(
        field.default is not msgspec.NODEFAULT
        for field in msgspec.structs.fields(kind)[len(fields) :]
    )


def test_the_path_is_the_target_without_its_query() -> None:
    assert request(target="/a/../b%2F?c?d").path == "/a/../b%2F"
    assert request(target="*").path == "*"


def test_the_time_of_an_exchange_is_aware_and_exact() -> None:
    found = exchange(started_us=1_750_000_000_123_456).started_at

    assert found == datetime(2025, 6, 15, 15, 6, 40, 123456, tzinfo=UTC)


def test_a_header_is_found_in_any_case_and_the_first_counts() -> None:
    assert header(HEADERS, b"x-a") == "1"
    assert header(HEADERS, b"x-b") is None


def test_all_values_of_a_header_come_in_wire_order() -> None:
    assert header_values(HEADERS, b"x-a") == ("1", "\ufffd")
    assert header_values(HEADERS, b"x-b") == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"Application/JSON; charset=utf-8", "application/json"),
        (b" text/html ", "text/html"),
        (b"", ""),
        (b";", ""),
    ],
)
def test_a_media_type_is_without_parameters_and_in_lower_case(value: bytes, expected: str) -> None:
    assert media_type(((b"content-TYPE", value),)) == expected


def test_without_a_content_type_there_is_no_media_type() -> None:
    assert media_type(()) == ""


def test_names_of_headers_are_in_lower_case_and_there_once() -> None:
    assert names_of(((b"X-A", b"1"), (b"x-a", b"2"), (b"Via", b"x"))) == {b"x-a", b"via"}
