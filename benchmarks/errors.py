"""What can go wrong before a figure is worth anything."""


class BenchmarkError(Exception):
    """A figure cannot be measured; the text says what was found and what to do."""


class MissingToolError(BenchmarkError):
    """A program the benchmarks need is not installed."""

    def __init__(self, name: str, package: str) -> None:
        super().__init__(
            f"{name} was not found on PATH or in /usr/sbin. "
            f"It comes with the Debian package {package}: apt-get install {package}"
        )
