import orjson
import pytest

from benchmarks.documents import DOCUMENT, VARIANTS, Variant, baseline_body, exchanges


def test_the_document_has_nine_tenths_of_a_kilobyte() -> None:
    assert 850 <= len(DOCUMENT) <= 950


def test_the_document_fits_into_a_quoted_nginx_string() -> None:
    assert not {b"'", b"$", b"\\", b"\n"} & {bytes([byte]) for byte in DOCUMENT}


@pytest.mark.parametrize("variant", VARIANTS)
def test_exchanges_are_the_same_in_every_run(variant: Variant) -> None:
    assert list(exchanges(variant, 5)) == list(exchanges(variant, 5))


def test_bodies_that_differ_do_so_in_one_field_of_the_same_type_and_length() -> None:
    document = orjson.loads(DOCUMENT)

    for number in (1, 699_999, 700_001):
        body = baseline_body("differs", number)
        other = orjson.loads(body)
        assert len(body) == len(DOCUMENT)
        assert [key for key in document if document[key] != other[key]] == ["revision"]
        assert isinstance(other["revision"], int)


def test_only_the_sealed_variant_carries_a_credential() -> None:
    with_one = {
        variant
        for variant in VARIANTS
        for exchange in exchanges(variant, 1)
        if any(name == b"Authorization" for name, _ in exchange.request.headers)
    }

    assert with_one == {"authorization"}
