"""pip's settings in uv's words, for uv does not read them: where packages come from, certificates, proxy, patience.

A variable of uv's that is set stays, and so does what uv's own variables or files say of where packages come from.
"""

import ast
import os
import re
import ssl
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Where packages come from is one decision: who tells uv a part of it has told it all.
SOURCES = {"index", "index-url", "default-index", "extra-index-url", "find-links", "no-index"}
SAME_VALUE = {
    "client-cert": "SSL_CLIENT_CERT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "keyring-provider": "UV_KEYRING_PROVIDER",
    "retries": "UV_HTTP_RETRIES",
    "timeout": "UV_HTTP_TIMEOUT",
    "trusted-host": "UV_INSECURE_HOST",
}
# Variables that change what uv installs or where; they are meant for other projects.
NOT_FOR_LOCKS = {
    "UV_BUILD_CONSTRAINT",
    "UV_CONSTRAINT",
    "UV_EXCLUDE",
    "UV_OVERRIDE",
    "UV_PROJECT",
    "UV_PYTHON",
    "UV_SYSTEM_PYTHON",
    "UV_WORKING_DIR",
}
DEFAULT_INDEX = (
    "import sys; sys.path[:0] = sys.argv[1:]; from pip._internal.models import index; print(index.PyPI.simple_url)"
)


def read_settings(pip: list[str]) -> dict[str, str]:
    """pip's settings for `pip install` out of all its files and variables, named as on its command line.

    `pip` is a Python and the folder of pip's code. Raises ValueError in pip's words when it cannot read them.
    """
    listed = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=False)
    if listed.returncode:
        raise ValueError(listed.stderr)
    settings = {}
    for section in ("global", "install", ":env:"):
        for name, quoted in re.findall(rf"(?m)^{section}\.([\w-]+)=(.*)$", listed.stdout):
            if value := ast.literal_eval(quoted):
                settings[name] = value
    if "extra-index-url" in settings and "index-url" not in settings:
        python, code = pip
        command = [python, "-c", DEFAULT_INDEX, str(Path(code).parent)]
        settings["index-url"] = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return settings


def for_uv(settings: Mapping[str, str], certificates: Path) -> tuple[dict[str, str], list[str]]:
    """The environment and the options with which uv does what pip would do with its settings.

    The file `certificates` is written where pip's settings name some and the environment others.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in NOT_FOR_LOCKS and (value or not name.startswith("UV_"))
    }
    # What is installed is pinned by hashes, so it may come from any of the indexes, as with pip.
    environment.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    for name, variable in SAME_VALUE.items():
        if name in settings:
            environment.setdefault(variable, " ".join(settings[name].split()))
    if "proxy" in settings:
        environment |= dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), settings["proxy"])
    if _machine_has_certificates():
        # As pip since 24.2, where uv would take its own; the second name is the one that uv had for it before.
        environment.setdefault("UV_SYSTEM_CERTS", "true")
        environment.setdefault("UV_NATIVE_TLS", "true")
    environment |= _certificates(settings, certificates)
    if _uv_knows_its_sources(environment):
        return environment, []
    # pip passes over folders that are not there.
    if links := [link for link in map(_url, settings.get("find-links", "").split()) if _can_be_there(link)]:
        environment["UV_FIND_LINKS"] = ",".join(links)
    if settings.get("no-index", "").lower() in ("1", "on", "t", "true", "y", "yes"):
        return environment, ["--no-index"]
    if "index-url" in settings:
        indexes = [_url(index) for index in (settings["index-url"], *settings.get("extra-index-url", "").split())]
        # Of a version that several indexes have, uv takes the first one's, and the default index is always the last.
        environment["UV_DEFAULT_INDEX"] = indexes.pop()
        if indexes:
            environment["UV_INDEX"] = " ".join(indexes)
    return environment, []


def _url(place: str) -> str:
    """An address as it is; a path as an address, for uv divides lists at blanks and commas."""
    if re.match(r"[\w+.-]+:", place):
        return place
    return Path(place).expanduser().absolute().as_uri()


def _can_be_there(address: str) -> bool:
    """Whether an address is on another machine, or a file or folder that is on this one."""
    parts = urlsplit(address)
    return parts.scheme != "file" or Path(unquote(parts.path)).exists()


def _machine_has_certificates() -> bool:
    """Whether there is a store of certificates, which an image of a container need not have."""
    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile or (paths.capath and os.listdir(paths.capath)))


def _certificates(settings: Mapping[str, str], together: Path) -> dict[str, str]:
    """Variables for the certificates that pip would take, beside those that the environment names for everybody."""
    named = settings.get("cert") or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    general = os.environ.get("SSL_CERT_FILE")
    if not named or named == general:
        return {}
    if Path(named).is_dir():
        folders = (named, os.environ.get("SSL_CERT_DIR"))
        return {"SSL_CERT_DIR": os.pathsep.join(folder for folder in folders if folder)}
    if general and Path(general).is_file() and Path(named).is_file():
        together.write_bytes(Path(general).read_bytes() + b"\n" + Path(named).read_bytes())
        return {"SSL_CERT_FILE": str(together)}
    return {"SSL_CERT_FILE": named}


def _uv_knows_its_sources(environment: Mapping[str, str]) -> bool:
    """Whether uv's own variables or files say where packages come from."""
    if any(environment.get("UV_" + name.upper().replace("-", "_")) for name in SOURCES):
        return True
    return any(SOURCES & (set(table) | set(table.get("pip", {}))) for table in _uv_files(environment))


def _uv_files(environment: Mapping[str, str]) -> Iterator[dict]:
    """uv's settings in each file that it reads: the project's nearest, the user's, the machine's."""
    if environment.get("UV_NO_CONFIG"):
        return
    if named := environment.get("UV_CONFIG_FILE"):
        yield _table(Path(named))
        return
    here = Path.cwd()
    projects = (_table(folder / name) for folder in (here, *here.parents) for name in ("uv.toml", "pyproject.toml"))
    yield next(filter(None, projects), {})
    home = environment.get("XDG_CONFIG_HOME") or "~/.config"
    systems = (environment.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
    for folder in (home, *systems, "/etc"):
        yield _table(Path(folder).expanduser() / "uv" / "uv.toml")


def _table(path: Path) -> dict:
    """uv's settings in a file. One that is not there has none, and what is wrong with one is left to uv's own words."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return table.get("tool", {}).get("uv", {}) if path.name == "pyproject.toml" else table
