"""The mitmproxy addon: hooks, capture, recording; it supervises the worker.

No hook waits, parses a body or opens a connection, and no error of ours reaches a flow.
"""

import errno
import gc
import logging
from pathlib import Path

from mitmproxy import ctx, exceptions, http
from mitmproxy.addonmanager import Loader

from shadowpact import config
from shadowpact.capture.flow import is_ours, tee_for_request, tee_for_response, to_exchange
from shadowpact.config.settings import Settings
from shadowpact.errors import ShadowpactError
from shadowpact.model.clock import Clock, SystemClock
from shadowpact.model.exchange import Exchange
from shadowpact.recording.losses import LossCounter
from shadowpact.recording.writer import BacklogFullError, Writer
from shadowpact.secrets import Sealer, load_key
from shadowpact.state import recording_folder, worker_log
from shadowpact.supervisor import Supervisor, worker_command

logger = logging.getLogger("shadowpact")

WARN_EVERY_S = 60.0
RETRY_EVERY_S = 1.0
"""How often an unwritable recording is tried again."""

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The disk, a quota or the process's limit is used up."""

NEEDS_WHOLE_MESSAGES = (
    "anticache",
    "anticomp",
    "block_list",
    "hardump",
    "map_local",
    "map_remote",
    "modify_body",
    "save_stream_file",
    "server_replay",
    "stickyauth",
    "stickycookie",
)
"""mitmproxy options that read or change messages as a whole, which a streamed one escapes."""


class Recorder:
    """Appends exchanges to the recording of a state folder; whatever fails is counted."""

    def __init__(self, state: Path, settings: Settings, clock: Clock) -> None:
        self._state = state
        self._folder = recording_folder(state)
        self._settings = settings
        self._clock = clock
        self._losses = LossCounter(self._folder)
        self._writer: Writer | None = None
        self._sealer: Sealer | None = None
        self._is_ready = False
        self._retry_at_s = 0.0
        self._warned_at_s: dict[str, float] = {}

    def open(self) -> None:
        """Make folder, key and recording ready; a failure is said and tried again later.

        Raises:
            ShadowpactError: Something that only a person can put right.
        """
        try:
            if self._sealer is None:
                self._sealer = Sealer(load_key(self._state), self._settings.secrets)
            if self._writer is None:
                self._writer = Writer(self._folder, self._settings.recording, clock=self._clock)
            self._losses.open()
            self._is_ready = True
        except OSError as error:
            self._retry_at_s = self._clock.monotonic_s() + RETRY_EVERY_S
            self.warn("unwritable", f"not recording: {error}")

    def record(self, exchange: Exchange) -> None:
        """Seal and append one exchange, or count why not."""
        try:
            if not self._is_ready:
                self._reopen()
            if self._writer is None or self._sealer is None:
                self.drop("unwritable", "the state folder cannot be written")
                return
            self._writer.append(self._sealer.seal(exchange))
        except BacklogFullError as error:
            self.drop("backlog-full", str(error))
        except FileNotFoundError as error:
            self._begin_anew()
            self.drop("unwritable", str(error))
        except OSError as error:
            reason = "disk-full" if error.errno in NO_ROOM else "unwritable"
            self.drop(reason, str(error))

    def drop(self, reason: str, why: str) -> None:
        """Count an exchange that is not recorded, and say so now and then."""
        self._losses.drop(reason)
        self.warn(reason, f"exchange not recorded ({reason}): {why}")

    def hook_error(self, error: BaseException) -> None:
        """Count an error of our own; the flow goes on."""
        self._losses.hook_error()
        self.warn("hook-error", f"error in our hook, the flow is untouched: {error!r}")

    def warn(self, about: str, message: str) -> None:
        """Log at most once a minute about the same thing."""
        now = self._clock.monotonic_s()
        if now - self._warned_at_s.get(about, -WARN_EVERY_S) >= WARN_EVERY_S:
            self._warned_at_s[about] = now
            logger.warning("shadowpact: %s", message)

    def close(self) -> None:
        """Close the recording."""
        if self._writer is not None:
            self._writer.close()
        self._losses.close()

    def _begin_anew(self) -> None:
        """Somebody removed the state folder: let go of what has no name any more, key included."""
        self.close()
        self._writer, self._sealer, self._is_ready = None, None, False

    def _reopen(self) -> None:
        if self._clock.monotonic_s() >= self._retry_at_s:
            try:
                self.open()
            except ShadowpactError as error:
                self.warn("unwritable", f"not recording: {error}")


