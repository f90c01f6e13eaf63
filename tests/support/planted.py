"""Traffic with made-up secrets and personal data planted in it, and the search for them."""

import base64
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import brotli

from shadowpact.errors import RecordingError
from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Exchange, Headers, Request, Response
from shadowpact.recording.formats import open_recording
from support.build import STARTED_US, exchange, request, response

SECRETS = {
    "bearer": "planted-bearer-0001",
    "basic": "planted-basic-0002",
    "cookie": "planted/cookie+0003",
    "set-cookie": "planted-set-cookie-0004",
    "api key": "planted-api-key-0005",
    "query": "planted-query-0006",
    "issued": "planted-issued-0007",
    "form": "planted&form=0008",
    "json": 'planted-"json"-0009',
    "gzip": "planted-gzip-0010",
    "multipart": "planted-multipart-0011",
    "xml": "planted-xml-0012",
    "candidate": "planted-candidate-0013",
    "csrf": "planted-csrf-0014",
}
PERSONAL = {
    "email": "planted.person@mail.test",
    "card": "4242424242424242",
    "iban": "AT611904300234573201",
    "phone": "+43 664 555 01 99",
    "ipv4": "203.0.113.77",
    "ipv6": "2a02:8388:1::77",
    "configured": "Planted Person-0015",
}
JSON: Headers = ((b"content-type", b"application/json"),)
FORM: Headers = ((b"content-type", b"application/x-www-form-urlencoded"),)
GZIP: Headers = ((b"content-encoding", b"gzip"),)


def packed(body: bytes) -> bytes:
    """The same bytes at any time."""
    return gzip.compress(body, mtime=0)


