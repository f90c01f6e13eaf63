import msgspec

from shadowpact.credentials.secret import Secret
from shadowpact.credentials.settings import (
    KINDS,
    ONE_OF,
    ClientCredentials,
    CredentialSettings,
    HeaderCredentials,
)


def test_the_kind_says_which_settings_they_are() -> None:
    document = {"kind": "oauth2-client-credentials", "token_url": "http://a.test", "client_id": "x"}

    settings = msgspec.convert(document, CredentialSettings)

    assert isinstance(settings, ClientCredentials)


def test_every_kind_is_known_by_its_tag() -> None:
    assert {name: struct.__struct_config__.tag for name, struct in KINDS.items()} == {
        name: name for name in KINDS
    }


def test_sources_to_choose_from_are_fields() -> None:
    assert all(set(pair) <= set(KINDS[kind].__struct_fields__) for kind, pair in ONE_OF.items())


def test_a_value_of_the_configuration_is_not_shown() -> None:
    assert "sesame" not in repr(HeaderCredentials(value=Secret("open-sesame")))
