"""mitmproxy with only the addons that a reverse proxy needs.

mitmdump asks some forty addons on every event of every flow; most of them have nothing to do with
passing traffic on, and asking them is nearly half of what it does.
"""

import asyncio
import logging
import signal
import socket
from collections.abc import Iterable, Sequence

from mitmproxy import exceptions, options
from mitmproxy.addons import (
    block,
    core,
    disable_h2c,
    dns_resolver,
    errorcheck,
    next_layer,
    proxyauth,
    proxyserver,
    tlsconfig,
    update_alt_svc,
    upstream_auth,
)
from mitmproxy.master import Master

from shadowpact.errors import EXIT_BROKEN, EXIT_PASS, ConfigError, ShadowpactError

_LISTENING_MODES = frozenset({"regular", "reverse", "socks5", "transparent", "upstream"})
"""Modes that listen where they are told to, unless they say it themselves after an ``@``."""


def run(mode: str, listen: tuple[str, int], addons: Iterable[object], sets: Sequence[str]) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        mode: mitmproxy's, ``reverse:http://127.0.0.1:8001``.
        listen: Host and port; port 0 takes a free one.
        addons: Ours, after those that carry traffic.
        sets: mitmproxy options as ``name=value``.

    Raises:
        ConfigError: An option is unknown or has a bad value.
        ShadowpactError: Nobody can listen there.
    """
    asyncio.run(_serve(mode, listen, tuple(addons), sets))


async def _serve(
    mode: str, listen: tuple[str, int], addons: Sequence[object], sets: Sequence[str]
) -> None:
    _quiet_loggers()
    settings = options.Options()
    master = Master(settings, with_termlog=True)
    try:
        master.addons.add(
            core.Core(),
            block.Block(),
            disable_h2c.DisableH2C(),
            proxyauth.ProxyAuth(),
            proxyserver.Proxyserver(),
            dns_resolver.DnsResolver(),
            next_layer.NextLayer(),
            tlsconfig.TlsConfig(),
            upstream_auth.UpstreamAuth(),
            update_alt_svc.UpdateAltSvc(),
            *addons,
            errorcheck.ErrorCheck(),
        )
        # first: our addon reads its configuration as soon as any option is set
        settings.set(*sets)
        settings.update(mode=[mode], listen_host=listen[0], listen_port=listen[1])
    except exceptions.OptionsError as error:
        raise ConfigError(f"proxy: {error}") from error
    if "@" not in mode and mode.partition(":")[0] in _LISTENING_MODES:
        _check_listening(*listen)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, master.shutdown)
    try:
        await master.run()
    except SystemExit as error:  # mitmproxy could not start, and has said why
        raise SystemExit(EXIT_BROKEN if error.code else EXIT_PASS) from error


def _check_listening(host: str, port: int) -> None:
    """Try it first, as mitmproxy's own words name options that are not ours.

    Raises:
        ShadowpactError: It is in use, or no address of this machine.
    """
    try:
        for family, kind, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            with socket.socket(family, kind) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind(address)
    except OSError as error:
        raise ShadowpactError(
            f"proxy: nobody can listen on {host} port {port}: {error.strerror or error}. "
            "Name another address with --listen HOST:PORT."
        ) from error


def _quiet_loggers() -> None:
    logging.getLogger().setLevel(logging.INFO)
    # mitmproxy.proxy.server tells of every connection that opens and closes
    for name in ("tornado", "asyncio", "hpack", "quic", "mitmproxy.proxy.server"):
        logging.getLogger(name).setLevel(logging.WARNING)
