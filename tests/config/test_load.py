"""From shadowpact.toml to settings."""

from pathlib import Path

import pytest

from shadowpact.config import Settings, load, loads
from shadowpact.errors import ConfigError
from shadowpact.mirror.settings import RouteSettings
from shadowpact.secrets.settings import CREDENTIAL_HEADERS

WHOLE = """\
[baseline]
url = "http://Monolith.test:8001/"

[capture]
body-cap-bytes = 1000

[recording]
segment-bytes = 2048
max-bytes = 1_000_000
max-age-s = 0

[secrets]
headers = ["Authorization"]
extra-headers = ["X-Session", "authorization"]

[mirror]
max-lag-ms = 60000

[candidates.orders]
url = "http://127.0.0.1:9001/"
routes = ["/orders/**", { match = "POST /orders", writes = "on" }]
writes = "off"
timeout-ms = 100
max-in-flight = 2
host = "candidate"
breaker-failures = 3
breaker-pause-ms = 50

[candidates.users]
url = "https://users.test/v2"
routes = ["/users/**"]

[[rules]]
id = "updated-at"
kind = "ignore"
route = "GET /orders/{id}"
path = "$.updated_at"
status = 200
media-type = "application/json"
candidate = "orders"
reason = "each side has its own clock"

[[rules]]
id = "etag"
kind = "ignore"
header = "etag"
reason = "computed from the clock"

[contracts]
consumer-header = "X-Consumer"

[gate]
min-pairs = 3
max-loss-rate = 0
"""


def loaded(folder: Path, text: str, **environ: str) -> Settings:
    file = folder / "shadowpact.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, environ=environ)


def refusal(folder: Path, data: bytes) -> str:
    (folder / "x.toml").write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        load(folder / "x.toml", environ={})
    return str(caught.value).removeprefix(f"{folder}/")


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_key_reaches_its_setting(tmp_path: Path) -> None:
    settings = loaded(tmp_path, WHOLE)
    orders, users = settings.mirror.candidates

    assert settings.source == tmp_path / "shadowpact.toml"
    assert settings.baseline_url == "http://Monolith.test:8001"
    assert settings.capture.body_cap_bytes == 1000
    assert settings.capture.hosts == ("monolith.test:8001",)
    assert (settings.recording.segment_bytes, settings.recording.max_age_s) == (2048, 0)
    assert settings.secrets.headers == ("authorization", "x-session")
    assert settings.mirror.max_lag_ms == 60000
    assert (orders.name, orders.url) == ("orders", "http://127.0.0.1:9001")
    assert orders.routes == (
        RouteSettings(pattern="/orders/**"),
        RouteSettings(pattern="POST /orders", writes="on"),
    )
    assert (orders.timeout_ms, orders.max_in_flight, orders.host) == (100, 2, "candidate")
    assert (orders.breaker_failures, orders.breaker_pause_ms) == (3, 50)
    assert (users.url, users.timeout_ms) == ("https://users.test/v2", 5000)
    assert settings.contracts.consumer_header == "X-Consumer"
    assert (settings.gate.min_pairs, settings.gate.max_loss_rate) == (3, 0.0)


def test_rules_keep_their_order_and_know_their_line(tmp_path: Path) -> None:
    rules = loaded(tmp_path, WHOLE).rules

    assert [rule.id for rule in rules] == ["updated-at", "etag"]
    assert rules[0].media_type == "application/json"
    assert rules[0].source == f"{tmp_path / 'shadowpact.toml'}:33"
    assert (rules[1].path, rules[1].header) == (None, "etag")