def forms(value: str) -> Iterator[bytes]:
    """A value as it may stand in bytes: raw, escaped for URLs and JSON, and in base64."""
    data = value.encode()
    yield data
    yield quote(value, safe="").encode()
    yield json.dumps(value)[1:-1].encode()
    yield json.dumps(json.dumps(value)[1:-1])[1:-1].encode()
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data)
        certain = encoded[(0, 2, 3)[before] : (before + len(data)) * 8 // 6]
        yield certain
        yield certain.translate(bytes.maketrans(b"+/", b"-_"))


def found_in(data: bytes, planted: Mapping[str, str]) -> set[str]:
    """Names of what stands in the bytes in any form."""
    return {name for name, value in planted.items() if any(form in data for form in forms(value))}


def leaks(folder: Path, planted: Mapping[str, str]) -> dict[str, set[str]]:
    """What stands in the files below a folder, also inside of recordings and encoded bodies."""
    found: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            names = found_in(path.read_bytes(), planted)
            names |= found_in(b"\n".join(_of_recording(path)), planted)
            if names:
                found[str(path.relative_to(folder))] = names
    return found


def _of_recording(path: Path) -> Iterator[bytes]:
    try:
        for recorded in open_recording(path):
            if recorded.exchange is not None:
                yield from parts(recorded.exchange)
    except RecordingError:
        return


def parts(value: Exchange) -> Iterator[bytes]:
    """Everything in an exchange, bodies without their encoding."""
    yield value.request.target.encode()
    for message in (value.request, value.response):
        if message is not None:
            yield from (content for _, content in message.headers)
            yield from _bodies(message)


def _bodies(message: Request | Response) -> Iterable[bytes]:
    yield message.body
    try:
        yield decode(message.body, codings(message.headers))
    except UndecodableError:
        return


def traffic() -> list[Exchange]:
    """Logins and what follows them, with everything planted in every form."""
    s, p = SECRETS, PERSONAL
    basic = base64.b64encode(f"planted:{s['basic']}".encode())
    everything = {
        "id": 1,
        "email": p["email"],
        "card": {"number": int(p["card"]), "shown": "4242 4242 4242 4242"},
        "iban": "AT61 1904 3002 3457 3201",
        "phone": p["phone"],
        "addresses": [p["ipv4"], p["ipv6"]],
        "all": [{"id": n, "mail": p["email"], "token": s["issued"]} for n in range(3)],
        "person": {"name": p["configured"]},
        "blob": base64.b64encode(json.dumps({"mail": p["email"]}).encode()).decode(),
        "nested": json.dumps({"to": p["email"], "iban": p["iban"]}),
        "link": f"https://x.test/?mail={quote(p['email'], safe='')}",
    }
    page = (
        f"<p>{p['configured']}, {p['email']}, {p['card']}, {p['iban']}, {p['phone']}</p>"
        f"<i>{p['ipv4']} {p['ipv6']}</i><a href='/?m={quote(p['email'], safe='')}'>x</a>"
    ).encode()
    multipart = (
        f'--B\r\nContent-Disposition: form-data; name="password"\r\n\r\n{s["multipart"]}\r\n'
        f'--B\r\nContent-Disposition: form-data; name="mail"\r\n\r\n{p["email"]}\r\n--B--\r\n'
    ).encode()
    asked_and_answered = [
        (
            request("POST", "/login/json", headers=JSON, body=json.dumps(
                {"username": p["email"], "password": s["json"]}).encode()),
            response({"access_token": s["issued"], "id": 2}),
        ),
        (
            request("POST", "/login/form", headers=FORM, body=(
                f"username={quote(p['email'], safe='')}&password={quote(s['form'], safe='')}"
            ).encode()),
            response({"id": 3}, headers=(*JSON, (
                b"set-cookie", f"sid={s['set-cookie']}; Path=/".encode()))),
        ),
        (
            request("POST", "/login/gzip", headers=(*JSON, *GZIP), body=packed(
                json.dumps({"password": s["gzip"], "mail": p["email"]}).encode())),
            response(body=packed(json.dumps({"refresh_token": s["issued"]}).encode()),
                     headers=(*JSON, *GZIP)),
        ),
        (
            request("POST", "/login/multipart", headers=(
                (b"content-type", b"multipart/form-data; boundary=B"),), body=multipart),
            response({"id": 4}),
        ),
        (
            request("POST", "/login/xml", headers=((b"content-type", b"application/xml"),),
                    body=f"<login><password>{s['xml']}</password></login>".encode()),
            response({"id": 5}),
        ),
        (
            request(target="/people/1", headers=(
                (b"authorization", f"Bearer {s['bearer']}".encode()),
                (b"x-forwarded-for", f"{p['ipv4']}, {p['ipv6']}".encode()))),
            response(everything | {"echo": s["bearer"], "in64": base64.b64encode(
                s["bearer"].encode()).decode()}),
        ),
        (
            request(target=f"/people/{quote(p['email'], safe='')}", headers=(
                (b"authorization", b"Basic " + basic),)),
            response(everything | {"echo": s["basic"]}),
        ),
        (
            request(target="/page", headers=((b"cookie", f"sid={s['cookie']}; l=en".encode()),)),
            response(body=packed(page + s["cookie"].encode()),
                     headers=((b"content-type", b"text/html"), *GZIP)),
        ),
        (
            request(target="/page", headers=((b"x-api-key", s["api key"].encode()),)),
            response(body=brotli.compress(page), headers=(
                (b"content-type", b"text/html"), (b"content-encoding", b"br"))),
        ),
        (
            request(target=f"/people/1?access_token={s['query']}&mail={p['email']}"),
            response(everything, headers=(*JSON, (
                b"location", f"/next?api_key={s['api key']}".encode()))),
        ),
        (
            request(target=f"/people/1?q={quote(p['configured'])}", headers=(
                (b"x-csrf-token", s["csrf"].encode()),)),
            response(everything | {"csrf_token": s["csrf"]}),
        ),
    ]  # fmt: skip
    return [
        exchange(asked, answered, started_us=STARTED_US + number * 1000, client=f"c{number % 3}")
        for number, (asked, answered) in enumerate(asked_and_answered)
    ]
