from shadowpact.credentials.secret import Secret


def test_it_is_shown_nowhere() -> None:
    secret = Secret("open-sesame")

    assert secret.reveal() == "open-sesame"
    assert "sesame" not in f"{secret} {secret!r} {[secret]} {secret:}"


def test_equal_texts_are_equal_secrets() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
