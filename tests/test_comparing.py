from shadowpact.compare.settings import CompareSettings, Rule
from shadowpact.comparing import comparer_of
from shadowpact.config.settings import Settings
from shadowpact.mirror.settings import CandidateSettings, MirrorSettings
from support.build import response

XML = (b"content-type", b"text/xml")


def location(url: bytes) -> tuple[bytes, bytes]:
    return (b"location", url)


def test_what_the_configuration_says_reaches_the_comparer() -> None:
    settings = Settings(
        baseline_url="http://monolith.test",
        mirror=MirrorSettings(candidates=(CandidateSettings(name="a", url="http://a.test/v2"),)),
        compare=CompareSettings(
            headers=("Location", "x-a"), xml_white_space="significant", hosts={"c.test": "d.test"}
        ),
    )
    comparer = comparer_of(settings, [Rule(id="x", kind="ignore", header="x-a", reason="x")])
    one = response(
        body=b"<a><b/></a>",
        headers=(XML, location(b"http://monolith.test/1"), (b"x-a", b"1"), (b"etag", b"1")),
    )
    other = response(
        body=b"<a> <b/></a>",
        headers=(XML, location(b"http://a.test/1"), (b"x-a", b"2"), (b"etag", b"W/2")),
    )

    found = {d.path: d.ignored_by for d in comparer.compare(one, other).differences}

    assert found.pop("location") == "builtin:own-origin"
    assert found.pop("x-a") == "x"
    assert found
    assert all(path.startswith("$") and rule is None for path, rule in found.items())


def test_declared_hosts_reach_the_comparer() -> None:
    settings = Settings(compare=CompareSettings(hosts={"c.test": "d.test"}))
    one, other = (
        response({}, headers=(location(url),)) for url in (b"http://c.test/1", b"http://d.test/1")
    )

    [found] = comparer_of(settings, ()).compare(one, other).differences

    assert found.ignored_by == "builtin:hosts"
