"""Recordings made of others: safely, and sealed."""

from pathlib import Path

import msgspec
import pytest

from shadowpact.errors import UsageError
from shadowpact.model.exchange import Exchange
from shadowpact.recordings_rewrite import rewrite, sealed
from shadowpact.secrets import Sealer, SecretSettings
from support.build import exchange, request, response
from support.imported import held
from support.recordings import numbered, record

SECRET = b"made-up-token"
OURS, OTHERS = Sealer(bytes(range(64))), Sealer(bytes(range(64, 128)))


def secret() -> Exchange:
    return exchange(
        request(
            "POST",
            "/orders?token=made-up-token",
            headers=((b"Authorization", b"Bearer " + SECRET), (b"X-Echo", SECRET)),
            body=SECRET,
        ),
        response(headers=((b"Set-Cookie", b"sid=" + SECRET),), body=b"said " + SECRET),
    )


def test_what_is_not_sealed_is_sealed(tmp_path: Path) -> None:
    rewrite(tmp_path / "x", tmp_path / "out.har", [secret()], sealer=OURS)

    assert SECRET not in (tmp_path / "out.har").read_bytes()
    assert [OURS.open(one) for one in held(tmp_path / "out.har").exchanges] == [secret()]


def test_without_a_sealer_exchanges_are_written_as_they_are(tmp_path: Path) -> None:
    rewrite(tmp_path / "x", tmp_path / "out.har", [secret()], sealer=None)

    assert held(tmp_path / "out.har").exchanges == (secret(),)


def test_what_is_sealed_stays_as_it_is_whoever_sealed_it() -> None:
    for sealer in (OURS, OTHERS):
        before = sealer.seal(secret())

        assert sealed(before, OURS) == before
        assert sealed(sealed(secret(), sealer), OURS) == before


def test_fewer_credential_headers_open_nothing() -> None:
    before = OURS.seal(secret())
    settings = SecretSettings(headers=("cookie",))

    assert sealed(before, Sealer(bytes(range(64)), settings)) == before


def test_a_secret_beside_what_others_sealed_is_sealed_too() -> None:
    half = secret()
    theirs = OTHERS.seal(half).request.headers[0]
    headers = (theirs, (b"Cookie", b"sid=" + SECRET))
    half = msgspec.structs.replace(
        half, request=msgspec.structs.replace(half.request, headers=headers), response=None
    )

    after = sealed(half, OURS)

    assert SECRET not in msgspec.msgpack.encode(after)


def test_what_is_read_is_not_written_over(tmp_path: Path) -> None:
    (segment,) = record(tmp_path / "a", [numbered(1)])
    (tmp_path / "x.har").write_text("")
    (tmp_path / "link.har").symlink_to(tmp_path / "x.har")
    (tmp_path / "hard.har").hardlink_to(tmp_path / "x.har")
    pairs = [
        (tmp_path / "a", tmp_path / "b" / ".." / "a"),
        (tmp_path / "a", tmp_path / "a" / "00000009.rec"),
        (segment, tmp_path / "a"),
        (tmp_path / "x.har", tmp_path / "x.har"),
        (tmp_path / "x.har", tmp_path / "link.har"),
        (tmp_path / "x.har", tmp_path / "hard.har"),
    ]

    for source, out in pairs:
        with pytest.raises(UsageError, match="is what is read"):
            rewrite([tmp_path / "other", source], out, [numbered(1)], sealer=None, may_append=True)
    assert (tmp_path / "x.har").read_text() == ""


def test_a_place_beside_what_is_read_is_fine(tmp_path: Path) -> None:
    record(tmp_path / "a", [numbered(1)])

    assert rewrite(tmp_path / "a", tmp_path / "b", [numbered(1)], sealer=None) == 1
    assert rewrite(tmp_path / "b", tmp_path / "b.har", [numbered(1)], sealer=None) == 1
