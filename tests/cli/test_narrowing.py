import pytest

from shadowpact.cli.narrowing import remark_unseen

SEEN = ("GET /orders/{id}", "GET /health", None)


@pytest.mark.parametrize(
    ("named", "told"),
    [
        (None, ""),
        ("GET /health", ""),
        ("GET /order/{id}", "no exchange of it was seen; did you mean 'GET /orders/{id}'?\n"),
        ("/orders/{id}", "no exchange of it was seen; did you mean 'GET /orders/{id}'?\n"),
        ("DELETE everything", "no exchange of it was seen\n"),
    ],
)
def test_what_was_never_seen_is_said_with_the_nearest_that_was(
    named: str | None, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    remark_unseen("--route", named, SEEN)

    assert capsys.readouterr() == ("", told and f"shadowpact: --route {named!r}: {told}")
