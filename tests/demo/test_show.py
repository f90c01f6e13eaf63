import io

from rich.console import Console

from shadowpact.demo.show import Ignored, ignored_table, show_counts


def printed(*ignored: Ignored) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=120).print(ignored_table(ignored))
    return [line.rstrip() for line in out.getvalue().splitlines() if line.strip()]


def test_each_place_has_a_line_and_the_reason_is_said_once() -> None:
    one = Ignored(rule="clock", reason="each has its own", places=(("GET /a", 3), ("GET /b", 5)))

    first, second = printed(one)[2:]

    assert "clock" in first
    assert "each has its own" in first
    assert first.endswith("3")
    assert "clock" not in second
    assert "GET /b" in second
    assert second.endswith("5")


def test_square_brackets_in_a_path_are_shown_as_they_are() -> None:
    rule = Ignored(rule="r", reason="because", places=(("GET /a, body $.items[*].id", 1),))

    assert "body $.items[*].id" in printed(rule)[-1]


def test_statuses_are_counted_in_order() -> None:
    assert show_counts({404: 2, 200: 7}) == "200: 7, 404: 2"
