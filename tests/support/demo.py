"""What tests of the demo's services share."""

from aiohttp import web
from aiohttp.test_utils import TestClient

type Client = TestClient[web.Request, web.Application]