class Shadowpact:
    """What ``addons/shadowpact.py`` gives to mitmproxy."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._recorder: Recorder | None = None
        self._supervisor: Supervisor | None = None
        self._cap_bytes = 0
        self._hosts: frozenset[str] = frozenset()
        self._may_stream = True
        self._is_refused = False

    def load(self, loader: Loader) -> None:
        """Declare our options."""
        loader.add_option("shadowpact_config", str, "", "shadowpact.toml to read.")
        loader.add_option("shadowpact_state", str, ".shadowpact", "Folder of recording and store.")
        loader.add_option(
            "shadowpact_worker",
            str,
            "supervised",
            "Start the worker and keep it running, or leave that to somebody else.",
            choices=("supervised", "external"),
        )

    def configure(self, updated: set[str]) -> None:
        """Read the configuration; a wrong one stops mitmproxy before any traffic.

        Raises:
            OptionsError: The configuration is wrong, or the state folder is in use.
        """
        self._may_stream = _may_stream()
        if self._is_refused:  # mitmproxy takes back what we refused; there is nothing to go back to
            self._is_refused = False
            return
        if self._recorder is not None and not {"shadowpact_config", "shadowpact_state"} & updated:
            return
        try:
            settings = config.load(_config_path())
            recorder = Recorder(Path(ctx.options.shadowpact_state), settings, self._clock)
            if self._recorder is not None:
                self._recorder.close()
            recorder.open()
        except ShadowpactError as error:
            self._is_refused = self._recorder is None
            raise exceptions.OptionsError(str(error)) from None
        self._recorder = recorder
        self._cap_bytes = settings.capture.body_cap_bytes
        self._hosts = frozenset(host.lower() for host in settings.capture.hosts)

    def running(self) -> None:
        """Start the worker, once."""
        _connect_for_requests()
        # what was imported never dies: without it a full collection is short, and so is the pause
        # that every client behind it would see
        gc.collect()
        gc.freeze()
        if ctx.options.shadowpact_worker == "supervised" and self._supervisor is None:
            state = Path(ctx.options.shadowpact_state)
            self._supervisor = Supervisor(
                worker_command(state, _config_path()),
                worker_log(state),
                warn=lambda message: logger.warning("shadowpact: %s", message),
            )
            self._supervisor.start()

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Tee a large request body."""
        try:
            if not callable(flow.request.stream) and is_ours(flow, self._hosts):
                tee = tee_for_request(
                    flow.request, cap_bytes=self._cap_bytes, may_stream=self._may_stream
                )
                if tee:
                    flow.request.stream = tee
        except Exception as error:  # noqa: BLE001  no error of ours may reach a flow
            self._count(error)

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Tee an event stream or a large response body."""
        try:
            response = flow.response
            if response and not callable(response.stream) and is_ours(flow, self._hosts):
                tee = tee_for_response(flow, cap_bytes=self._cap_bytes, may_stream=self._may_stream)
                if tee:
                    response.stream = tee
        except Exception as error:  # noqa: BLE001  no error of ours may reach a flow
            self._count(error)

    def response(self, flow: http.HTTPFlow) -> None:
        """Record an exchange that was answered."""
        self._record(flow)

    def error(self, flow: http.HTTPFlow) -> None:
        """Record an exchange that failed."""
        self._record(flow)

    async def done(self) -> None:
        """Stop the worker and close the recording."""
        if self._supervisor is not None:
            await self._supervisor.stop()
        if self._recorder is not None:
            self._recorder.close()

    def _record(self, flow: http.HTTPFlow) -> None:
        recorder = self._recorder
        if recorder is None:
            return
        try:
            if is_ours(flow, self._hosts):
                recorder.record(to_exchange(flow, cap_bytes=self._cap_bytes))
        except Exception as error:  # noqa: BLE001  no error of ours may reach a flow
            self._count(error)
            recorder.drop("hook-error", repr(error))

    def _count(self, error: Exception) -> None:
        if self._recorder is not None:
            self._recorder.hook_error(error)


def _may_stream() -> bool:
    """Whether nobody else wants whole messages; a second script might, so it gets them."""
    options = ctx.options
    if len(options.scripts if "scripts" in options else ()) > 1:
        return False
    return not any(name in options and getattr(options, name) for name in NEEDS_WHOLE_MESSAGES)


def _connect_for_requests() -> None:
    """Connect to a plain HTTP baseline when a request has come.

    Eagerly, as mitmproxy does by default, it hangs up on the client when the baseline refuses, and
    no hook ever sees the request. With TLS the eager connection says which certificate and protocol
    to offer to the client, so there it stays.
    """
    options = ctx.options
    if "mode" not in options or options.has_changed("connection_strategy"):
        return
    if all(mode.startswith("reverse:http://") for mode in options.mode):
        options.update(connection_strategy="lazy")


def _config_path() -> Path | None:
    return Path(ctx.options.shadowpact_config) if ctx.options.shadowpact_config else None
