"""Real mitmdump with our addon between a client and a scripted baseline: what is recorded."""

import asyncio
import hashlib
import json
import random
import resource
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shadowpact.cli import main
from shadowpact.demo.processes import ProcessError
from shadowpact.mirror.schedule import Planned, Schedule
from shadowpact.model.clock import SystemClock
from shadowpact.model.exchange import Exchange, header_values
from shadowpact.recording.losses import read_losses
from shadowpact.recording.reader import Follower, Recorded
from shadowpact.recording.segments import segment_files
from shadowpact.recording.writer import Writer
from shadowpact.state import recording_folder
from support.build import exchange
from support.processes import (
    Proxy,
    candidate,
    eventually,
    evidence_of,
    mitmdump,
    recorded,
)
from support.scripted import (
    Answer,
    Asked,
    Peer,
    ScriptedServer,
    answer,
    ask,
    ask_raw,
    chunk,
    chunked,
    connected,
    request_bytes,
    status_of,
)
from support.servers import refusing_port

CAP = 64 * 1024
CONFIG = f"[capture]\nbody-cap-bytes = {CAP}"
LARGE = bytes(range(256)) * 1024
"""Four times the cap."""

type Live = tuple[Proxy, ScriptedServer]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("live")
    with (
        ScriptedServer(impatient=frozenset({"/impatient"})) as baseline,
        mitmdump(folder, baseline.url, config=CONFIG) as proxy,
    ):
        yield proxy, baseline


