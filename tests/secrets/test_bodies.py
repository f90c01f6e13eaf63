import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from urllib.parse import quote_plus

import pytest

from shadowpact.model.encoding import decode
from shadowpact.model.exchange import Headers
from shadowpact.secrets.bodies import (
    UnreadableBodyError,
    encode,
    is_text,
    redact_body,
    redact_pairs,
)
from shadowpact.secrets.members import Members
from shadowpact.secrets.pseudonyms import Pseudonyms
from shadowpact.secrets.settings import SECRET_MEMBERS, RedactSettings
from shadowpact.secrets.texts import TextRedactor

PSEUDONYMS = Pseudonyms(b"a made-up key")
MAIL = "planted.person@mail.test"
MADE = PSEUDONYMS.email(MAIL)
SECRET = PSEUDONYMS.secret("planted-1")


def redacted(body: bytes | str, media: str = "", **settings: tuple[str, ...]) -> bytes:
    known = RedactSettings(**settings)  # type: ignore[arg-type]  # a test names the fields
    texts = TextRedactor(PSEUDONYMS, Members(SECRET_MEMBERS), known)
    headers: Headers = ((b"Content-Type", media.encode()),) if media else ()
    data = body.encode() if isinstance(body, str) else body
    return redact_body(data, headers, texts, known.paths)


@pytest.mark.parametrize(
    ("media", "body", "expected"),
    [
        ("application/json", f'{{"a": "{MAIL}"}}', f'{{"a": "{MADE}"}}'),
        ("", f'{{"a": "{MAIL}"}}', f'{{"a": "{MADE}"}}'),
        ("application/json", f'\ufeff["{MAIL}"]', f'\ufeff["{MADE}"]'),
        ("text/plain", f"to {MAIL}", f"to {MADE}"),
        ("text/xml", f"<a b='{MAIL}'>{MAIL}</a>", f"<a b='{MADE}'>{MADE}</a>"),
        ("application/xml", "<l><password>planted-1</password></l>",
         f"<l><password>{SECRET}</password></l>"),
        ("application/x-www-form-urlencoded", f"m={MAIL}&password=planted-1&b=c+d",
         f"m={MADE}&password={SECRET}&b=c+d"),
        ("application/x-ndjson", f'{{"a":"{MAIL}"}}\n{{"password":"planted-1"}}\n',
         f'{{"a":"{MADE}"}}\n{{"password":"{SECRET}"}}\n'),
        ("", "phone=%2B43+664+555&password=planted-1",
         f"phone={quote_plus(PSEUDONYMS.phone('+43 664 555'))}&password={SECRET}"),
    ],
)  # fmt: skip
def test_a_body_is_redacted_by_its_media_type(media: str, body: str, expected: str) -> None:
    assert redacted(body, media).decode() == expected


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_text_may_say_its_encoding_by_its_mark(encoding: str) -> None:
    body = f'{{"a": "{MAIL}"}}'.encode(encoding)

    assert redacted(body, "application/json").decode(encoding) == f'{{"a": "{MADE}"}}'
    assert is_text(body, ((b"Content-Type", b"application/json"),))


