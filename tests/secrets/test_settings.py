from shadowpact.secrets.settings import CREDENTIAL_HEADERS, SecretSettings


def test_the_usual_headers_are_credentials_unless_told_otherwise() -> None:
    usual = {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"}

    assert usual <= set(SecretSettings().headers)


def test_names_are_in_lower_case() -> None:
    assert all(name == name.lower() for name in CREDENTIAL_HEADERS)
