import logging
import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from mitmproxy import exceptions, http
from mitmproxy.proxy.mode_specs import ProxyMode
from mitmproxy.test import tflow, tutils

from shadowpact.addon import Recorder, Shadowpact
from shadowpact.config.settings import Settings
from shadowpact.model.tee import Tee
from shadowpact.recording.losses import read_losses
from shadowpact.recording.settings import RecordingSettings
from shadowpact.secrets import Sealer
from shadowpact.state import recording_folder
from support.build import exchange, request
from support.inside import maplocal, mitmproxy_context, modifybody, stickycookie
from support.processes import evidence_of, recorded, write_config

BASELINE = "http://monolith.test:8001"


class HandClock:
    """Time that a test sets."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now_us(self) -> int:
        return int(self.seconds * 1_000_000)

    def monotonic_s(self) -> float:
        return self.seconds


@contextmanager
def loaded(
    folder: Path, clock: HandClock | None = None, **options: Any
) -> Iterator[tuple[Shadowpact, Any]]:
    """The addon in a mitmproxy that does not listen."""
    config = write_config(folder, BASELINE, "[capture]\nbody-cap-bytes = 100")
    addon = Shadowpact(clock)
    with mitmproxy_context() as context:
        context.master.addons.add(addon)
        context.options.update(
            shadowpact_config=str(config),
            shadowpact_state=str(folder / "state"),
            shadowpact_worker="external",
            **options,
        )
        yield addon, context
        if addon._recorder is not None:
            addon._recorder.close()


def a_flow(**given: Any) -> http.HTTPFlow:
    flow = tflow.tflow(resp=True, **given)
    flow.client_conn.proxy_mode = ProxyMode.parse(f"reverse:{BASELINE}")
    return flow


def go_through(addon: Shadowpact, flow: http.HTTPFlow) -> None:
    addon.requestheaders(flow)
    addon.responseheaders(flow)
    addon.response(flow)


def a_recorder(state: Path, clock: HandClock | None = None, **settings: Any) -> Recorder:
    recording = RecordingSettings(**settings)
    return Recorder(state, Settings(recording=recording), clock or HandClock())


@contextmanager
def no_file_above(size_bytes: int) -> Iterator[None]:
    """As on a full disk: files of this process cannot grow beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_what_passes_is_recorded(tmp_path: Path) -> None:
    with loaded(tmp_path) as (addon, _):
        go_through(addon, a_flow(req=tutils.treq(path=b"/a")))
        go_through(addon, a_flow(req=tutils.treq(path=b"/b")))

    assert [one.request.target for one in recorded(tmp_path / "state")] == ["/a", "/b"]


async def test_a_failed_flow_is_recorded_too(tmp_path: Path) -> None:
    with loaded(tmp_path) as (addon, _):
        flow = a_flow(err=True)
        addon.requestheaders(flow)
        addon.error(flow)

    (exchange,) = recorded(tmp_path / "state")
    assert exchange.failure is not None


async def test_what_mitmproxy_replays_is_not_recorded(tmp_path: Path) -> None:
    with loaded(tmp_path) as (addon, _):
        flow = a_flow()
        flow.is_replay = "request"
        go_through(addon, flow)

    assert recorded(tmp_path / "state") == []


async def test_in_regular_mode_only_the_baseline_is_recorded(tmp_path: Path) -> None:
    with loaded(tmp_path) as (addon, _):
        for host, port in (("monolith.test", 8001), ("monolith.test", 80), ("cdn.test", 8001)):
            flow = a_flow(req=tutils.treq(host=host, port=port, path=f"/{host}/{port}".encode()))
            flow.client_conn.proxy_mode = ProxyMode.parse("regular")
            go_through(addon, flow)

    assert [one.request.target for one in recorded(tmp_path / "state")] == ["/monolith.test/8001"]


HOOKS = ("requestheaders", "responseheaders", "response", "error")


@pytest.mark.parametrize("hook", HOOKS)
async def test_an_error_in_a_hook_leaves_the_flow_alone_and_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hook: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("our own fault")

    for name in ("is_ours", "tee_for_request", "tee_for_response", "to_exchange"):
        monkeypatch.setattr(f"shadowpact.addon.{name}", broken)
    flow = a_flow(err=hook == "error")
    with loaded(tmp_path) as (addon, _):
        before = flow.get_state()
        getattr(addon, hook)(flow)

        assert flow.get_state() == before
        assert not flow.request.stream
        evidence = evidence_of(tmp_path / "state")
    is_lost = hook in {"response", "error"}
    assert evidence.hook_errors == 1
    assert evidence.dropped == ({"hook-error": 1} if is_lost else {})
    assert evidence.exchanges == int(is_lost)


