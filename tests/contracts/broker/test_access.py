import pytest

from shadowpact.contracts.broker.access import access
from shadowpact.errors import UsageError

SECRET = "made-up-token"


def test_everything_comes_from_the_environment() -> None:
    found = access({"PACT_BROKER_BASE_URL": "http://b:9292/pact/", "PACT_BROKER_TOKEN": SECRET})

    assert (found.url, found.token) == ("http://b:9292/pact", SECRET)
    assert found.environment() == {
        "PACT_BROKER_BASE_URL": "http://b:9292/pact",
        "PACT_BROKER_TOKEN": SECRET,
        "PACT_BROKER_HTTP_RETRIES": "3",
    }


def test_an_option_wins_over_the_environment() -> None:
    assert access({"PACT_BROKER_BASE_URL": "http://b"}, url="https://c").url == "https://c"


def test_name_and_password_may_stand_in_the_url_and_are_taken_out_of_it() -> None:
    found = access({"PACT_BROKER_BASE_URL": "https://me:p%40ss@b.example"})

    assert (found.url, found.username, found.password) == ("https://b.example", "me", "p@ss")


def test_credentials_are_in_no_representation_and_are_hidden_in_texts() -> None:
    found = access(
        {
            "PACT_BROKER_BASE_URL": "http://b",
            "PACT_BROKER_TOKEN": SECRET,
            "PACT_BROKER_PASSWORD": "made-up-password",
        }
    )

    assert repr(found) == "Access(url='http://b')"
    assert found.hidden(f"Bearer {SECRET}, made-up-password") == "Bearer ***, ***"


@pytest.mark.parametrize(
    ("environ", "reason"),
    [
        ({}, "Set PACT_BROKER_BASE_URL"),
        ({"PACT_BROKER_BASE_URL": "b.example"}, "is not like"),
        ({"PACT_BROKER_BASE_URL": "http://b:x"}, "is no URL"),
        (
            {"PACT_BROKER_BASE_URL": "http://b", "PACT_BROKER_HTTP_RETRIES": "often"},
            "RETRIES is 'often'",
        ),
    ],
)
def test_what_cannot_be_used_is_said(environ: dict[str, str], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        access(environ)
