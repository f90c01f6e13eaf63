import pytest

from shadowpact.report.plain import clip, clip_around, plain, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GET /orders", "GET /orders"),
        ("\x1b[2J", "\\u001b[2J"),
        ("\x9b31m", "\\u009b31m"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\u202etxt.exe", "\\u202etxt.exe"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("é 漢 😀", "é 漢 😀"),
    ],
)
def test_what_could_steer_a_terminal_is_spelled_out(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("5", '"5"'),
        (5, "5"),
        (None, "null"),
        (True, "true"),
        ({"a": [1.5]}, '{"a": [1.5]}'),
        ("\x9b\ud800", '"\\u009b\\ud800"'),
        (b"x", "b'x'"),
    ],
)
def test_a_value_is_shown_as_json(value: object, expected: str) -> None:
    assert shown(value) == expected


def test_a_long_text_is_clipped_and_says_so() -> None:
    assert clip("abcdef", 6) == "abcdef"
    assert clip("abcdefg", 6) == "abcde…"


@pytest.mark.parametrize("at", [0, 5, 500, 990, 999, 5000])
def test_a_long_text_is_clipped_around_a_place(at: int) -> None:
    text = "".join(chr(ord("a") + index % 26) for index in range(1000))
    piece, moved = clip_around(text, at, 60)

    assert len(piece.strip("…")) == 60
    if at < len(text):
        assert piece[at + moved] == text[at]


def test_a_short_text_is_not_clipped_around_anything() -> None:
    assert clip_around("abc", 2, 60) == ("abc", 0)