async def test_a_sealer_that_fails_lets_nothing_through_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("cannot seal")

    monkeypatch.setattr(Sealer, "seal", broken)
    with loaded(tmp_path) as (addon, _):
        go_through(addon, a_flow())

        evidence = evidence_of(tmp_path / "state")
    assert recorded(tmp_path / "state") == []
    assert evidence.dropped == {"hook-error": 1}


async def test_without_a_recorder_flows_just_pass() -> None:
    addon = Shadowpact()
    flow = a_flow()
    before = flow.get_state()

    go_through(addon, flow)
    addon.error(flow)

    assert flow.get_state() == before


async def test_a_wrong_configuration_is_refused_with_the_place(tmp_path: Path) -> None:
    config = write_config(tmp_path, BASELINE, "[candidates.shop]\nurll = 'http://x'")
    with mitmproxy_context() as context:
        context.master.addons.add(Shadowpact())

        with pytest.raises(exceptions.OptionsError, match=r"shadowpact\.toml:5.*urll"):
            context.options.update(shadowpact_config=str(config))


async def test_a_missing_configuration_is_refused_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    missing = tmp_path / "nowhere.toml"
    with mitmproxy_context() as context:
        context.master.addons.add(Shadowpact())

        with pytest.raises(exceptions.OptionsError, match="nowhere"):
            context.options.update(shadowpact_config=str(missing))

    assert os.listdir(tmp_path) == []  # noqa: PTH208  the async lint knows pathlib only


async def test_a_state_folder_in_use_is_refused(tmp_path: Path) -> None:
    with (
        loaded(tmp_path),
        pytest.raises(exceptions.OptionsError, match="another proxy"),
        loaded(tmp_path),
    ):
        pytest.fail("two proxies record in one folder")


async def test_a_changed_option_of_ours_takes_effect_and_others_are_let_be(tmp_path: Path) -> None:
    with loaded(tmp_path) as (addon, context):
        before = addon._recorder
        context.options.update(ssl_insecure=True)
        assert addon._recorder is before

        context.options.update(shadowpact_state=str(tmp_path / "other"))
        go_through(addon, a_flow())

    assert recorded(tmp_path / "state") == []
    assert len(recorded(tmp_path / "other")) == 1


async def test_a_refused_change_keeps_recording_as_before(tmp_path: Path) -> None:
    with loaded(tmp_path) as (addon, context):
        with pytest.raises(exceptions.OptionsError):
            context.options.update(shadowpact_config=str(tmp_path / "nowhere.toml"))
        go_through(addon, a_flow())

    assert len(recorded(tmp_path / "state")) == 1


@pytest.mark.parametrize(
    ("options", "is_teed"),
    [
        ({}, True),
        ({"map_local": ["|.*|/tmp"]}, False),
        ({"modify_body": ["/a/b/c"]}, False),
        ({"stickycookie": ".*"}, False),
    ],
)
async def test_a_chunked_body_is_streamed_only_when_nobody_else_wants_it_whole(
    tmp_path: Path, options: dict[str, Any], is_teed: bool
) -> None:
    with loaded(tmp_path) as (addon, context):
        context.master.addons.add(
            maplocal.MapLocal(), modifybody.ModifyBody(), stickycookie.StickyCookie()
        )
        context.options.update(**options)
        chunked = http.Headers([(b"transfer-encoding", b"chunked")])
        flow = a_flow(req=tutils.treq(headers=chunked))
        flow.response = tutils.tresp(headers=chunked)
        addon.requestheaders(flow)
        addon.responseheaders(flow)

    assert isinstance(flow.request.stream, Tee) == is_teed
    assert isinstance(flow.response.stream, Tee) == is_teed


async def test_the_stream_function_of_another_addon_is_left_in_place(tmp_path: Path) -> None:
    def theirs(data: bytes) -> bytes:
        return data.upper()

    with loaded(tmp_path) as (addon, _):
        flow = a_flow()
        assert flow.response is not None
        flow.request.stream = flow.response.stream = theirs
        flow.request.data.content = flow.response.data.content = None
        go_through(addon, flow)

    (exchange,) = recorded(tmp_path / "state")
    assert flow.request.stream is theirs
    assert flow.response.stream is theirs
    assert exchange.request.cut is not None
    assert exchange.response is not None
    assert exchange.response.cut is not None


