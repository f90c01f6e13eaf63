import base64
from typing import Any

import orjson
import pytest

from shadowpact.contracts.consumer import CONSUMER_LIMIT, Consumers
from shadowpact.contracts.settings import ConsumerRule, ContractSettings
from shadowpact.model.exchange import Request
from shadowpact.secrets import Credentials
from support.build import request

CREDENTIALS = Credentials(("authorization", "x-api-key"))


def consumers(*rules: ConsumerRule, consumer_header: str | None = None) -> Consumers:
    settings = ContractSettings(consumer_header=consumer_header, consumers=rules)
    return Consumers(settings, lambda value: f"d{len(value)}", CREDENTIALS.holds)


def asked(target: str = "/", **headers: str) -> Request:
    named = tuple((k.replace("_", "-").encode(), v.encode()) for k, v in headers.items())
    return request(target=target, headers=named)


def bearer(**claims: Any) -> str:
    parts = (
        base64.urlsafe_b64encode(orjson.dumps(one)).rstrip(b"=").decode()
        for one in ({"alg": "none"}, claims)
    )
    return f"Bearer {'.'.join(parts)}.signature"


def test_without_a_rule_everybody_is_default() -> None:
    assert consumers().of(asked(user_agent="curl/8.0")) == "default"


@pytest.mark.parametrize(
    ("value", "name"),
    [("web", "web"), ("Web Shop/2", "Web-Shop-2"), ("../..", "default"), ("", "default")],
)
def test_the_value_of_a_header_names_it_fit_for_a_folder(value: str, name: str) -> None:
    assert consumers(consumer_header="X-App").of(asked(x_app=value)) == name


def test_the_first_rule_that_says_something_wins() -> None:
    named = consumers(
        ConsumerRule(kind="header", header="X-App"),
        ConsumerRule(kind="bearer-claim"),
        ConsumerRule(kind="user-agent"),
    )

    assert named.of(asked(x_app="web", authorization=bearer(azp="shop"))) == "web"
    assert named.of(asked(authorization=bearer(azp="shop"), user_agent="curl/8")) == "shop"
    assert named.of(asked(authorization="Basic abc", user_agent="curl/8")) == "curl"
    assert named.of(asked()) == "default"


def test_an_api_key_is_never_shown() -> None:
    named = consumers(
        ConsumerRule(
            kind="api-key", query="key", names={"made-up-1": "mobile", "key-d10": "tablet"}
        ),
        ConsumerRule(kind="api-key"),
    )

    assert named.of(asked("/?a=1&key=made-up-1")) == "mobile"
    assert named.of(asked("/?key=made-up-22")) == "tablet"
    assert named.of(asked("/?key=made-up-333")) == "key-d11"
    assert named.of(asked(x_api_key="made-up-55")) == "key-d10"


def test_a_header_of_credentials_is_taken_for_an_api_key_whatever_the_rule_says() -> None:
    assert consumers(consumer_header="X-Api-Key").of(asked(x_api_key="made-up-1")) == "key-d9"


def test_a_value_that_is_still_sealed_says_nothing() -> None:
    assert consumers(ConsumerRule(kind="api-key")).of(asked(x_api_key="sealed:v1:abc")) == "default"


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("CN=web,OU=shop,O=Example", "web"),
        ("/C=DE/O=Example/CN=web shop", "web-shop"),
        ("O=Example,cn=a\\,b", "a-b"),
        ('By=spiffe://x;Hash=12;Subject="CN=front,O=x";URI=spiffe://x/y', "front"),
        ("By=spiffe://x;Hash=12;URI=spiffe://cluster/ns/web", "cluster-ns-web"),
        ("O=Example", "O-Example"),
    ],
)
def test_the_subject_of_a_client_certificate_gives_its_common_name(subject: str, name: str) -> None:
    nginx = ConsumerRule(kind="client-certificate", header="X-SSL-Client-S-DN")

    assert consumers(nginx).of(asked(x_ssl_client_s_dn=subject)) == name
    assert (
        consumers(ConsumerRule(kind="client-certificate")).of(asked(x_client_cert_subject=subject))
        == name
    )


def test_a_claim_of_a_bearer_token_is_read_without_verifying_it() -> None:
    named = consumers(ConsumerRule(kind="bearer-claim"))

    assert named.of(asked(authorization=bearer(azp="shop", client_id="x"))) == "shop"
    assert named.of(asked(authorization=bearer(client_id="x"))) == "x"
    for broken in (
        bearer(sub="u1"),
        bearer(azp=5),
        "Bearer a.b",
        "Bearer a.%%.c",
        "Bearer a.bm8.c",
    ):
        assert named.of(asked(authorization=broken)) == "default"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0", "browser"),
        ("Mozilla/5.0 (compatible; Examplebot/2.1)", "bot"),
        ("okhttp/4.12.0", "okhttp"),
        ("python-requests/2.32", "python-requests"),
        ("(none)", "default"),
    ],
)
def test_the_class_of_a_user_agent(agent: str, name: str) -> None:
    assert consumers(ConsumerRule(kind="user-agent")).of(asked(user_agent=agent)) == name


def test_beyond_the_limit_consumers_are_not_told_apart() -> None:
    named = consumers(consumer_header="X-App")
    names = [named.of(asked(x_app=f"c{n}")) for n in range(CONSUMER_LIMIT + 5)]

    assert names[CONSUMER_LIMIT - 1] == f"c{CONSUMER_LIMIT - 1}"
    assert set(names[CONSUMER_LIMIT:]) == {"others"}
    assert named.of(asked(x_app="c0")) == "c0"
