from datetime import date
from pathlib import Path

import pytest

from shadowpact.contracts.waivers import Waiver, by_interaction, read_waivers
from shadowpact.errors import UsageError

GOOD = '[[waivers]]\ninteraction = "k"\nwho = "Ana"\nwhy = "it moves"\nuntil = 2026-05-31\n'


def test_a_waiver_holds_on_its_last_day_and_not_after(tmp_path: Path) -> None:
    (tmp_path / "waivers.toml").write_text(GOOD)
    (waiver,) = read_waivers(tmp_path)

    assert not waiver.has_expired(date(2026, 5, 31))
    assert waiver.has_expired(date(2026, 6, 1))
    assert str(waiver) == "waived by Ana until 2026-05-31: it moves"


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    assert read_waivers(tmp_path) == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[waivers", "waivers.toml"),
        ('[[waivers]]\ninteraction = "k"\n', "`who`"),
        (GOOD.replace('"Ana"', '" "'), "waiver 1 has an empty 'who'"),
        (GOOD.replace("2026-05-31", '"soon"'), "a waiver has interaction, who, why and until"),
        (GOOD + "other = 1\n", "other"),
        (GOOD + GOOD, "two waivers for 'k'"),
    ],
)
def test_a_waiver_says_who_why_and_until_when(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "waivers.toml").write_text(text)

    with pytest.raises(UsageError, match=r"waivers\.toml") as caught:
        read_waivers(tmp_path)
    assert reason in str(caught.value)


def test_the_one_that_holds_longest_counts() -> None:
    short, long = [
        Waiver(interaction="k", who="a", why="b", until=date(2026, 5, day)) for day in (1, 2)
    ]

    assert by_interaction([long, short]) == by_interaction([short, long]) == {"k": long}
