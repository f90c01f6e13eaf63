import msgspec

from shadowpact.credentials import first_request
from shadowpact.model.exchange import Cut
from support.build import request


def test_the_first_request_that_fits_is_taken() -> None:
    login = request("POST", "/login?next=%2F", body=b"whole")
    cut = Cut(reason="over-cap", length_bytes=9, sha256=b"")
    others = [
        request("GET", "/login"),
        request("POST", "/login/x"),
        msgspec.structs.replace(login, cut=cut),
    ]

    assert first_request([*others, login, request("POST", "/login")], "POST /login") is login
    assert first_request(others, "POST /login") is None
    assert first_request([login], "/{page}") is login