def zipped(text: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", text)
    return stream.getvalue()


@pytest.mark.parametrize(
    "pack",
    [lambda text: gzip.compress(text.encode()), lambda text: zlib.compress(text.encode()), zipped],
)
def test_what_is_packed_without_a_word_is_looked_into(pack: Callable[[str], bytes]) -> None:
    harmless = pack('{"a": 1}')

    assert redacted(harmless) == harmless
    assert redacted(harmless[:-9]) == harmless[:-9]
    for text in (f'{{"a": "{MAIL}"}}', "password=planted-1"):
        with pytest.raises(UnreadableBodyError):
            redacted(pack(text))
    with pytest.raises(UnreadableBodyError):
        redacted(pack('{"a": "Name"}'), paths=("$.a",))


@pytest.mark.parametrize("path", ["$.who", "$[*].who", "$..who"])
@pytest.mark.parametrize("media", ["application/x-ndjson", "application/json-seq"])
def test_a_configured_path_leads_into_each_line(media: str, path: str) -> None:
    made = PSEUDONYMS.alike("Planted Person")
    body = '{"who": "Planted Person"}\n{"a": 1}\n'

    assert redacted(body, media, paths=(path,)).decode() == body.replace("Planted Person", made)


@pytest.mark.parametrize("path", ["$.who", "$[*].data.who"])
def test_a_configured_path_leads_into_the_data_of_each_event(path: str) -> None:
    made = PSEUDONYMS.alike("Planted Person")
    body = 'id: 1\ndata: {"who": "Planted Person"}\n\ndata: {"who": 1}\n\n'

    assert made in redacted(body, "text/event-stream", paths=(path,)).decode()
    assert "Planted" not in redacted(body, "text/event-stream", paths=(path,)).decode()


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-16", "utf-8", "windows-1252"])
def test_a_body_keeps_its_charset(charset: str) -> None:
    body = f"Müller {MAIL}".encode(charset)
    made = redacted(body, f"text/plain; charset={charset}")

    assert made.decode(charset) == f"Müller {MADE}"


@pytest.mark.parametrize("charset", ["no-such-charset", "utf-16-be"])
def test_a_wrong_charset_does_not_keep_a_text_from_being_redacted(charset: str) -> None:
    assert MAIL.encode() not in redacted(f"x {MAIL} ", f"text/plain; charset={charset}")


def test_text_in_no_charset_at_all_is_redacted() -> None:
    assert redacted(b"M\xfcller " + MAIL.encode(), "text/html") == b"M\xfcller " + MADE.encode()


def test_a_binary_body_with_nothing_in_it_stays() -> None:
    body = b"\x89PNG\r\n\x1a\n\x00\x00\x01\xff"

    assert redacted(body, "image/png") == body


def test_a_binary_body_with_something_personal_in_it_cannot_stay() -> None:
    with pytest.raises(UnreadableBodyError):
        redacted(b"\x00\xff\x08" + MAIL.encode() + b"\x00", "application/octet-stream")


def multipart(*parts: tuple[str, str]) -> str:
    return "".join(f"--B\r\n{head}\r\n\r\n{content}\r\n" for head, content in parts) + "--B--\r\n"


def test_the_parts_of_multipart_are_redacted_each_by_its_kind() -> None:
    form = 'Content-Disposition: form-data; name="{}"'
    file = form.format("f") + f'; filename="{MAIL}"\r\nContent-Type: application/json'
    body = multipart(
        (form.format("password"), "planted-1"),
        (form.format("plan"), "gold"),
        (form.format("q"), "Planted Person"),
        (file, json.dumps({"to": MAIL})),
    )
    made = redacted(body, 'multipart/form-data; boundary="B"', query=("q",)).decode()

    assert made == multipart(
        (form.format("password"), SECRET),
        (form.format("plan"), "gold"),
        (form.format("q"), PSEUDONYMS.alike("Planted Person")),
        (file.replace(MAIL, MADE), json.dumps({"to": MADE})),
    )


@pytest.mark.parametrize("body", ["", "--B--", "--B\r\nno end", "nothing of the kind"])
def test_broken_multipart_does_no_harm(body: str) -> None:
    assert redacted(body, "multipart/form-data; boundary=B").decode() == body


@pytest.mark.parametrize("query", ["", "a", "a=&&=b", "a=%zz&b=c+d%20e&%41=1", "a=1=2"])
def test_a_query_with_nothing_personal_keeps_its_spelling(query: str) -> None:
    texts = TextRedactor(PSEUDONYMS, Members(SECRET_MEMBERS), RedactSettings())

    assert redact_pairs(query, texts) == query


@pytest.mark.parametrize(
    "applied", [(), ("gzip",), ("x-gzip",), ("deflate",), ("br",), ("zstd",), ("gzip", "br")]
)
def test_a_body_is_encoded_as_it_was(applied: tuple[str, ...]) -> None:
    body = b"planted " * 100

    assert decode(encode(body, applied), applied) == body
    assert encode(body, applied) == encode(body, applied)


def test_gzip_has_no_time_in_it() -> None:
    assert encode(b"x", ("gzip",))[4:8] == bytes(4)
    assert zlib.decompress(encode(b"x", ("gzip",)), zlib.MAX_WBITS | 16) == b"x"
