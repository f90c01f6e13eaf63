from datetime import date

from shadowpact.compare.expiry import active_rules, utc_day
from shadowpact.compare.settings import Rule


def rule(id_: str, expires: str | None) -> Rule:
    return Rule(id=id_, kind="ignore", reason="r", path="$.a", expires=expires)


def test_a_rule_applies_through_its_last_day() -> None:
    rules = [rule("past", "2030-05-01"), rule("last", "2030-05-02"), rule("endless", None)]

    active = active_rules(rules, date(2030, 5, 2))

    assert [one.id for one in active] == ["last", "endless"]


def test_the_day_is_that_of_utc() -> None:
    assert utc_day(0) == date(1970, 1, 1)
    assert utc_day(86_400_000_000 - 1) == date(1970, 1, 1)
    assert utc_day(86_400_000_000) == date(1970, 1, 2)
