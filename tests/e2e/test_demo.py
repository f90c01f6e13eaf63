"""The demo's engine from end to end: real mitmdump, both services, every command it shows."""

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shadowpact.demo import traffic
from shadowpact.demo.baseline import TOKEN
from shadowpact.demo.faults import FAULTS, LEFT_ALONE, NOISE
from shadowpact.demo.show import verify_arguments
from shadowpact.demo.stage import CONTRACTS, PROVIDER, STATE, Stage, find_addon
from shadowpact.errors import EXIT_FINDINGS, EXIT_PASS

ROOT = Path(__file__).resolve().parents[2]
SLOW_RATIO = 2.0


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """The demo after its traffic; both services are still there."""

    stage: Stage
    statuses: Counter[int]
    document: dict[str, Any]

    def verify(self, url: str, expected: int) -> dict[str, Any]:
        arguments = (*verify_arguments(url), "--format", "json")
        ran = self.stage.run(*arguments, expected={expected})
        document: dict[str, Any] = json.loads(ran.stdout)
        return document


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with Stage(tmp_path_factory.mktemp("demo") / "demo", addon=find_addon()) as stage:
        statuses = asyncio.run(stage.drive(traffic.requests()))
        stage.settle()
        listed = stage.run("findings", "--format", "json", expected={EXIT_FINDINGS})
        stage.run("contracts", "build", "--out", CONTRACTS)
        yield Played(stage=stage, statuses=statuses, document=json.loads(listed.stdout))


def test_exactly_the_seeded_faults_are_found(played: Played) -> None:
    found = [(f["route"], f["location"], f["path"], f["kind"]) for f in played.document["findings"]]
    seeded = [(f.route, f.location, f.path, f.kind) for f in FAULTS if f.location != "latency"]

    assert sorted(found) == sorted(seeded)


def test_what_a_deterministic_kind_says_is_real_and_a_changed_value_undecided(
    played: Played,
) -> None:
    verdicts = {(f["path"], f["kind"]): f["verdict"] for f in played.document["findings"]}

    assert verdicts["$.lines[*].quantity", "type-changed"] == "real"
    assert verdicts["$.phone", "missing"] == "real"
    assert verdicts["", "value-changed"] == "real"  # the class of the status
    assert verdicts["$.average", "value-changed"] == "undecided"


def test_the_slow_route_is_seen_in_its_latency(played: Played) -> None:
    (slow,) = [fault.route for fault in FAULTS if fault.location == "latency"]
    ratios = {one["route"]: one["p50_ratio"] for one in played.document["routes"] if one["pairs"]}

    assert max(ratios, key=lambda name: ratios[name]) == slow
    assert ratios[slow] > SLOW_RATIO


def test_noise_opens_no_finding_but_is_kept_with_its_rule(played: Played) -> None:
    found = {(f["route"], f["path"]) for f in played.document["findings"]}
    ignored = {
        (difference["ignored_by"], finding["route"], difference["path"])
        for finding in played.document["findings"]
        for sample in finding["samples"]
        for difference in sample["differences"]
        if difference["ignored_by"]
    }

    assert not {(noise.route, noise.path) for noise in NOISE} & found
    assert {(noise.rule, noise.route, noise.path) for noise in NOISE} <= ignored


def test_every_request_is_accounted_for(played: Played) -> None:
    evidence = played.document["evidence"]
    asked = Counter(traffic.route(ask) for ask in traffic.requests())
    dropped = Counter[str]()
    for name, reason in LEFT_ALONE.items():
        dropped[reason] += asked[name]

    assert played.statuses.total() == evidence["exchanges"] == asked.total()
    assert evidence["dropped"] == dropped
    assert evidence["incomparable"] == {}
    assert evidence["pairs"] == asked.total() - dropped.total()
    assert (evidence["backlog"], evidence["hook_errors"]) == (0, 0)


def test_every_route_counts_its_own_requests(played: Played) -> None:
    counted = {
        one["route"]: one["pairs"] + sum(one["dropped"].values())
        for one in played.document["routes"]
    }

    assert counted == Counter(traffic.route(ask) for ask in traffic.requests())


