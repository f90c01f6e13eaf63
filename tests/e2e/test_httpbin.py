"""Real mitmdump in front of httpbin, httpbinx as the candidate: two servers nobody here wrote."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shadowpact.demo.processes import Child
from shadowpact.demo.stage import (
    CONFIG,
    CONTRACTS,
    PROXY_READY,
    find_addon,
    mitmdump_command,
    run_command,
)
from shadowpact.errors import EXIT_FINDINGS, EXIT_PASS
from shadowpact.routes.typed import generalise
from support import httpbin
from support.httpbin import Line

PROVIDER = "httpbinx"

CONFIGURATION = f"""
[baseline]
url = "@BASELINE@"

[candidates.{PROVIDER}]
url = "@CANDIDATE@"
writes = "on"

[[rules]]
id = "uuid"
kind = "ignore"
route = "GET /uuid"
path = "$.uuid"
reason = "each answer is a new one"
"""

ROUNDS = 2
"""A difference has to be seen twice to be real, and only what is real becomes a contract."""

OF_THE_MIRROR = ("'x-shadowpact-mirrored'", "'connection'")
"""httpbinx echoes the headers it got, so it echoes the mirror's own too."""

COMPRESSED = ("GET /gzip", "GET /deflate", "GET /brotli")
IMAGES = ("GET /image/png", "GET /image/jpeg")

REPEATS = int(os.environ.get("SHADOWPACT_REPEATS", "3"))
"""How often httpbin is verified; see CONTRIBUTING.md."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What one run over the traffic gave; both servers are still there."""

    folder: Path
    baseline_url: str
    candidate_url: str
    rounds: tuple[tuple[int, ...], ...]
    document: dict[str, Any]

    def verify(self, url: str, expected: int) -> dict[str, Any]:
        arguments = ("verify", CONTRACTS, "--strict", "--provider", PROVIDER, "--url", url)
        ran = run_command(self.folder, *arguments, "--format", "json", expected={expected})
        document: dict[str, Any] = json.loads(ran.stdout)
        return document

    def findings(self, route: str) -> list[dict[str, Any]]:
        return [one for one in self.document["findings"] if one["route"] == route]


@pytest.fixture(scope="module")
def lines() -> tuple[Line, ...]:
    return httpbin.traffic()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, lines: tuple[Line, ...]) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("httpbin")
    with httpbin.both(folder / "logs") as (baseline_url, candidate_url):
        text = CONFIGURATION.replace("@BASELINE@", baseline_url)
        (folder / CONFIG).write_text(text.replace("@CANDIDATE@", candidate_url))
        command = mitmdump_command(folder, baseline_url, addon=find_addon())
        with Child("mitmdump", command, log=folder / "mitmdump.log", cwd=folder) as proxy:
            proxy_url = f"http://{proxy.wait_for(PROXY_READY)}"
            rounds = [httpbin.ask_all(proxy_url, lines) for _ in range(ROUNDS)]
            proxy.stop(within_s=20)
        run_command(folder, "worker", "--drain")
        listed = run_command(folder, "findings", "--format", "json", expected={EXIT_FINDINGS})
        run_command(folder, "contracts", "build", "--out", CONTRACTS)
        yield Run(
            folder=folder,
            baseline_url=baseline_url,
            candidate_url=candidate_url,
            rounds=tuple(rounds),
            document=json.loads(listed.stdout),
        )


def route(line: Line) -> str:
    return f"{line.method} {generalise(line.target.partition('?')[0])}"


def test_every_request_was_compared(run: Run, lines: tuple[Line, ...]) -> None:
    evidence = run.document["evidence"]

    assert len(lines) == 56
    assert evidence["exchanges"] == evidence["pairs"] == ROUNDS * len(lines)
    assert evidence["dropped"] == evidence["incomparable"] == {}
    assert evidence["hook_errors"] == 0


def test_the_client_got_what_the_baseline_answers(run: Run, lines: tuple[Line, ...]) -> None:
    assert run.rounds == (httpbin.ask_all(run.baseline_url, lines),) * ROUNDS


def test_every_changed_status_is_found_and_no_other(run: Run, lines: tuple[Line, ...]) -> None:
    direct = (
        httpbin.ask_all(run.baseline_url, lines),
        httpbin.ask_all(run.candidate_url, lines),
    )
    changed = {
        (route(line), one, other)
        for line, one, other in zip(lines, *direct, strict=True)
        if one != other
    }
    found = {
        (finding["route"], difference["baseline"], difference["candidate"])
        for finding in run.document["findings"]
        if finding["location"] == "status"
        for sample in finding["samples"]
        for difference in sample["differences"]
        if difference["location"] == "status"
    }

    assert len(changed) == 15
    assert found == changed


@pytest.mark.parametrize("image", IMAGES)
def test_images_are_equal_byte_by_byte(run: Run, image: str) -> None:
    assert [f for f in run.findings(image) if f["location"] in {"status", "body"}] == []


@pytest.mark.parametrize("compressed", COMPRESSED)
def test_compressed_bodies_are_compared_by_what_they_hold(run: Run, compressed: str) -> None:
    """Both servers compress a JSON document; what differs is what the documents differ in."""
    target = compressed.removeprefix("GET ")
    baseline = httpbin.read_json(run.baseline_url + target)
    candidate = httpbin.read_json(run.candidate_url + target)
    expected = {f"$.{name}" for name in baseline.keys() ^ candidate.keys()}
    paths = {f["path"] for f in run.findings(compressed) if f["location"] == "body"}

    assert baseline["headers"]
    assert {path for path in paths if not path.startswith("$.headers")} == expected
    assert "undecodable" not in {f["kind"] for f in run.findings(compressed)}


def test_the_generated_uuid_opens_no_finding(run: Run) -> None:
    assert [f for f in run.findings("GET /uuid") if f["location"] == "body"] == []


def test_the_contracts_pass_on_httpbin_every_time(run: Run) -> None:
    documents = [run.verify(run.baseline_url, EXIT_PASS) for _ in range(REPEATS)]

    for document in documents:
        assert len(document["interactions"]) > 100
        assert {one["outcome"] for one in document["interactions"]} == {"passed"}


def test_the_contracts_fail_on_httpbinx_for_the_findings_reasons_alone(run: Run) -> None:
    interactions = run.verify(run.candidate_url, EXIT_FINDINGS)["interactions"]
    found = {f["id"]: f["route"] for f in run.document["findings"]}
    failing = [one for one in interactions if one["outcome"] != "passed"]

    assert failing
    assert {one["outcome"] for one in failing} == {"failed"}
    for one in failing:
        assert one["findings"], json.dumps(one)
        assert {found[name] for name in one["findings"]} == {one["route"]}


def test_a_contract_for_a_finding_passes_on_httpbinx_only_if_the_mirror_caused_it(
    run: Run,
) -> None:
    """The verifier is no mirror: nothing marks its requests, so nothing echoes a mark."""
    interactions = run.verify(run.candidate_url, EXIT_FINDINGS)["interactions"]
    passed = [one for one in interactions if one["findings"] and one["outcome"] == "passed"]

    assert passed
    assert all(any(name in one["description"] for name in OF_THE_MIRROR) for one in passed)
