"""``shadowpact proxy``."""

from enum import StrEnum
from typing import Annotated

import typer

from shadowpact import config
from shadowpact.cli.options import DEFAULT_STATE, Config, State
from shadowpact.errors import UsageError


class WorkerMode(StrEnum):
    """Who runs the worker."""

    SUPERVISED = "supervised"
    EXTERNAL = "external"


def command(
    *,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    listen: Annotated[
        str, typer.Option("--listen", metavar="HOST:PORT", help="Where clients connect.")
    ] = "127.0.0.1:8080",
    worker: Annotated[
        WorkerMode, typer.Option("--worker", help="Start the worker too, or leave it to you.")
    ] = WorkerMode.SUPERVISED,
    mode: Annotated[
        str | None,
        typer.Option("--mode", help="A mitmproxy mode instead of reverse:<baseline.url>."),
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A mitmproxy option; may be repeated."),
    ] = None,
) -> None:
    """Stand in front of the baseline, record what passes, and mirror it.

    Like mitmdump with addons/shadowpact.py, but with only the mitmproxy addons that carry traffic:
    about half as much work for each request.

    Exit status: 0 stopped, 2 bad usage or configuration, 4 something broke.
    """
    settings = config.load(config_file)
    if mode is None and settings.baseline_url is None:
        raise UsageError(
            "proxy: where is the baseline? Set [baseline] url in shadowpact.toml (make one with: "
            "shadowpact init), or pass --mode reverse:http://HOST:PORT."
        )
    try:
        # only here: the proxy extra is not installed where contracts are verified
        from shadowpact.addon import Shadowpact  # noqa: PLC0415
        from shadowpact.capture import proxy  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mitmproxy":
            raise
        raise UsageError(
            "proxy: mitmproxy is not installed. Run: pip install 'shadowpact[proxy]'"
        ) from error
    proxy.run(
        mode or f"reverse:{settings.baseline_url}",
        _address(listen),
        [Shadowpact()],
        [
            f"shadowpact_config={config_file or settings.source or ''}",
            f"shadowpact_state={state}",
            f"shadowpact_worker={worker.value}",
            *(sets or []),
        ],
    )


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not port.isdecimal() or not host or int(port) > 65535:
        raise UsageError(f"--listen {listen!r}: expected HOST:PORT, 127.0.0.1:8080")
    return host.strip("[]"), int(port)
