import pytest

from shadowpact.compare.headers import compare_header

PAST = "Thu, 01 Jan 1970 00:00:00 GMT"
SOON = "Wed, 21 Oct 2026 07:28:00 GMT"
LATER = "Thu, 22 Oct 2026 07:28:09 GMT"
VALUE = "builtin:cookie-value"


def found(one: tuple[str, ...], other: tuple[str, ...]) -> list[tuple[str, str | None]]:
    return [(item.kind, item.builtin) for item in compare_header("set-cookie", one, other)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("s=1; Path=/; HttpOnly", "s=1; httponly; path=/"),
        ("s=1; SameSite=Lax; Domain=A.test", "s=1; Domain=a.test; SameSite=lax"),
        (f"s=; Max-Age=0; Expires={PAST}", f"s=; Max-Age=-1; Expires={PAST}"),
    ],
)
def test_another_spelling_of_a_cookie_is_no_open_difference(one: str, other: str) -> None:
    assert {builtin for _, builtin in found((one,), (other,))} <= {VALUE}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("s=1", "s=2"),
        (f"s=1; Expires={SOON}", f"s=1; Expires={LATER}"),
        ("s=1; Max-Age=5", "s=1; Max-Age=6"),
        ("s=1; Max-Age=86400", "s=1; Max-Age=86000"),
    ],
)
def test_values_and_moments_are_left_to_a_built_in_rule(one: str, other: str) -> None:
    assert found((one,), (other,)) == [("value-changed", VALUE)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("s=1; Secure", "s=1"),
        ("s=1; Path=/", "s=1; Path=/x"),
        ("s=1; SameSite=Lax", "s=1; SameSite=Strict"),
        ("s=1; Max-Age=60", "s=1; Max-Age=3600"),
        ("s=1; Max-Age=0", "s=1; Max-Age=3600"),
        ("s=1; Max-Age=60", "s=1"),
        ("s=1; Max-Age=soon", "s=1; Max-Age=60"),
        (f"s=1; Expires={PAST}", f"s=1; Expires={SOON}"),
        ("s=1; Expires=0", f"s=1; Expires={SOON}"),
        (f"s=1; Expires={SOON}", "s=1"),
    ],
)
def test_another_attribute_is_a_difference(one: str, other: str) -> None:
    assert found((one,), (other,)) == [("value-changed", None)]
    assert found((other,), (one,)) == [("value-changed", None)]


def test_cookies_are_paired_by_name() -> None:
    assert found(("a=1", "b=1"), ("b=1", "a=1")) == []
    assert found(("a=1",), ("b=1",)) == [("missing", None), ("added", None)]


def test_cookies_of_one_name_are_told_apart_by_their_path() -> None:
    both = ("s=1; Path=/a; Secure", "s=1; Path=/b")

    assert found(both, both[::-1]) == []
    assert found(both, ("s=1; Path=/a", "s=1; Path=/b")) == [("value-changed", None)]


def test_the_value_of_a_cookie_is_never_shown() -> None:
    [changed] = compare_header("set-cookie", ("s=hunter2",), ("s=hunter3",))
    [missing] = compare_header("set-cookie", ("s=hunter2; Path=/", "t=hunter3"), ())

    assert "hunter" not in repr([changed, missing])
    assert missing.baseline == "s, t"
