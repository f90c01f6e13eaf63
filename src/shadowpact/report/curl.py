"""A request as a curl command that sends it again."""

import shlex

from shadowpact.model.exchange import Request, header
from shadowpact.report.plain import plain

_LEFT_OUT = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that curl makes itself."""


LONGEST_LINE = 100
"""Characters of a command on one line; a longer one gets a line for each option."""


def curl_command(request: Request) -> str:
    """A command for a POSIX shell; what was redacted stays so and has to be filled in.

    The body is part of it where it is text and whole; otherwise a last line says what is missing.
    """
    body, remark = _body(request)
    parts = [*_method(request), *_headers(request), *body, *_url(request)]
    safe = [plain(part) for part in parts if part]
    line = " ".join(["curl", *safe])
    if len(line) > LONGEST_LINE:
        line = " \\\n  ".join(["curl", *safe])
    return f"{line}\n# {remark}" if remark else line


def _method(request: Request) -> list[str]:
    if request.method == "HEAD":
        return ["--head"]
    implied = "POST" if request.body and request.cut is None else "GET"
    return [] if request.method == implied else [f"--request {shlex.quote(request.method)}"]


def _headers(request: Request) -> list[str]:
    parts: list[str] = []
    for name, value in request.headers:
        spelled = name.decode("utf-8", "replace")
        if spelled.lower() in _LEFT_OUT or spelled.startswith(":"):
            continue
        text = value.decode("utf-8", "replace")
        field = f"{spelled}: {text}" if text else f"{spelled};"
        parts.append(f"--header {shlex.quote(field)}")
    if request.body and header(request.headers, b"content-type") is None:
        parts.append("--header content-type:")
    if header(request.headers, b"accept-encoding") is not None:
        parts.append("--compressed")
    return parts


def _body(request: Request) -> tuple[list[str], str]:
    if request.cut is not None:
        return [], f"its body of {request.cut.length_bytes} bytes was not kept whole"
    if not request.body:
        return [], ""
    try:
        text = request.body.decode()
    except UnicodeDecodeError:
        return [], f"its body is {len(request.body)} bytes of binary data"
    if plain(text) != text:
        return [f"--data-raw {_ansi_quoted(text)}"], ""
    return [f"--data-raw {shlex.quote(text)}"], ""


def _ansi_quoted(text: str) -> str:
    r"""The text as ``$'...'`` of bash and zsh, in which line breaks are spelled ``\n``."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{plain(escaped)}'"


def _url(request: Request) -> list[str]:
    origin = f"{request.scheme}://{request.authority}"
    if request.target.startswith("/"):
        return [f"--path-as-is --globoff {shlex.quote(origin + request.target)}"]
    return [f"--request-target {shlex.quote(request.target)} {shlex.quote(origin)}"]