def test_every_key_of_a_rule_is_taken_over(tmp_path: Path) -> None:
    text = """\
[[rules]]
id = "everything"
kind = "ignore"
reason = "to see"
path = "$.a"
owner = "orders team"
expires = 2030-12-31
relative = 0.01
cross-type = true
formats = ["rfc3339"]
case = false
unicode-form = "NFC"
hosts = { "old.test" = "new.test" }
mapping = { 3 = "VIP", 4 = true, 5 = 1.5 }
"""

    rule = loaded(tmp_path, text).rules[0]

    assert (rule.owner, rule.expires, rule.relative) == ("orders team", "2030-12-31", 0.01)
    assert (rule.cross_type, rule.formats, rule.case) == (True, ("rfc3339",), False)
    assert (rule.unicode_form, rule.hosts) == ("NFC", {"old.test": "new.test"})
    assert rule.mapping == {"3": "VIP", "4": True, "5": 1.5}


def test_how_answers_are_compared_can_be_set(tmp_path: Path) -> None:
    some = loaded(tmp_path, '[compare]\nheaders = ["ETag"]\nbuiltin-rules = false\n').compare
    everything = loaded(tmp_path, '[compare]\nheaders = "all"\n').compare

    assert (some.headers, some.builtin_rules) == (("etag",), False)
    assert everything.headers == "all"


def test_what_counts_in_xml_and_which_hosts_stand_for_which_can_be_set(tmp_path: Path) -> None:
    text = """\
[compare]
xml-white-space = "significant"
xml-comments = "compared"
hosts = { "cdn.test" = "cdn.next.test" }
"""

    compare = loaded(tmp_path, text).compare
    defaults = loaded(tmp_path, "[compare]\n").compare
    from_environment = loaded(tmp_path, text, SHADOWPACT_COMPARE_XML_COMMENTS="ignored").compare

    assert (compare.xml_white_space, compare.xml_comments) == ("significant", "compared")
    assert compare.hosts == {"cdn.test": "cdn.next.test"}
    assert (defaults.xml_white_space, defaults.xml_comments) == ("insignificant", "ignored")
    assert from_environment.xml_comments == "ignored"


def test_a_wrong_word_about_xml_is_named_with_its_line_and_the_nearest(tmp_path: Path) -> None:
    text = refusal(tmp_path, b'[compare]\nheaders = "all"\nxml-white-space = "significent"\n')

    assert text == (
        "x.toml:3: compare.xml-white-space: got 'significent', expected "
        '"insignificant" or "significant"; did you mean \'significant\'?'
    )


def test_without_a_file_there_are_defaults(empty_folder: Path) -> None:
    assert empty_folder.exists()
    assert load(environ={}) == Settings()


def test_the_file_of_the_current_folder_is_found(empty_folder: Path) -> None:
    (empty_folder / "shadowpact.toml").write_text("[gate]\nmin-pairs = 9\n")

    settings = load(environ={})

    assert (settings.gate.min_pairs, settings.source) == (9, Path("shadowpact.toml"))


def test_the_environment_names_a_file_and_overrides_it(empty_folder: Path) -> None:
    (empty_folder / "other.toml").write_text("[gate]\nmin-pairs = 9\n")
    environ = {"SHADOWPACT_CONFIG": "other.toml", "SHADOWPACT_GATE_MAX_LOSS_RATE": "0.25"}

    gate = load(environ=environ).gate

    assert (gate.min_pairs, gate.max_loss_rate) == (9, 0.25)


def test_a_wrong_value_of_the_environment_names_its_variable(empty_folder: Path) -> None:
    assert empty_folder.exists()
    with pytest.raises(ConfigError, match=r"^environment SHADOWPACT_GATE_MIN_PAIRS: gate\.min"):
        load(environ={"SHADOWPACT_GATE_MIN_PAIRS": "0"})


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing\.toml: no such file"):
        load(tmp_path / "missing.toml", environ={})


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder"):
        load(tmp_path, environ={})


