import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.load import Report, measurement, parse

OUTPUT = """Running 5s test @ http://127.0.0.1:1
  4436 requests in 5.00s, 4.45MB read
{"requests":4436,"duration_us":5000000,"p50_us":8670,"p99_us":26010,"not_2xx_or_3xx":0,"broken":0}
"""


def report(*, not_2xx_or_3xx: int = 0, broken: int = 0, requests: int = 10) -> Report:
    return Report(
        requests=requests,
        duration_us=1_000_000,
        p50_us=1000,
        p99_us=2000,
        not_2xx_or_3xx=not_2xx_or_3xx,
        broken=broken,
    )


def test_throughput_and_latency_are_read_from_the_report() -> None:
    assert measurement(parse(OUTPUT)) == {
        "requests_per_s": 887.2,
        "p50_ms": 8.67,
        "p99_ms": 26.01,
    }


def test_output_without_a_report_is_an_error() -> None:
    with pytest.raises(BenchmarkError, match="no report"):
        parse("Running 5s test\n")


@pytest.mark.parametrize(
    "bad", [report(not_2xx_or_3xx=1), report(broken=1), report(requests=0)], ids=str
)
def test_a_run_with_bad_answers_is_no_figure(bad: Report) -> None:
    with pytest.raises(BenchmarkError, match="only good answers"):
        measurement(bad)
