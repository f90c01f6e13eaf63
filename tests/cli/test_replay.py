import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shadowpact import cli
from shadowpact.model.exchange import Exchange, Failure
from shadowpact.recording.har import write_har
from shadowpact.recording.writer import Writer
from shadowpact.secrets import REDACTED, Sealer, load_key
from shadowpact.state import open_store
from support import build
from support.scripted import Answer, ScriptedServer, answer

TOKEN = b"Bearer not-a-real-token"
EXCHANGES = (
    build.exchange(build.request(target="/orders/1"), build.response({"id": 1})),
    build.exchange(build.request(target="/orders/2"), build.response({"id": 2})),
    build.exchange(build.request("POST", "/orders"), build.response({"id": 3}, 201)),
    build.exchange(build.request(target="/orders/4"), Failure(kind="refused")),
)
ALIKE: dict[str, Answer] = {
    "/orders/1": answer(b'{"id":1}'),
    "/orders/2": answer(b'{"id":2}'),
}


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def candidate() -> Iterator[ScriptedServer]:
    with ScriptedServer(ALIKE) as server:
        yield server


def recorded(folder: Path, exchanges: tuple[Exchange, ...] = EXCHANGES) -> Path:
    writer = Writer(folder)
    for exchange in exchanges:
        writer.append(exchange)
    writer.close()
    return folder


