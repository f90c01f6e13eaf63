"""Peer for ``benchmarks.proxy``: the mirror most people would write first.

An addon for ``mitmdump -s`` that sends a copy of each request to the candidate with httpx, in
mitmproxy's own event loop, after the client has its answer, and compares the two JSON documents.
At most sixteen requests are under way at once, as in the worker; nothing is stored.
"""

import asyncio
import json
import logging

import httpx
from mitmproxy import ctx, http
from mitmproxy.addonmanager import Loader

IN_FLIGHT = 16
HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding"}
    | {b"upgrade", b"content-length"}
)


class HttpxMirror:
    """Mirrors every flow to one candidate and counts how the pairs ended."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.equal = self.different = self.failed = 0

    def load(self, loader: Loader) -> None:
        """Declare the one option."""
        loader.add_option("mirror_to", str, "", "URL of the candidate.")

    def running(self) -> None:
        """Open the client in the proxy's event loop."""
        self._client = httpx.AsyncClient(
            base_url=ctx.options.mirror_to,
            limits=httpx.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT),
            timeout=httpx.Timeout(5.0, pool=None),
        )

    def response(self, flow: http.HTTPFlow) -> None:
        """Mirror without making the client wait."""
        task = asyncio.get_running_loop().create_task(self._mirror(flow))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def done(self) -> None:
        """Say what was compared; what is still waiting is given up."""
        for task in self._tasks:
            task.cancel()
        logging.getLogger(__name__).info(
            "equal %d, different %d, failed %d, given up %d",
            self.equal, self.different, self.failed, len(self._tasks),
        )  # fmt: skip
        if self._client is not None:
            await self._client.aclose()

    async def _mirror(self, flow: http.HTTPFlow) -> None:
        if self._client is None or flow.response is None:
            return
        headers = [(k, v) for k, v in flow.request.headers.fields if k.lower() not in HOP_BY_HOP]
        try:
            answer = await self._client.request(
                flow.request.method,
                flow.request.path,
                headers=headers,
                content=flow.request.raw_content,
            )
            same = answer.status_code == flow.response.status_code and answer.json() == json.loads(
                flow.response.content or b"null"
            )
        except (httpx.HTTPError, ValueError):
            self.failed += 1
        else:
            self.equal += same
            self.different += not same


addons = [HttpxMirror()]