def test_a_recorder_counts_while_its_folder_cannot_be_made_and_goes_on_when_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = HandClock()
    state = tmp_path / "file" / "state"
    (tmp_path / "file").write_text("in the way")
    recorder = a_recorder(state, clock)

    recorder.open()
    for _ in range(3):
        clock.seconds += 2
        recorder.record(exchange())
    (tmp_path / "file").unlink()
    clock.seconds += 2
    recorder.record(exchange())
    recorder.close()

    assert len(recorded(state)) == 1
    assert read_losses(recording_folder(state)).dropped == {"unwritable": 3}
    assert len(caplog.records) == 1


def test_an_unwritable_folder_is_tried_again_once_a_second_and_not_for_each_exchange(
    tmp_path: Path,
) -> None:
    clock = HandClock()
    (tmp_path / "file").write_text("in the way")
    recorder = a_recorder(tmp_path / "file" / "state", clock)

    recorder.open()
    (tmp_path / "file").unlink()
    recorder.record(exchange())
    clock.seconds += 1
    recorder.record(exchange())
    recorder.close()

    assert len(recorded(tmp_path / "file" / "state")) == 1


def test_a_full_disk_drops_and_counts_and_recording_resumes_when_there_is_room(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = a_recorder(tmp_path)
    recorder.open()
    large = exchange(request("POST", body=b"x" * 20_000))

    recorder.record(exchange(request(target="/first")))
    with no_file_above(8192):
        for _ in range(5):
            recorder.record(large)
    recorder.record(exchange(request(target="/last")))
    recorder.close()

    assert [one.request.target for one in recorded(tmp_path)] == ["/first", "/last"]
    assert read_losses(recording_folder(tmp_path)).dropped == {"disk-full": 5}
    assert len(caplog.records) == 1


def test_a_disk_that_is_full_from_the_start_is_survived(tmp_path: Path) -> None:
    clock = HandClock()
    recorder = a_recorder(tmp_path, clock)

    with no_file_above(10):
        recorder.open()
        recorder.record(exchange())
        clock.seconds += 2
        recorder.record(exchange())
    clock.seconds += 2
    recorder.record(exchange(request(target="/last")))
    recorder.close()

    assert [one.request.target for one in recorded(tmp_path)] == ["/last"]
    assert sum(read_losses(recording_folder(tmp_path)).dropped.values()) == 2


def test_a_full_backlog_drops_and_counts(tmp_path: Path) -> None:
    recorder = a_recorder(tmp_path, max_bytes=20_000)
    recorder.open()
    for _ in range(30):
        recorder.record(exchange(request("POST", body=b"x" * 1000)))
    recorder.close()

    count = len(recorded(tmp_path))
    assert 15 <= count <= 20
    assert read_losses(recording_folder(tmp_path)).dropped == {"backlog-full": 30 - count}


def test_it_warns_once_a_minute_about_each_thing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = HandClock()
    recorder = a_recorder(tmp_path, clock)
    recorder.open()

    for second in range(61):
        clock.seconds = 2000.0 + second
        recorder.drop("disk-full", "no space left")
        recorder.hook_error(ValueError("oops"))
    recorder.close()

    messages = [record.getMessage() for record in caplog.records]
    assert len([m for m in messages if "disk-full" in m]) == 2
    assert len([m for m in messages if "oops" in m]) == 2
    assert all(record.levelno == logging.WARNING for record in caplog.records)


def test_counts_go_on_after_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        recorder = a_recorder(tmp_path)
        recorder.open()
        recorder.drop("disk-full", "no space left")
        recorder.hook_error(ValueError("oops"))
        recorder.close()

    losses = read_losses(recording_folder(tmp_path))
    assert losses.dropped == {"disk-full": 2}
    assert losses.hook_errors == 2


def test_nobody_else_can_read_what_is_written(tmp_path: Path) -> None:
    recorder = a_recorder(tmp_path / "state")
    recorder.open()
    recorder.record(exchange())
    recorder.close()

    modes = {path: path.stat().st_mode & 0o777 for path in (tmp_path / "state").rglob("*")}
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def test_a_state_folder_that_is_removed_is_made_again_and_the_loss_counted(tmp_path: Path) -> None:
    state = tmp_path / "state"
    recorder = a_recorder(state)
    recorder.open()
    recorder.record(exchange(request(target="/first")))

    shutil.rmtree(state)
    recorder.record(exchange(request(target="/lost")))
    recorder.record(exchange(request(target="/next")))
    recorder.close()

    assert [one.request.target for one in recorded(state)] == ["/next"]
    assert read_losses(recording_folder(state)).dropped == {"unwritable": 1}
