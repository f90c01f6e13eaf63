import tomllib
from pathlib import Path

from shadowpact.demo import stage
from shadowpact.demo.faults import FAULTS, NOISE


def rules() -> list[dict[str, str]]:
    text = Path(stage.__file__).with_name(stage.CONFIG).read_text("utf-8")
    found: list[dict[str, str]] = tomllib.loads(text)["rules"]
    return found


def test_each_noise_has_its_rule_in_the_configuration_with_a_reason() -> None:
    assert {(r["id"], r["route"], r["path"]) for r in rules()} == {
        (n.rule, n.route, n.path) for n in NOISE
    }
    assert all(rule["reason"] for rule in rules())


def test_no_rule_covers_a_fault() -> None:
    covered = {(rule["route"], rule["path"]) for rule in rules()}

    assert not covered & {(fault.route, fault.path) for fault in FAULTS}


def test_no_two_faults_are_the_same_finding() -> None:
    places = [(f.route, f.location, f.path, f.kind) for f in FAULTS]

    assert len(set(places)) == len(places)