@pytest.fixture(scope="module")
def bare(live: Live, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Mitmdump without the addon in front of the same baseline."""
    _, baseline = live
    with mitmdump(tmp_path_factory.mktemp("bare"), baseline.url, config=None) as proxy:
        yield proxy


def of(proxy: Proxy, path: str) -> Exchange:
    """The one exchange with a path, once it is recorded."""

    def found() -> list[Exchange]:
        return [one for one in proxy.recorded() if one.request.path == path]

    eventually(lambda: bool(found()))
    (exchange,) = found()
    return exchange


def failure_of(proxy: Proxy, path: str) -> str:
    exchange = of(proxy, path)
    assert exchange.response is None
    assert exchange.failure is not None
    return exchange.failure.kind


def test_an_exchange_is_recorded_as_it_was_on_the_wire(live: Live) -> None:
    proxy, baseline = live
    reply = answer(b"\x1f\x8b as it is", "X-Same: 1", "x-same: 2", "Content-Encoding: gzip")
    baseline.answers["/wire/../x%2Fy"] = reply

    received = ask(proxy.port, "/wire/../x%2Fy?b=2&a=%20", "X-Twice: 1", "x-twice: 2")

    exchange = of(proxy, "/wire/../x%2Fy")
    assert received == reply
    assert exchange.request.target == "/wire/../x%2Fy?b=2&a=%20"
    assert header_values(exchange.request.headers, b"x-twice") == ("1", "2")
    assert exchange.response is not None
    assert exchange.response.body == b"\x1f\x8b as it is"
    assert exchange.response.headers[2:4] == ((b"X-Same", b"1"), (b"x-same", b"2"))


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("plain", answer(b'{"a": 1}', "X-A: 1", "x-a: 2", "X-Odd:  spaces ")),
        ("empty", answer(b"")),
        ("no-content", b"HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n"),
        ("not-modified", b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nContent-Length: 5\r\n\r\n'),
        ("reason", b"HTTP/1.1 299 Quite All Right\r\nContent-Length: 2\r\n\r\nok"),
        ("large", answer(LARGE, media="application/octet-stream")),
        ("cookies", answer(b"{}", "Set-Cookie: a=1; Path=/", "Set-Cookie: b=2")),
        ("alternative", answer(b"{}", 'Alt-Svc: h3=":443"; ma=60')),
        ("one-chunk", chunked(b'{"a": 1}')),
        ("no-chunk", chunked()),
    ],
)
def test_the_client_gets_the_bytes_it_gets_without_the_addon(
    live: Live, bare: Proxy, name: str, reply: bytes
) -> None:
    proxy, baseline = live
    baseline.answers[f"/same/{name}"] = reply

    ours, theirs = (ask(port, f"/same/{name}", "A: 1") for port in (proxy.port, bare.port))

    # mitmproxy itself points Alt-Svc at its own port
    assert ours.replace(b":%d" % proxy.port, b"") == theirs.replace(b":%d" % bare.port, b"")
    assert status_of(ours) >= 200


def test_the_baseline_gets_the_bytes_it_gets_without_the_addon(live: Live, bare: Proxy) -> None:
    proxy, baseline = live
    heads = []
    for port in (proxy.port, bare.port):
        request = request_bytes(
            "/sent", "X-A: 1", "x-a: 2", "Expect: 100-continue", method="PUT", body=b"hey"
        )
        assert status_of(ask_raw(port, request)) == 100
        asked = baseline.asked[-1]
        heads.append((asked.head, asked.body))

    assert heads[0] == heads[1]
    assert heads[0][1] == b"hey"


def test_head_is_answered_without_a_body_and_recorded(live: Live) -> None:
    proxy, baseline = live
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
    baseline.answers["/head"] = head

    assert ask(proxy.port, "/head", method="HEAD") == head
    response = of(proxy, "/head").response
    assert response is not None
    assert (response.body, response.cut) == (b"", None)


def test_a_chunked_answer_reaches_the_client_piece_by_piece_and_is_recorded_whole(
    live: Live,
) -> None:
    proxy, baseline = live
    go_on = threading.Event()

    def in_pieces(peer: Peer, _asked: Asked) -> None:
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        peer.send(head + chunk(b"first"))
        assert go_on.wait(10)
        peer.send(chunk(b"second") + b"0\r\n\r\n")

    baseline.answers["/pieces"] = in_pieces
    with connected(proxy.port) as peer:
        peer.send(request_bytes("/pieces"))
        peer.read_until(b"\r\n\r\n")
        first = peer.read(len(chunk(b"first")))
        go_on.set()
        rest = peer.read_until(b"0\r\n\r\n")

    assert first == chunk(b"first")
    assert rest == chunk(b"second") + b"0\r\n\r\n"
    response = of(proxy, "/pieces").response
    assert response is not None
    assert (response.body, response.cut) == (b"firstsecond", None)


def test_the_first_event_of_a_stream_arrives_before_the_second_is_sent(live: Live) -> None:
    proxy, baseline = live
    go_on = threading.Event()

    def events(peer: Peer, _asked: Asked) -> None:
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        assert go_on.wait(10)
        peer.send(b"data: 2\n\n")
        peer.close()

    baseline.answers["/events"] = events
    with connected(proxy.port) as peer:
        peer.send(request_bytes("/events"))
        peer.read_until(b"\r\n\r\n")
        first = peer.read_until(b"\n\n")
        go_on.set()
        second = peer.read_to_end()

    assert (first, second) == (b"data: 1\n\n", b"data: 2\n\n")
    response = of(proxy, "/events").response
    assert response is not None
    assert response.cut is not None
    assert response.cut.reason == "event-stream"
    assert response.cut.length_bytes == len(first + second)
    assert response.body == first + second


@pytest.mark.parametrize("framing", ["length", "chunked", "until-close"])
def test_an_answer_over_the_cap_arrives_whole_and_leaves_length_and_hash(
    live: Live, framing: str
) -> None:
    proxy, baseline = live

    def until_close(peer: Peer, _asked: Asked) -> None:
        peer.send(b"HTTP/1.0 200 OK\r\n\r\n" + LARGE)
        peer.close()

    replies: dict[str, Answer] = {
        "length": answer(LARGE),
        "chunked": chunked(*(LARGE[at : at + 10_000] for at in range(0, len(LARGE), 10_000))),
        "until-close": until_close,
    }
    baseline.answers[f"/over/{framing}"] = replies[framing]

    with connected(proxy.port) as peer:
        peer.send(request_bytes(f"/over/{framing}"))
        head = peer.read_until(b"\r\n\r\n")
        body = peer.read_to_end() if framing == "until-close" else peer.read_body(head)

    response = of(proxy, f"/over/{framing}").response
    assert body == LARGE
    assert response is not None
    assert response.cut is not None
    assert response.cut.reason == "over-cap"
    assert response.cut.length_bytes == len(LARGE)
    assert response.cut.sha256 == hashlib.sha256(LARGE).digest()
    assert response.body == LARGE[:CAP]


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_an_upload_over_the_cap_arrives_whole_and_leaves_length_and_hash(
    live: Live, framing: str
) -> None:
    proxy, baseline = live
    path = f"/upload/{framing}"
    pieces = [LARGE[at : at + 50_000] for at in range(0, len(LARGE), 50_000)]
    request = {
        "length": request_bytes(path, method="POST", body=LARGE),
        "chunked": request_bytes(path, "Transfer-Encoding: chunked", method="POST")
        + b"".join(map(chunk, pieces))
        + b"0\r\n\r\n",
    }

    assert status_of(ask_raw(proxy.port, request[framing])) == 200
    exchange = of(proxy, path)
    assert next(one.body for one in baseline.asked if one.target == path) == LARGE
    assert exchange.request.cut is not None
    assert exchange.request.cut.length_bytes == len(LARGE)
    assert exchange.request.cut.sha256 == hashlib.sha256(LARGE).digest()
    assert exchange.response is not None


def test_a_chunked_upload_under_the_cap_is_recorded_whole(live: Live) -> None:
    proxy, baseline = live
    head = request_bytes("/small-upload", "Transfer-Encoding: chunked", method="POST")

    ask_raw(proxy.port, head + chunk(b"one,") + chunk(b"two") + b"0\r\n\r\n")

    request = of(proxy, "/small-upload").request
    assert (request.body, request.cut) == (b"one,two", None)
    assert next(one for one in baseline.asked if one.target == "/small-upload").body == b"one,two"


def test_a_baseline_that_hangs_up_before_its_answer_is_a_reset(live: Live) -> None:
    proxy, baseline = live
    baseline.answers["/hangs-up"] = lambda peer, _: peer.close()
    baseline.answers["/resets"] = lambda peer, _: peer.reset()

    assert status_of(ask(proxy.port, "/hangs-up")) == 502
    assert status_of(ask(proxy.port, "/resets")) == 502
    assert failure_of(proxy, "/hangs-up") == "reset"
    assert failure_of(proxy, "/resets") == "reset"


def test_a_baseline_that_dies_in_its_headers_failed(live: Live) -> None:
    proxy, baseline = live

    def half_a_head(peer: Peer, _asked: Asked) -> None:
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Ty")  # might be half a cookie as well
        peer.close()

    baseline.answers["/half-a-head"] = half_a_head

    assert status_of(ask(proxy.port, "/half-a-head")) == 502
    assert failure_of(proxy, "/half-a-head") == "reset"
    assert "Content-Ty" not in str(of(proxy, "/half-a-head").failure)


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_baseline_that_dies_in_its_body_is_a_reset(live: Live, framing: str) -> None:
    proxy, baseline = live
    head = {"length": b"Content-Length: 100", "chunked": b"Transfer-Encoding: chunked"}[framing]

    def half_a_body(peer: Peer, _asked: Asked) -> None:
        peer.send(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + chunk(b"half"))
        peer.close()

    baseline.answers[f"/half-a-body/{framing}"] = half_a_body

    ask(proxy.port, f"/half-a-body/{framing}")

    assert failure_of(proxy, f"/half-a-body/{framing}") == "reset"


def test_an_answer_that_is_no_http_failed(live: Live) -> None:
    proxy, baseline = live

    def nonsense(peer: Peer, _asked: Asked) -> None:
        peer.send(b"220 ready to talk mail\r\n\r\n")
        peer.close()

    baseline.answers["/nonsense"] = nonsense

    assert status_of(ask(proxy.port, "/nonsense")) == 502
    assert failure_of(proxy, "/nonsense") == "other"


def test_a_client_that_leaves_before_the_answer_is_told_from_a_failing_baseline(
    live: Live,
) -> None:
    proxy, baseline = live
    arrived, left = threading.Event(), threading.Event()

    def slow(peer: Peer, _asked: Asked) -> None:
        arrived.set()
        left.wait(10)
        peer.close()

    baseline.answers["/impatient-client"] = slow
    with connected(proxy.port) as peer:
        peer.send(request_bytes("/impatient-client"))
        assert arrived.wait(10)

    assert failure_of(proxy, "/impatient-client") == "client-disconnected"
    left.set()


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_client_that_leaves_in_its_upload_is_told_from_a_failing_baseline(
    live: Live, framing: str
) -> None:
    proxy, _ = live
    path = f"/half-an-upload/{framing}"
    header = {"length": f"Content-Length: {2 * CAP}", "chunked": "Transfer-Encoding: chunked"}
    with connected(proxy.port) as peer:
        peer.send(request_bytes(path, header[framing], method="POST") + chunk(b"half"))

    assert failure_of(proxy, path) == "client-disconnected"


def test_a_client_that_leaves_in_the_answer_is_recorded_once(live: Live) -> None:
    proxy, baseline = live
    go_on = threading.Event()

    def slowly(peer: Peer, _asked: Asked) -> None:
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"1"))
        go_on.wait(10)
        peer.send(chunk(b"2") + b"0\r\n\r\n")

    baseline.answers["/half-read"] = slowly
    with connected(proxy.port) as peer:
        peer.send(request_bytes("/half-read"))
        peer.read_until(b"\r\n1\r\n")

    assert failure_of(proxy, "/half-read") == "client-disconnected"
    go_on.set()


def test_an_early_answer_to_a_large_upload_reaches_the_client(live: Live) -> None:
    proxy, baseline = live
    refusal = answer(b"too large", status="413 Content Too Large")
    baseline.answers["/impatient"] = refusal
    with connected(proxy.port) as peer:
        peer.send(request_bytes("/impatient", f"Content-Length: {100 * CAP}", method="POST"))
        peer.send(b"x" * CAP)
        head = peer.read_until(b"\r\n\r\n")

    assert status_of(head) == 413


def test_connections_are_reused_and_each_request_is_an_exchange(live: Live) -> None:
    proxy, _ = live
    with connected(proxy.port) as peer:
        for number in range(5):
            peer.send(f"GET /kept/{number} HTTP/1.1\r\nHost: shop.test\r\n\r\n".encode())
            peer.read_body(peer.read_until(b"\r\n\r\n"))

    of(proxy, "/kept/4")
    kept = [one for one in proxy.recorded() if one.request.path.startswith("/kept/")]
    assert [one.request.path for one in kept] == [f"/kept/{number}" for number in range(5)]
    assert len({one.client for one in kept}) == 1


def test_pipelined_requests_are_answered_in_order(live: Live) -> None:
    proxy, _ = live
    request = b"GET /pipe/%d HTTP/1.1\r\nHost: shop.test\r\n\r\n"
    with connected(proxy.port) as peer:
        peer.send(b"".join(request % number for number in range(3)))
        for _ in range(3):
            assert peer.read_body(peer.read_until(b"\r\n\r\n")) == b'{"id":1}'

    of(proxy, "/pipe/2")
    piped = [one.request.path for one in proxy.recorded() if "/pipe/" in one.request.path]
    assert piped == ["/pipe/0", "/pipe/1", "/pipe/2"]


def test_parallel_clients_lose_nothing(live: Live) -> None:
    proxy, _ = live

    def client(name: int) -> None:
        for number in range(20):
            assert status_of(ask(proxy.port, f"/parallel/{name}/{number}")) == 200

    threads = [threading.Thread(target=client, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    paths = [p.request.path for p in proxy.recorded() if p.request.path.startswith("/parallel/")]
    assert sorted(paths) == sorted(f"/parallel/{n}/{i}" for n in range(8) for i in range(20))


def test_credentials_never_reach_the_disk(live: Live) -> None:
    proxy, baseline = live
    baseline.answers["/login"] = answer(b"{}", "Set-Cookie: session=not-on-disk-1")
    ask(proxy.port, "/login", "Authorization: Bearer not-on-disk-2", "Cookie: a=not-on-disk-3")

    of(proxy, "/login")
    for file in proxy.state.rglob("*"):
        assert file.is_dir() or b"not-on-disk" not in file.read_bytes()


def test_a_baseline_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with refusing_port() as port, mitmdump(tmp_path, f"http://127.0.0.1:{port}") as proxy:
        assert status_of(ask(proxy.port, "/refused")) == 502
        assert failure_of(proxy, "/refused") == "refused"


SHOUT = """
def response(flow):
    if flow.response and flow.response.content:
        flow.response.content = flow.response.content.upper()

def request(flow):
    if flow.request.content:
        flow.request.content = flow.request.content.upper()
"""


def test_a_script_after_ours_still_changes_bodies_and_what_the_baseline_said_is_recorded(
    tmp_path: Path,
) -> None:
    script = tmp_path / "shout.py"
    script.write_text(SHOUT)
    large = b"large " * CAP
    answers = {"/chunked": chunked(b"one ", b"two"), "/large": answer(large)}
    upload = request_bytes("/up", "Transfer-Encoding: chunked", method="POST")
    with (
        ScriptedServer(answers) as baseline,
        mitmdump(tmp_path, baseline.url, config=CONFIG, scripts=[script]) as proxy,
    ):
        received = [ask(proxy.port, path) for path in answers]
        ask_raw(proxy.port, upload + chunk(b"hello") + b"0\r\n\r\n")
        whole = of(proxy, "/chunked").response
        cut = of(proxy, "/large").response

    assert b"ONE TWO" in received[0]
    assert received[1].endswith(large.upper())
    assert baseline.asked[-1].body == b"HELLO"
    assert whole is not None
    assert whole.body == b"one two"
    assert cut is not None
    assert cut.cut is not None
    assert cut.cut.sha256 == hashlib.sha256(large).digest()


@pytest.mark.parametrize("mode", ["regular", "upstream"])
def test_in_other_modes_only_what_goes_to_the_baseline_is_recorded(
    tmp_path: Path, mode: str
) -> None:
    with (
        ScriptedServer(default=answer(b"baseline")) as baseline,
        ScriptedServer(default=answer(b"other")) as other,
        mitmdump(
            tmp_path,
            baseline.url,
            mode="regular" if mode == "regular" else f"upstream:{other.url}",
        ) as proxy,
    ):
        for url in (other.url, baseline.url):
            assert status_of(ask_raw(proxy.port, request_bytes(f"{url}/{mode}"))) == 200
        (exchange,) = proxy.wait_for(1)

    assert exchange.request.target == f"/{mode}"
    assert exchange.response is not None
    assert exchange.response.body == (b"baseline" if mode == "regular" else b"other")


BROKEN_HOOK = """
import shadowpact.addon

def broken(*_, **__):
    raise RuntimeError("our own fault")

shadowpact.addon.to_exchange = broken
"""


def test_an_error_in_our_hook_is_counted_down_to_the_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "breaks.py"
    script.write_text(BROKEN_HOOK)
    with (
        ScriptedServer() as baseline,
        mitmdump(tmp_path, baseline.url, scripts=[script]) as proxy,
    ):
        answers = [status_of(ask(proxy.port)) for _ in range(3)]

    with pytest.raises(SystemExit) as ended:
        main(["findings", "--state", str(tmp_path / "state"), "--format", "json"])

    evidence = json.loads(capsys.readouterr().out)["evidence"]
    assert answers == [200, 200, 200]
    assert ended.value.code == 3
    assert evidence["hook_errors"] == 3
    assert evidence["dropped"] == {"hook-error": 3}
    assert evidence["exchanges"] == 3


def test_a_full_disk_is_counted_and_recording_resumes_while_clients_notice_nothing(
    tmp_path: Path,
) -> None:
    large = b"x" * 50_000
    with (
        ScriptedServer(default=answer(large)) as baseline,
        mitmdump(tmp_path, baseline.url) as proxy,
    ):
        folder = recording_folder(proxy.state)

        def ask_for(path: str) -> int:
            return status_of(ask(proxy.port, path))

        before = resource.prlimit(proxy.child.pid, resource.RLIMIT_FSIZE)
        statuses = [ask_for("/before")]
        resource.prlimit(proxy.child.pid, resource.RLIMIT_FSIZE, (70_000, before[1]))
        statuses += [ask_for("/full") for _ in range(4)]
        dropped = read_losses(folder).dropped
        resource.prlimit(proxy.child.pid, resource.RLIMIT_FSIZE, before)
        statuses += [ask_for("/after")]
        log = proxy.child.read_log()

    assert statuses == [200] * 6
    assert dropped == {"disk-full": 4}
    assert log.count("exchange not recorded (disk-full)") == 1
    assert [one.request.path for one in recorded(proxy.state)] == ["/before", "/after"]


def test_a_state_folder_that_cannot_be_made_does_not_touch_the_traffic(tmp_path: Path) -> None:
    with ScriptedServer() as baseline:
        (tmp_path / "state").write_text("a file in the way")
        with mitmdump(tmp_path, baseline.url) as proxy:
            statuses = [status_of(ask(proxy.port)) for _ in range(3)]
            (tmp_path / "state").unlink()
            eventually(lambda: status_of(ask(proxy.port)) == 200 and bool(proxy.recorded()))
            lost = evidence_of(proxy.state).dropped["unwritable"]
            log = proxy.child.read_log()

    assert statuses == [200, 200, 200]
    assert lost >= 3
    assert log.count("not recording") == 1
    assert "exchange not recorded" not in log


def test_a_wrong_configuration_stops_mitmdump_with_the_place(tmp_path: Path) -> None:
    config = candidate("http://127.0.0.1:1", "shop", "timeout = 5")

    with mitmdump(tmp_path, "http://127.0.0.1:1", config=config) as proxy:
        with pytest.raises(ProcessError, match="ended with status 1"):
            proxy.child.check(within_s=10)

        assert "shadowpact.toml:6" in proxy.child.read_log()
        assert "timeout-ms" in proxy.child.read_log()
    assert not (tmp_path / "state").exists()


def test_a_second_proxy_on_the_same_state_folder_is_refused(live: Live, tmp_path: Path) -> None:
    first, baseline = live
    (tmp_path / "state").symlink_to(first.state)

    with mitmdump(tmp_path, baseline.url) as second:
        with pytest.raises(ProcessError, match="ended with status 1"):
            second.child.check(within_s=10)

        assert "another proxy is recording here" in second.child.read_log()
    assert status_of(ask(first.port)) == 200


def test_a_proxy_that_is_started_again_goes_on_with_its_recording(tmp_path: Path) -> None:
    with ScriptedServer() as baseline:
        for path in ("/one", "/two"):
            with mitmdump(tmp_path, baseline.url) as proxy:
                ask(proxy.port, path)

    assert [one.request.path for one in recorded(tmp_path / "state")] == ["/one", "/two"]
    assert len(segment_files(recording_folder(tmp_path / "state"))) == 2


def following(follower: Follower) -> Schedule[Recorded]:
    """What a lane of the worker takes from."""

    async def read() -> list[Planned[Recorded]]:
        return [Planned(one) for one in follower.read()]

    return Schedule(read, clock=SystemClock(), stop=asyncio.Event(), window=512)


async def test_a_follower_sees_an_exchange_as_soon_as_it_is_there(tmp_path: Path) -> None:
    pause = random.Random(7)  # noqa: S311  the same pauses each time
    writer = Writer(tmp_path)
    took_s = []
    with Follower(tmp_path) as follower:
        schedule = following(follower)
        for _ in range(100):
            waiting = asyncio.ensure_future(schedule.next())
            await asyncio.sleep(pause.random() * 0.02)
            appended_s = time.monotonic()
            writer.append(exchange())
            await waiting
            took_s.append(time.monotonic() - appended_s)
    writer.close()

    assert statistics.median(took_s) < 0.1  # benchmarks/recording.py measures it


async def test_an_idle_follower_leaves_the_processor_alone(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    writer.append(exchange())
    with Follower(tmp_path) as follower:
        schedule = following(follower)
        await schedule.next()
        used_s = time.process_time()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(schedule.next(), 2.0)
        used_s = time.process_time() - used_s
    writer.close()

    assert used_s < 0.2
