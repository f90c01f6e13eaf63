"""A candidate that does not know our credentials, and one that answers differently."""

import pytest

from shadowpact.mirror.refusals import RefusalWatch
from shadowpact.model.exchange import Request
from support.build import request


def asked(name: bytes = b"Authorization", value: bytes = b"Bearer a") -> Request:
    return request(headers=((name, value),))


def watch(
    *, has_credentials: bool = False, supplied: frozenset[bytes] = frozenset(), limit: int = 1000
) -> RefusalWatch:
    return RefusalWatch("orders", has_credentials=has_credentials, supplied=supplied, limit=limit)


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("name", [b"Authorization", b"cookie", b"X-Api-Key"])
def test_a_credential_that_was_never_accepted_says_nothing_about_the_route(
    status: int, name: bytes
) -> None:
    one = watch()

    assert [one.judge(asked(name), 200, status) for _ in range(3)] == ["credentials"] * 3


def test_one_that_was_accepted_before_makes_it_a_difference() -> None:
    one = watch()
    before = one.judge(asked(), 200, 401)
    accepted = one.judge(asked(), 404, 404)

    assert (before, accepted) == ("credentials", "compare")
    assert one.judge(asked(), 200, 403) == "compare"
    assert one.judge(asked(value=b"Bearer b"), 200, 403) == "credentials"


def test_a_refused_credential_that_was_replaced_by_another_is_not_compared() -> None:
    one = watch(has_credentials=True, supplied=frozenset({b"authorization"}))

    assert one.judge(asked(), 401, 200) == "credentials"
    assert one.judge(asked(), 403, 404) == "credentials"
    assert one.judge(asked(), 401, 401) == "compare"
    assert one.judge(asked(), 401, 500) == "compare"
    assert one.judge(asked(b"x-api-key"), 401, 200) == "compare"
    assert one.judge(request(), 401, 200) == "compare"
    assert watch(has_credentials=True).judge(asked(), 401, 200) == "compare"


def test_an_error_of_the_server_accepts_nothing() -> None:
    one = watch()
    one.judge(asked(), 200, 502)

    assert one.judge(asked(), 200, 401) == "credentials"


def test_one_of_several_credentials_that_was_accepted_is_enough() -> None:
    one = watch()
    one.judge(asked(), 200, 200)
    both = request(headers=((b"authorization", b"Bearer a"), (b"Cookie", b"lang=en")))

    assert one.judge(both, 200, 401) == "compare"


def test_a_request_without_credentials_is_compared() -> None:
    one = watch()

    assert one.judge(request(), 200, 401) == "compare"
    assert one.judge(asked(value=b""), 200, 401) == "compare"
    assert one.first_warning() is None


@pytest.mark.parametrize("status", [401, 403])
def test_what_the_baseline_refuses_too_is_compared(status: int) -> None:
    assert watch().judge(asked(), status, 401) == "compare"


def test_it_is_told_once_with_what_to_do() -> None:
    one = watch()
    before = one.first_warning()
    for _ in range(3):
        one.judge(asked(), 200, 401)
    warning = one.first_warning()

    assert before is None
    assert warning is not None
    assert "candidate orders answers 401" in warning
    assert "Give it its own with [candidates.orders.credentials] in shadowpact.toml." in warning
    assert one.first_warning() is None


def test_who_has_configured_credentials_is_told_to_check_them() -> None:
    one = watch(has_credentials=True)
    one.judge(asked(), 200, 403)

    assert "Check what [candidates.orders.credentials]" in (one.first_warning() or "")


def test_only_so_many_credentials_are_remembered_those_seen_last() -> None:
    one = watch(limit=2)
    for value in (b"a", b"b", b"a", b"c"):
        one.judge(asked(value=value), 200, 200)

    assert [one.judge(asked(value=v), 200, 401) for v in (b"a", b"b", b"c")] == [
        "compare",
        "credentials",
        "compare",
    ]


def test_credentials_are_kept_as_digests() -> None:
    one = watch()
    one.judge(asked(value=b"open-sesame"), 200, 200)
    one.judge(asked(value=b"another-sesame"), 200, 401)

    assert b"sesame" not in b"".join(one._accepted)
    assert "sesame" not in (one.first_warning() or "")
