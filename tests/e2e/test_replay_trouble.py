"""Candidates that are down, that know nobody, and that call things otherwise."""

import itertools
from pathlib import Path

import orjson
import pytest

from shadowpact.model.exchange import Exchange
from support import build
from support.replays import adds_up, asked, recorded, replay
from support.scripted import Asked, Peer, ScriptedServer, answer

CLIENTS = tuple(f"c{number}" for number in range(10))
DOWN = "the candidate is down rather than different"
type Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def gone() -> str:
    """Where nobody listens."""
    with ScriptedServer() as server:
        return server.url


@pytest.mark.parametrize("workers", [1, 2])
def test_a_candidate_that_is_not_there_stops_the_replay(
    tmp_path: Path, capfd: Said, workers: int
) -> None:
    folder = recorded(tmp_path / "r", [asked(n, of=CLIENTS) for n in range(2000)])

    found = replay(capfd, folder, "--to", gone(), "--workers", workers)

    assert (found.status, found.how) == (3, "down")
    assert found.document["replay"]["why"].startswith("candidate: ")
    assert found.err.count(DOWN) == 1
    assert 40 <= found.evidence["exchanges"] < 500
    assert set(found.evidence["incomparable"]) == {"candidate-unreachable"}


def test_a_candidate_that_dies_on_the_way_is_down_and_not_different(
    tmp_path: Path, capsys: Said
) -> None:
    folder = recorded(tmp_path / "r", [asked(n, of=CLIENTS) for n in range(1000)])
    counted = itertools.count(1)

    def reply(peer: Peer, _asked: Asked) -> None:
        peer.send(answer() if next(counted) <= 100 else answer(b"", status="503 Gone Fishing"))

    with ScriptedServer(default=reply) as candidate:
        found = replay(capsys, folder, "--to", candidate.url, "--concurrency", "4")

    assert (found.status, found.how) == (4, "down")
    assert DOWN in found.err
    assert found.evidence["equal"] == 100
    assert 140 <= found.evidence["exchanges"] < 160


def test_a_replay_that_was_stopped_goes_on_when_the_candidate_is_back(
    tmp_path: Path, capsys: Said
) -> None:
    folder = recorded(tmp_path / "r", [asked(n, of=CLIENTS) for n in range(300)])
    is_up = False

    def reply(peer: Peer, _asked: Asked) -> None:
        if is_up:
            peer.send(answer())
        else:
            peer.reset()

    with ScriptedServer(default=reply) as candidate:
        first = replay(capsys, folder, "--to", candidate.url)
        is_up = True
        second = replay(capsys, folder, "--to", candidate.url, "--resume")

    assert first.how == "down"
    assert second.how == "done"
    adds_up(second.evidence, 300)
    assert second.evidence["equal"] == 300 - first.evidence["exchanges"]


def test_a_few_errors_stop_nothing(tmp_path: Path, capsys: Said) -> None:
    folder = recorded(tmp_path / "r", [asked(n, of=CLIENTS) for n in range(300)])
    counted = itertools.count()

    def reply(peer: Peer, _asked: Asked) -> None:
        if next(counted) % 5:
            peer.send(answer())
        else:
            peer.send(answer(b"", status="503 Busy"))

    with ScriptedServer(default=reply) as candidate:
        found = replay(capsys, folder, "--to", candidate.url)
        strict = replay(capsys, folder, "--to", candidate.url, "--stop-error-rate", "0.1")

    assert (found.how, found.status) == ("done", 1)
    adds_up(found.evidence, 300)
    assert found.evidence["equal"] == 240
    assert strict.how == "down"
    assert "more than 10%" in strict.document["replay"]["why"]


def with_token(number: int) -> Exchange:
    headers = ((b"authorization", b"Bearer of-client-%d" % (number % 3)),)
    return build.exchange(build.request(target=f"/orders/{number}", headers=headers))


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_candidate_that_accepts_no_credential_is_told_once(
    tmp_path: Path, capfd: Said, status: str, workers: int
) -> None:
    folder = recorded(tmp_path / "r", map(with_token, range(60)))
    with ScriptedServer(default=answer(b'{"error":"who?"}', status=status)) as candidate:
        found = replay(capfd, folder, "--to", candidate.url, "--workers", workers)

    adds_up(found.evidence, 60)
    assert (found.status, found.document["findings"]) == (3, [])
    assert found.evidence["incomparable"] == {"credentials": 60}
    assert found.err.count("credentials that it has never accepted") == 1
    assert found.err.count("[candidates.candidate.credentials]") == 1
    assert "of-client" not in found.err