def test_an_unreadable_file_says_why(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read: .*[Nn]ame"):
        load(tmp_path / ("x" * 300), environ={})


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"[gate]\nmin-pairs = \n", "x.toml:2: is not valid TOML: Invalid value (column 13)"),
        (
            b"[gate]\n[gate]\n",
            "x.toml:2: is not valid TOML: Cannot declare ('gate',) twice (column 6)",
        ),
        (
            b'[gate]\nx = """open\n\n',
            "x.toml:2: is not valid TOML: Unterminated string",
        ),
        (b"[gate]\n# \xff\n", "x.toml:2: is not UTF-8 (byte 0xff), as TOML has to be"),
        (
            b"x = " + b"[" * 50_000,
            "x.toml: is nested too deeply to be a configuration",
        ),
    ],
)
def test_what_is_no_toml_is_refused_with_its_line(tmp_path: Path, data: bytes, text: str) -> None:
    assert refusal(tmp_path, data) == text


def test_a_byte_order_mark_and_windows_newlines_are_fine(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b"\xef\xbb\xbf[gate]\r\nmin-pairs = 4\r\n")

    assert load(tmp_path / "x.toml", environ={}).gate.min_pairs == 4


def test_all_problems_of_a_file_come_in_one_error(tmp_path: Path) -> None:
    data = b"""\
[baseline]
url = "127.0.0.1"
[candidates.orders]
ulr = "http://a.test"
[gate]
min-pairs = "many"
"""

    first, *problems = refusal(tmp_path, data).replace(f"{tmp_path}/", "").splitlines()

    assert first == "4 problems in the configuration"
    assert [problem.partition(", ")[0].partition("; ")[0] for problem in problems] == [
        "  x.toml:2: baseline.url: got '127.0.0.1'",
        "  x.toml:3: candidates.orders: lacks 'url'",
        "  x.toml:4: candidates.orders.ulr: unknown key",
        "  x.toml:6: gate.min-pairs: got 'many'",
    ]


def test_a_rule_that_the_comparer_refuses_is_named_beside_other_problems(tmp_path: Path) -> None:
    data = b"""\
[[rules]]
id = "bad-path"
kind = "ignore"
path = "$.["
reason = "x"
[gate]
min-pairs = 0
"""

    first, rule, gate = refusal(tmp_path, data).replace(f"{tmp_path}/", "").splitlines()

    assert first == "2 problems in the configuration"
    assert rule.startswith("  x.toml:4: rules[0].path: ")
    assert "'$.['" in rule
    assert gate.startswith("  x.toml:7: gate.min-pairs: ")


@pytest.mark.parametrize(
    ("table", "hosts"),
    [
        ('url = "https://A.test"', ("a.test:443",)),
        ('url = "http://[::1]:8001"', ("::1:8001",)),
        ('url = "http://a.test"\nhosts = ["B.test", "c.test:81"]', ("b.test", "c.test:81")),
    ],
)
def test_hosts_default_to_that_of_the_baseline(
    tmp_path: Path, table: str, hosts: tuple[str, ...]
) -> None:
    assert loaded(tmp_path, f"[baseline]\n{table}\n").capture.hosts == hosts


def test_extra_secret_headers_come_on_top_of_the_default_ones(tmp_path: Path) -> None:
    settings = loaded(tmp_path, '[secrets]\nextra-headers = ["X-Session"]\n')

    assert settings.secrets.headers == (*CREDENTIAL_HEADERS, "x-session")


def test_a_small_recording_gets_small_segments(tmp_path: Path) -> None:
    recording = loaded(tmp_path, "[recording]\nmax-bytes = 1000000\n").recording

    assert (recording.max_bytes, recording.segment_bytes) == (1_000_000, 250_000)


def test_waivers_are_read_with_their_days() -> None:
    text = '[[waivers]]\ninteraction = "k"\nwho = "Ana"\nwhy = "it moves"\nuntil = {}\n'
    plain, quoted = (loads(text.format(day)) for day in ("2030-12-31", '"2030-12-31"'))

    assert plain.waivers == quoted.waivers
    assert [str(one) for one in plain.waivers] == ["waived by Ana until 2030-12-31: it moves"]
