"""mitmproxy inside the test process: it does not listen, its addons and options are real."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

with warnings.catch_warnings():
    # mitmproxy's flow filters use old names of pyparsing; nothing that a test could change
    warnings.simplefilter("ignore", DeprecationWarning)
    from mitmproxy.addons import maplocal, modifybody, stickycookie
    from mitmproxy.test import taddons

from shadowpact.capture import proxy as serving

__all__ = ["maplocal", "mitmproxy_context", "modifybody", "serving", "stickycookie"]


@contextmanager
def mitmproxy_context() -> Iterator[Any]:
    """A master with the addons that carry traffic; see ``mitmproxy.test.taddons.context``."""
    with taddons.context() as context:  # type: ignore[no-untyped-call]  # mitmproxy's is untyped
        yield context
