import pytest

from shadowpact.cli.lines import print_lines


def test_lines_are_plain_when_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    print_lines([("[bold] is text, not markup", "good"), ("x" * 500, "bad")])

    assert capsys.readouterr().out == "[bold] is text, not markup\n" + "x" * 500 + "\n"