def test_a_refusal_of_an_accepted_credential_is_a_difference(tmp_path: Path, capsys: Said) -> None:
    folder = recorded(tmp_path / "r", map(with_token, range(60)))
    forbidden = answer(b'{"error":"no"}', status="403 Forbidden")
    with ScriptedServer({f"/orders/{n}": forbidden for n in range(30, 60)}) as candidate:
        found = replay(capsys, folder, "--to", candidate.url, "--concurrency", "1")

    assert (found.status, found.evidence["pairs"], found.evidence["equal"]) == (1, 60, 30)


def test_taken_out_credentials_do_not_matter_when_the_candidate_has_its_own(
    tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "a-test-token")
    headers = ((b"authorization", b"[redacted]"),)
    folder = recorded(
        tmp_path / "r", [build.exchange(build.request(headers=headers)) for _ in range(3)]
    )
    table = '[candidates.shop]\nurl = "{}"\n[candidates.shop.credentials]\nkind = "header"\n'
    with ScriptedServer() as candidate:
        without = replay(capsys, folder, "--to", candidate.url)
        Path("shadowpact.toml").write_text(
            table.format(candidate.url) + 'value-from-env = "SHOP_TOKEN"\n'
        )
        found = replay(capsys, folder)

    assert (without.status, without.evidence["incomparable"]) == (3, {"redacted": 3})
    assert (found.status, found.evidence["equal"]) == (0, 3)
    assert b"authorization: Bearer a-test-token" in candidate.asked[0].head


def created(number: int) -> tuple[Exchange, Exchange]:
    """An order is made, and read."""
    made = build.request("POST", "/orders", headers=build.JSON, body=b"{}")
    order = {"id": 5000 + number, "note": "as wished"}
    return (
        build.exchange(made, build.response(order, 201), client=f"c{number}"),
        build.exchange(
            build.request(target=f"/orders/{5000 + number}"),
            build.response(order),
            client=f"c{number}",
        ),
    )


def test_an_id_that_the_candidate_never_gave_is_incomparable(tmp_path: Path, capsys: Said) -> None:
    counted = itertools.count(81_000)

    def reply(peer: Peer, one: Asked) -> None:
        known = one.target.removeprefix("/orders")
        if one.method == "POST" and (number := next(counted)) % 2:
            peer.send(answer(b'{"error":"full"}', status="507 Full"))
        elif one.method == "POST":
            document = {"id": number, "note": "as wished"}
            peer.send(answer(orjson.dumps(document), status="201 Created"))
        elif int(known[1:]) >= 81_000:
            document = {"id": int(known[1:]), "note": "as wished"}
            peer.send(answer(orjson.dumps(document)))
        else:
            peer.send(answer(b'{"error":"unknown"}', status="404 Not Found"))

    exchanges = [one for number in range(10) for one in created(number)]
    folder = recorded(tmp_path / "r", exchanges)
    with ScriptedServer(default=reply) as candidate:
        found = replay(
            capsys, folder, "--to", candidate.url, "--writes", "on", "--concurrency", "1"
        )

    adds_up(found.evidence, 20)
    assert found.evidence["incomparable"] == {"unknown-alias": 5}
    assert {one["route"] for one in found.document["findings"]} == {"POST /orders"}
    assert found.document["aliases"] == {"bound": 5, "conflicts": 0, "unknown": 5}


def test_a_write_that_is_not_sent_makes_its_id_unknown(tmp_path: Path, capsys: Said) -> None:
    folder = recorded(tmp_path / "r", created(1))
    missing = answer(b'{"error":"unknown"}', status="404 Not Found")
    with ScriptedServer({"/orders/5001": missing}) as candidate:
        found = replay(capsys, folder, "--to", candidate.url)

    adds_up(found.evidence, 2)
    assert found.document["findings"] == []
    assert found.evidence["dropped"] == {"write-policy": 1}
    assert found.evidence["incomparable"] == {"unknown-alias": 1}
