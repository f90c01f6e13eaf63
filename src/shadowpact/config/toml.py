"""A TOML file to its document, with errors that say where."""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from shadowpact.errors import ConfigError

_SYNTAX_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def read(file: Path) -> str:
    """The text of a file.

    Raises:
        ConfigError: It cannot be read, or is not UTF-8.
    """
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        advice = "name an existing file, or write one with 'shadowpact init'"
        raise ConfigError(f"{file}: no such file; {advice}") from None
    except IsADirectoryError:
        raise ConfigError(f"{file}: is a folder, expected a TOML file") from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        got = f"byte 0x{data[error.start]:02x}"
        raise ConfigError(f"{file}:{line}: is not UTF-8 ({got}), as TOML has to be") from None


def parse(text: str, file: Path) -> dict[str, Any]:
    """What a text says; ``file`` is for messages.

    Raises:
        ConfigError: It is not TOML; names the line.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        found = _SYNTAX_POSITION.search(message)
        line = (found and found[1]) or str(text.rstrip("\n").count("\n") + 1)
        column = f" (column {found[2]})" if found and found[2] else ""
        what = message[: found.start()] if found else message
        raise ConfigError(f"{file}:{line}: is not valid TOML: {what}{column}") from None
    except RecursionError:
        raise ConfigError(f"{file}: is nested too deeply to be a configuration") from None
    for name, key in (("rules", "expires"), ("waivers", "until")):
        tables = document.get(name)
        for table in tables if isinstance(tables, list) else []:
            if isinstance(table, dict) and type(table.get(key)) is date:
                table[key] = table[key].isoformat()  # with or without quotes
    return document