def test_the_monolith_passes_its_contracts(played: Played) -> None:
    document = played.verify(played.stage.baseline_url, EXIT_PASS)

    assert document["verdict"] == "pass"
    assert document["interactions"]
    assert {one["outcome"] for one in document["interactions"]} == {"passed"}


def test_the_replacement_fails_them_for_the_findings_reasons_alone(played: Played) -> None:
    document = played.verify(played.stage.candidate_url, EXIT_FINDINGS)
    failing = [one for one in document["interactions"] if one["outcome"] != "passed"]
    real = {f["id"]: f["route"] for f in played.document["findings"] if f["verdict"] == "real"}

    assert document["verdict"] == "fail"
    assert {one["outcome"] for one in failing} == {"failed"}
    assert all(one["mismatches"] for one in failing)
    assert all(one["findings"] for one in failing)
    assert all(real[name] == one["route"] for one in failing for name in one["findings"])
    assert {one["route"] for one in failing} == {
        "GET /orders/{id}",
        "GET /customers/{id}",
        "GET /customers/{id}/orders",
    }


def test_building_the_contracts_again_changes_no_byte(played: Played) -> None:
    before = contents(played.stage.folder / CONTRACTS)

    played.stage.run("contracts", "build", "--out", CONTRACTS)
    played.stage.run("contracts", "build", "--out", "elsewhere")

    assert before
    assert contents(played.stage.folder / CONTRACTS) == before
    assert contents(played.stage.folder / "elsewhere") == before


def test_building_over_the_checked_in_contracts_changes_no_byte(played: Played) -> None:
    """Ids, times and the order of requests were others when those were built.

    The evidence holds them, and is the one thing that may change.
    """
    copy = played.stage.folder / "checked-in"
    shutil.copytree(ROOT / CONTRACTS, copy)

    played.stage.run("contracts", "build", "--out", str(copy))

    assert without_evidence(copy) == without_evidence(ROOT / CONTRACTS)
    assert contents(copy).keys() == contents(ROOT / CONTRACTS).keys()


def test_the_checked_in_recording_gives_the_same_findings(played: Played) -> None:
    har = ROOT / "recordings" / "demo.har"
    arguments = ("replay", str(har), "--to", played.stage.candidate_url, "--format", "json")
    replayed = json.loads(played.stage.run(*arguments, expected={EXIT_FINDINGS}).stdout)

    assert {f["fingerprint"] for f in replayed["findings"]} == {
        f["fingerprint"] for f in played.document["findings"]
    }


def test_both_consumers_have_a_contract_of_their_own(played: Played) -> None:
    folders = {
        path.relative_to(played.stage.folder / CONTRACTS).parts[:2] for path in pacts(played)
    }

    assert folders == {("web", PROVIDER), ("mobile", PROVIDER)}


def test_the_gate_names_the_routes_that_may_be_switched(played: Played) -> None:
    ran = played.stage.run("gate", "--format", "json", expected={EXIT_FINDINGS})
    answer = json.loads(ran.stdout)
    verdicts: dict[str, set[str]] = {}
    for route in answer["routes"]:
        verdicts.setdefault(route["verdict"], set()).add(route["route"])

    assert answer["verdict"] == "fail"
    assert verdicts["pass"] == {
        "GET /me",
        "GET /orders",
        "GET /products",
        "GET /search",
        "HEAD /products/{id}",
    }
    assert not verdicts["pass"] & {f["route"] for f in played.document["findings"]}


def test_the_credential_is_nowhere_in_clear(played: Played) -> None:
    secret = TOKEN.encode()
    folder = played.stage.folder
    reports = [
        played.stage.run(*command, expected={EXIT_PASS, EXIT_FINDINGS}).stdout.encode()
        for command in (("findings",), ("findings", "--format", "json"), ("gate",), ("status",))
    ]

    assert [p for p, content in contents(folder).items() if secret in content] == []
    assert not any(secret in report for report in reports)
    assert (folder / STATE / "store.db").exists()


def pacts(played: Played) -> list[Path]:
    return sorted((played.stage.folder / CONTRACTS).rglob("*.json"))


def without_evidence(folder: Path) -> dict[str, bytes]:
    return {name: held for name, held in contents(folder).items() if "evidence" not in name}


def contents(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
