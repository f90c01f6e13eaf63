"""1  Capture: a mitmproxy flow becomes an Exchange; a body too large is only measured."""
