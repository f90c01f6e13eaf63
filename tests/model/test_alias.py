from shadowpact.model.alias import AliasRow, Replacement, is_secret

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl"


def test_tokens_cookies_and_jwts_are_secret_whatever_their_kind() -> None:
    assert is_secret("token", "abc")
    assert is_secret("cookie:sid", "abc")
    assert is_secret("order", 12, JWT)
    assert not is_secret("order", 12, "ord_1")


def test_rows_and_replacements_say_whether_they_are_secret() -> None:
    row = AliasRow(candidate="c", kind="token", scope="s", recorded="a", side="b")
    replacement = Replacement(where="path", kind="order", recorded=1, sent=2, learnt_from="e")

    assert row.is_secret
    assert not replacement.is_secret
