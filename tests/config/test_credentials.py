"""``[candidates.NAME.credentials]`` and the shape of requests, from file to settings."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from shadowpact.config import Settings, loads
from shadowpact.config.schema import schema
from shadowpact.credentials.secret import Secret
from shadowpact.credentials.settings import (
    KINDS,
    ClientCredentials,
    CommandCredentials,
    HeaderCredentials,
    JwtCredentials,
    LoginCredentials,
)
from shadowpact.errors import ConfigError
from shadowpact.mirror.settings import CandidateSettings, RewriteSettings

HEAD = '[candidates.orders]\nurl = "http://a.test"\n'


def load(text: str) -> Settings:
    return loads(HEAD + text, Path("conf/x.toml"), environ={})


def candidate(text: str) -> CandidateSettings:
    (only,) = load(text).mirror.candidates
    return only


def problems(text: str) -> str:
    with pytest.raises(ConfigError) as raised:
        load(text)
    return str(raised.value)


def credentials(text: str) -> Any:
    (only,) = candidate(f"[candidates.orders.credentials]\n{text}").credentials
    return only


def test_headers_are_in_lower_case_and_paths_in_order() -> None:
    found = candidate(
        'rewrite-path = [{ from = "/a/**", to = "/b/**" }, { from = "/c", to = "/d" }]\n'
        'remove-headers = ["X-Internal"]\n'
        'set-headers = { "X-Tenant" = "Test", x-b = "" }\n'
    )

    assert found.rewrite_path == (
        RewriteSettings(source="/a/**", target="/b/**"),
        RewriteSettings(source="/c", target="/d"),
    )
    assert found.remove_headers == ("x-internal",)
    assert found.set_headers == (("x-tenant", "Test"), ("x-b", ""))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'kind = "header"\nheader = "X-Key"\nvalue = "abc"',
            HeaderCredentials(header="x-key", value=Secret("abc")),
        ),
        (
            'kind = "command"\ncommand = ["vault", "read"]\nttl-s = 60\nscheme = "none"',
            CommandCredentials(command=("vault", "read"), ttl_s=60, scheme="none"),
        ),
        (
            (
                'kind = "oauth2-client-credentials"\ntoken-url = "http://login.test/t?tenant=1"\n'
                'client-id = "me"\nclient-secret-from-env = "S"\nclient-auth = "post"'
            ),
            ClientCredentials(
                token_url="http://login.test/t?tenant=1",
                client_id="me",
                client_secret_from_env="S",
                client_auth="post",
            ),
        ),
        (
            'kind = "login"\nrequest = "POST /login"\ntoken-path = "$.token"\napply-to = "all"',
            LoginCredentials(request="POST /login", token_path="$.token", apply_to="all"),
        ),
        (
            (
                'kind = "jwt"\nalgorithm = "ES256"\nkey-from-file = "key.pem"\n'
                'claims = { iss = "test", my-claim = 1 }'
            ),
            JwtCredentials(
                algorithm="ES256",
                key_from_file="conf/key.pem",
                claims={"iss": "test", "my-claim": 1},
            ),
        ),
    ],
)
def test_every_kind_is_read(text: str, expected: Any) -> None:
    assert credentials(text) == expected


def test_several_stand_in_a_list() -> None:
    found = candidate(
        '[[candidates.orders.credentials]]\nkind = "header"\nvalue-from-env = "A"\n'
        '[[candidates.orders.credentials]]\nkind = "jwt"\nkey-from-env = "B"\n'
    )

    assert found.credentials == (
        HeaderCredentials(value_from_env="A"),
        JwtCredentials(key_from_env="B"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('kind = "heder"', "4: candidates.orders.credentials.kind: got 'heder', expected \"head"),
        ('value = "x"', "credentials: lacks 'kind'"),
        ('kind = "header"', "lacks one of 'value' and 'value-from-env'"),
        (
            'kind = "header"\nvalue = "x"\nvalue-from-env = "X"',
            "has both 'value' and 'value-from-env', expected one of them",
        ),
        (
            'kind = "header"\nvalue-from-evn = "X"',
            "5: candidates.orders.credentials.value-from-evn: unknown key; did you mean 'value-fr",
        ),
        (
            'kind = "header"\nvalue = "x"\nttl-s = 3',
            (
                "6: candidates.orders.credentials.ttl-s: kind 'header' has no such key; "
                "it has header, scheme, apply-to, value, value-from-env"
            ),
        ),
        ('kind = "command"', "lacks 'command', which kind 'command' needs"),
        ('kind = "command"\ncommand = []', "expected a list of a program and its arguments"),
        ('kind = "command"\ncommand = "vault"', "got 'vault', expected a list of a program"),
        ('kind = "header"\nvalue = "x"\nheader = "a b"', "got 'a b', expected a header's name"),
        (
            'kind = "header"\nvalue = "x"\nheader = "Host"',
            "'Host' is not sent on as it is, so it cannot be set or removed; use the key 'host'",
        ),
        ('kind = "login"', "lacks 'request'"),
        ('kind = "login"\nrequest = "/login"', "expected a method too, as in 'POST /login'"),
        ('kind = "login"\nrequest = "POST login"', "malformed pattern 'POST login'"),
        (
            'kind = "login"\nrequest = "POST /login"\ntoken-path = "token"',
            "got 'token', expected an RFC 9535 path such as $.token",
        ),
        (
            'kind = "login"\nrequest = "POST /login"\nscheme = "bearer"',
            "without 'token-path' there is none",
        ),
        (
            (
                'kind = "oauth2-client-credentials"\nclient-id = "a"\n'
                'client-secret-from-env = "B"\ntoken-url = "login.test"'
            ),
            "got 'login.test', expected a URL such as https://login.test/oauth/token",
        ),
        ('kind = "jwt"\nkey-from-env = "A"\nalgorithm = "none"', 'expected "HS256", "RS256"'),
        ('kind = "jwt"\nkey-from-env = "A"\nclaims = { exp = 2030-01-01 }', "has a date in it"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, expected: str) -> None:
    assert expected in problems(f"[candidates.orders.credentials]\n{text}")


@pytest.mark.parametrize(
    "text",
    [
        'kind = "header"\nvalue = ["open-sesame"]',
        'kind = "header"\nvalue = 20300101',
        'kind = "header"\nvalue = "open\\nsesame"',
        'kind = "heder"\nvalue = "open-sesame"',
        'kind = "command"\ncommand = ["x"]\nvalue = "open-sesame"',
        'kind = "header"\nvlaue = "open-sesame"',
        (
            'kind = "oauth2-client-credentials"\nclient-id = "a"\nclient-secret-from-env = "B"\n'
            'token-url = "http://me:open-sesame@login.test"'
        ),
    ],
)
def test_no_message_repeats_a_secret(text: str) -> None:
    message = problems(f"[candidates.orders.credentials]\n{text}")

    assert "sesame" not in message
    assert "20300101" not in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('rewrite-path = [{ from = "/a" }]', "rewrite-path[0]: lacks 'to'"),
        ('rewrite-path = [{ from = "a", to = "/b" }]', "rewrite-path[0].from: malformed pattern"),
        ('rewrite-path = [{ from = "/a", to = "/{b}" }]', "rewrite-path[0].to: malformed pattern"),
        ('rewrite-path = [{ form = "/a", to = "/b" }]', "unknown key; did you mean 'from'?"),
        ('rewrite-path = { from = "/a", to = "/b" }', "got a table, expected a list of"),
        (
            'set-headers = { "Content-Length" = "1" }',
            "set-headers.Content-Length: 'Content-Length'",
        ),
        ('set-headers = { "a b" = "1" }', "got the name 'a b', expected a header's name"),
        ('set-headers = { a = "1\\n" }', "set-headers.a: has a line break"),
        ("set-headers = { a = 1 }", "set-headers.a: got 1, expected a string"),
        ('remove-headers = ["x-shadowpact-mirrored"]', "remove-headers[0]: 'x-shadowpact-mirror"),
        ('credentials = "token"', "got 'token', expected a table with a kind, or a list of such"),
        ('credentials = ["token"]', "credentials[0]: got 'token', expected a table"),
        ('set-header = { a = "1" }', "unknown key; did you mean 'set-headers'?"),
    ],
)
def test_a_mistake_in_a_requests_shape_is_named_with_its_place(text: str, expected: str) -> None:
    assert expected in problems(text)


def test_the_schema_has_the_keys_of_all_kinds() -> None:
    part = schema()["$defs"]["credentials"]["properties"]
    fields = {name for struct in KINDS.values() for name in struct.__struct_fields__}

    assert set(part) == {name.replace("_", "-") for name in fields} | {"kind"}
    assert part["kind"]["enum"] == list(KINDS)
    assert all("description" in rule for rule in part.values())


def test_the_published_defaults_are_those_of_the_kinds() -> None:
    part = schema()["$defs"]["credentials"]["properties"]
    found = [
        (field.name, field.default, part[field.encode_name.replace("_", "-")]["default"])
        for struct in KINDS.values()
        for field in msgspec.structs.fields(struct)
        if "default" in part[field.name.replace("_", "-")] and field.name != "claims"
    ]

    assert len(found) > len(KINDS)
    assert [one for one in found if one[1] != one[2]] == []