def replay(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[Any, dict[str, Any]]:
    with pytest.raises(SystemExit) as ended:
        cli.main(["replay", *map(str, arguments), "--format", "json"])
    return ended.value.code, json.loads(capsys.readouterr().out)


def test_a_candidate_that_answers_alike_passes_and_everything_is_accounted_for(
    tmp_path: Path, candidate: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    status, document = replay(capsys, recorded(tmp_path / "r"), "--to", candidate.url)

    assert status == 0
    assert document["schema"] == "shadowpact/findings/1"
    assert document["findings"] == []
    evidence = document["evidence"]
    assert (evidence["exchanges"], evidence["pairs"], evidence["equal"]) == (4, 2, 2)
    assert evidence["dropped"] == {"write-policy": 1}
    assert evidence["incomparable"] == {"baseline-failed": 1}
    assert sorted(candidate.targets()) == ["/orders/1", "/orders/2"]


def test_a_difference_is_a_finding_of_its_route(
    tmp_path: Path, candidate: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    for target in ("/orders/1", "/orders/2"):
        candidate.answers[target] = answer(b'{"id":"1"}')

    status, document = replay(capsys, recorded(tmp_path / "r"), "--to", candidate.url)

    assert status == 1
    (finding,) = document["findings"]
    assert (finding["route"], finding["path"]) == ("GET /orders/{id}", "$.id")
    assert (finding["kind"], finding["verdict"], finding["pairs"]) == ("type-changed", "real", 2)


def test_a_har_gives_the_same_findings_as_the_recording(
    tmp_path: Path, candidate: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    candidate.answers["/orders/2"] = answer(b'{"id":2,"more":true}')
    write_har(EXCHANGES, tmp_path / "r.har")

    from_har = replay(capsys, tmp_path / "r.har", "--to", candidate.url)
    from_folder = replay(capsys, recorded(tmp_path / "r"), "--to", candidate.url)

    assert [one["fingerprint"] for one in from_har[1]["findings"]] == [
        one["fingerprint"] for one in from_folder[1]["findings"]
    ]
    assert from_har[1]["evidence"] == from_folder[1]["evidence"]


def test_the_baseline_can_be_asked_anew(
    tmp_path: Path, candidate: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    for target in ("/orders/1", "/orders/2"):
        candidate.answers[target] = answer(b'{"id":"changed"}')
    with ScriptedServer(candidate.answers) as baseline:
        status, document = replay(
            capsys,
            recorded(tmp_path / "r"),
            *("--to", candidate.url, "--baseline", baseline.url),
        )

    evidence = document["evidence"]
    assert status == 0
    assert (evidence["exchanges"], evidence["equal"], evidence["incomparable"]) == (4, 3, {})


def test_a_dead_candidate_is_no_evidence_and_not_a_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ScriptedServer() as gone:
        url = gone.url

    status, document = replay(capsys, recorded(tmp_path / "r", EXCHANGES[:2] * 20), "--to", url)

    assert status == 3
    evidence = document["evidence"]
    lost = {**evidence["dropped"], **evidence["incomparable"]}
    assert set(lost) == {"candidate-unreachable"}
    assert sum(lost.values()) == evidence["exchanges"] == 40


def test_sealed_credentials_are_opened_with_the_key_of_the_state(
    tmp_path: Path, candidate: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = build.request(target="/orders/1", headers=((b"Authorization", TOKEN),))
    sealer = Sealer(load_key(tmp_path / ".shadowpact"))
    folder = recorded(tmp_path / "r", (sealer.seal(build.exchange(asked)),))

    status, _ = replay(capsys, folder, "--to", candidate.url)

    assert status == 0
    assert b"Authorization: " + TOKEN in candidate.asked[0].head


def test_credentials_of_another_key_or_taken_out_are_not_sent(
    tmp_path: Path, candidate: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed = Sealer(bytes(64)).seal(
        build.exchange(build.request(headers=((b"authorization", TOKEN),)))
    )
    redacted = build.exchange(build.request(headers=((b"cookie", REDACTED.encode()),)))

    status, document = replay(
        capsys, recorded(tmp_path / "r", (sealed, redacted)), "--to", candidate.url
    )

    assert status == 3
    assert document["evidence"]["incomparable"] == {"redacted": 1, "sealed": 1}
    assert candidate.asked == []


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["nowhere"], 2, "where to? Pass --to URL"),
        (["nowhere", "--to", "http://127.0.0.1:9"], 2, "nowhere: no such recording"),
        (["nowhere", "--to", "127.0.0.1:9"], 2, "expected a URL"),
        (["nowhere", "--to", "http://x", "--baseline", "old"], 2, "expected 'recorded' or a URL"),
        (["note.txt", "--to", "http://127.0.0.1:9"], 4, "note.txt: not a recording"),
        (["note.txt", "--to", "http://x", "--speed", "fast"], 2, "expected 1x, 10x, 0.5x or max"),
        (["note.txt", "--to", "http://x", "--speed", "0x"], 2, "expected 1x, 10x, 0.5x or max"),
        (["note.txt", "--to", "http://x", "--session", "cookie"], 2, "expected cookie:NAME"),
        (["note.txt", "--to", "http://x", "--from", "noon"], 2, "--from 'noon': expected a time"),
        (["note.txt", "--to", "http://x", "--until", "noon"], 2, "--until 'noon'"),
        (["note.txt", "--to", "http://x", "--to", "http://y"], 2, "give one URL"),
        (["note.txt", "--to", "http://x", "--to", "+1m", "--until", "+2m"], 2, "at most one time"),
        (["note.txt", "--to", "http://x", "--twin-url", "twin"], 2, "--twin-url 'twin'"),
        (["note.txt", "--to", "http://x", "--route", "GET orders"], 2, "--route"),
    ],
)
def test_what_cannot_be_replayed_is_said(
    arguments: list[str],
    status: int,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "note.txt").write_text("this is no recording at all")

    with pytest.raises(SystemExit) as ended:
        cli.main(["replay", *arguments])

    assert ended.value.code == status
    assert said in capsys.readouterr().err


def moved(url: str) -> bytes:
    return answer(b"", f"Location: {url}/orders/7", status="302 Found", media="text/plain")


@pytest.mark.parametrize("public", ["http://shop.test", "http://monolith.test"])
def test_each_service_naming_itself_in_location_is_equal(
    tmp_path: Path, candidate: ScriptedServer, capsys: pytest.CaptureFixture[str], public: str
) -> None:
    Path("shadowpact.toml").write_text('[baseline]\nurl = "http://monolith.test"\n')
    headers = ((b"Location", f"{public}/orders/7".encode()), (b"Content-Type", b"text/plain"))
    asked = build.request(target="/orders/1", authority="shop.test")
    kept = build.exchange(asked, build.response(status=302, headers=headers, body=b""))
    candidate.answers["/orders/1"] = moved(candidate.url)

    status, document = replay(capsys, recorded(tmp_path / "r", (kept,)), "--to", candidate.url)
    candidate.answers["/orders/1"] = moved("http://elsewhere.test")
    elsewhere, _ = replay(capsys, recorded(tmp_path / "e", (kept,)), "--to", candidate.url)

    assert (status, document["evidence"]["pairs"], document["findings"]) == (0, 1, [])
    assert elsewhere == 1


def test_a_baseline_that_is_asked_anew_names_itself_by_its_url(
    tmp_path: Path, candidate: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = recorded(tmp_path / "r", EXCHANGES[:1])
    candidate.answers["/orders/1"] = moved(candidate.url)
    with ScriptedServer() as baseline:
        baseline.answers["/orders/1"] = moved(baseline.url)
        status, document = replay(
            capsys, folder, *("--to", candidate.url, "--baseline", baseline.url)
        )

    assert (status, document["evidence"]["equal"]) == (0, 1)


def test_a_person_gets_findings_counts_and_where_they_are_kept(
    tmp_path: Path, candidate: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    for target in ("/orders/1", "/orders/2"):
        candidate.answers[target] = answer(b'{"id":"1"}')

    with pytest.raises(SystemExit):
        cli.main(["replay", str(recorded(tmp_path / "r")), "--to", candidate.url])
    said = capsys.readouterr()

    assert said.out.splitlines()[0] == "Findings"
    assert "4 exchanges = 2 compared (0 equal) + 1 dropped + 1 incomparable" in said.out
    took, kept = said.err.splitlines()
    assert took.startswith("shadowpact replay: took ")
    assert "see it with: shadowpact report --state .shadowpact/replays/r-" in kept


def test_what_is_rewritten_is_explained_as_a_run_has_learnt_it(
    tmp_path: Path, candidate: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    headers = build.JSON
    made = build.request("POST", "/orders", headers=headers, body=b"{}")
    folder = recorded(
        tmp_path / "r",
        (
            build.exchange(made, build.response({"id": 5001}, 201)),
            build.exchange(build.request(target="/orders/5001"), build.response({"id": 5001})),
        ),
    )
    candidate.answers["/orders"] = answer(b'{"id":81}', status="201 Created")
    candidate.answers["/orders/81"] = answer(b'{"id":81}')
    options = (folder, "--to", candidate.url, "--writes", "on")
    status, _ = replay(capsys, *options)
    count = len(candidate.asked)

    with pytest.raises(SystemExit):
        cli.main(["replay", *map(str, options), "--explain", "exc_run_1"])
    text = capsys.readouterr().out
    with pytest.raises(SystemExit):
        cli.main(["replay", *map(str, options), "--explain", "1", "--format", "json"])
    document = json.loads(capsys.readouterr().out)

    assert status == 0
    assert "sent to    candidate as GET /orders/81" in text
    assert "path: 5001 → 81   the candidate's own order, learnt from exc_run_0" in text
    assert document["schema"] == "shadowpact/explained/1"
    assert document["sent"] == "GET /orders/81"
    assert document["replacements"][0]["learnt_from"] == "exc_run_0"
    assert len(candidate.asked) == count  # nothing was sent


def test_an_explanation_before_any_run_says_that_there_was_none(
    tmp_path: Path, candidate: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = recorded(tmp_path / "r")

    with pytest.raises(SystemExit):
        cli.main(["replay", str(folder), "--to", candidate.url, "--explain", "0"])
    said = capsys.readouterr()

    assert "no earlier run of this replay is kept here" in said.err
    assert "Nothing is rewritten" in said.out
    assert not Path(".shadowpact").exists()


def test_accepted_findings_do_not_fail_a_run_that_goes_on(
    tmp_path: Path, candidate: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    candidate.answers["/orders/1"] = answer(b'{"id":"1"}')
    folder = recorded(tmp_path / "r")
    first, _ = replay(capsys, folder, "--to", candidate.url)
    (kept,) = Path(".shadowpact/replays").iterdir()
    store = open_store(kept)
    for one in store.findings():
        store.triage(one.id, "accepted")
    store.close()
    second, document = replay(capsys, folder, "--to", candidate.url, "--resume")

    assert (first, second) == (1, 0)
    assert [one["state"] for one in document["findings"]] == ["accepted"]


@pytest.mark.parametrize("options", [("--route", "GET orders"), ("--speed", "fast")])
def test_a_mistake_does_not_cost_what_an_earlier_run_has_found(
    tmp_path: Path,
    candidate: ScriptedServer,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, str],
) -> None:
    folder = recorded(tmp_path / "r")
    replay(capsys, folder, "--to", candidate.url)
    (kept,) = Path(".shadowpact/replays").iterdir()
    with pytest.raises(SystemExit):
        cli.main(["replay", str(folder), "--to", candidate.url, *options])
    store = open_store(kept)
    pairs = store.evidence().pairs
    store.close()

    assert pairs == 2
