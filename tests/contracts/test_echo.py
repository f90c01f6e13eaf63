import pytest

from shadowpact.contracts import paths
from shadowpact.contracts.echo import echoes, is_echo
from shadowpact.model.pair import Sample
from support.build import request, response
from support.samples import sample


def asked_with(*headers: tuple[bytes, bytes], answer: object) -> Sample:
    return sample(answer, asked=request(headers=headers))


def test_a_header_of_one_connection_that_is_repeated_is_an_echo() -> None:
    one = asked_with(
        (b"Connection", b"keep-alive"),
        (b"Accept", b"text/plain"),
        answer={
            "headers": {"connection": "keep-alive", "Accept": "text/plain"},
            "seen": [{"Connection": "keep-alive"}],
            "Connection": "upgrade",
        },
    )

    assert echoes([one]) == {("headers", "connection"), ("seen", paths.EVERY_ITEM, "Connection")}
    assert is_echo(("headers", "connection"), [one])
    assert not is_echo(("headers", "Accept"), [one])


@pytest.mark.parametrize("name", [b"Host", b"User-Agent", b"Accept-Encoding", b"X-Tenant"])
def test_what_every_client_sends_or_the_contract_holds_is_none(name: bytes) -> None:
    one = asked_with((name, b"value"), answer={name.decode(): "value"})

    assert echoes([one]) == set()


def test_a_body_that_is_no_json_has_none() -> None:
    text = response(body=b"Connection: keep-alive", headers=((b"content-type", b"text/plain"),))

    assert echoes([asked_with((b"Connection", b"keep-alive"), answer=text)]) == set()
