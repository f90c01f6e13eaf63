"""What two answers of the baseline differ in is noise; what the candidate gets wrong is not."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import orjson
import pytest

from shadowpact.cli import main
from shadowpact.model.exchange import Exchange
from support import build
from support.replays import adds_up, recorded, replay
from support.scripted import Asked, Peer, ScriptedServer, answer

COUNT = 200
type Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return recorded(tmp_path / "r", exchanges())


def exchanges() -> Iterator[Exchange]:
    for number in range(COUNT):
        document = {"seen": 7_000_000 + number, "total": number % 7}
        asked = build.request(target=f"/orders/{number}")
        yield build.exchange(asked, build.response(document), client=f"c{number % 8}")


def service(name: int, *, fault: bool = False) -> ScriptedServer:
    """Says when it was asked by a count of its own, and everything else alike."""
    counted = itertools.count(1_000_000 * name)

    def reply(peer: Peer, asked: Asked) -> None:
        total = int(asked.target.rpartition("/")[2]) % 7
        document = {"seen": next(counted), "total": total + (fault and total == 3)}
        peer.send(answer(orjson.dumps(document)))

    return ScriptedServer(default=reply)


@pytest.mark.parametrize("how", ["twin-url", "twin"])
def test_a_count_of_each_answer_is_noise_and_a_fault_is_real(
    folder: Path, capsys: Said, how: str
) -> None:
    with ExitStack() as running:
        baseline, twin = service(1), service(2)
        candidate = service(3, fault=True)
        for one in (baseline, twin, candidate):
            running.enter_context(one)
        options = ("--twin-url", twin.url) if how == "twin-url" else ("--twin",)
        found = replay(capsys, folder, "--to", candidate.url, "--baseline", baseline.url, *options)
    verdicts = {one["path"]: one["verdict"] for one in found.document["findings"]}

    assert verdicts == {"$.seen": "noise", "$.total": "real"}
    assert found.status == 1
    adds_up(found.evidence, COUNT)
    asked = (len(baseline.asked), len(twin.asked))
    assert asked == ((COUNT, COUNT) if how == "twin-url" else (2 * COUNT, 0))


def test_what_is_only_noise_passes(folder: Path, capsys: Said) -> None:
    with service(1) as baseline, service(2) as twin, service(3) as candidate:
        found = replay(
            capsys, folder, "--to", candidate.url,
            "--baseline", baseline.url, "--twin-url", twin.url,
        )  # fmt: skip

    assert [one["verdict"] for one in found.document["findings"]] == ["noise"]
    assert found.status == 0


def test_without_a_twin_nobody_knows_whether_it_is_noise(folder: Path, capsys: Said) -> None:
    with service(3) as candidate:
        found = replay(capsys, folder, "--to", candidate.url)

    assert [one["verdict"] for one in found.document["findings"]] == ["undecided"]
    assert found.status == 1


def test_the_twin_of_recorded_answers_is_the_configured_baseline(
    folder: Path, capsys: Said
) -> None:
    with service(1) as baseline, service(3, fault=True) as candidate:
        Path("shadowpact.toml").write_text(f'[baseline]\nurl = "{baseline.url}"\n')
        found = replay(capsys, folder, "--to", candidate.url, "--twin")
    verdicts = {one["path"]: one["verdict"] for one in found.document["findings"]}

    assert verdicts == {"$.seen": "noise", "$.total": "real"}
    assert len(baseline.asked) == COUNT


@pytest.mark.parametrize(("option", "count"), [("--twin", 1), ("--twin-url", 2)])
def test_a_twin_gets_writes_only_when_its_data_are_its_own(
    tmp_path: Path, capsys: Said, option: str, count: int
) -> None:
    post = build.exchange(build.request("POST", "/orders", body=b"{}"), build.response({"id": 1}))
    folder = recorded(tmp_path / "w", [post])
    with ScriptedServer() as baseline, ScriptedServer() as twin, ScriptedServer() as candidate:
        told = ("--twin-url", twin.url) if option == "--twin-url" else ("--twin",)
        replay(
            capsys, folder, "--to", candidate.url, "--writes", "on",
            "--baseline", baseline.url, *told,
        )  # fmt: skip

    assert len(baseline.asked) + len(twin.asked) == count
    assert len(candidate.asked) == 1


def test_a_twin_without_a_baseline_is_said(folder: Path, capsys: Said) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["replay", str(folder), "--to", "http://127.0.0.1:9", "--twin"])

    assert ended.value.code == 2
    assert "where does the baseline answer?" in capsys.readouterr().err
