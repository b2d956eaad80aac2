"""A package index of empty packages: every package of the project's locks in its locked version and in a newer one.

What a package requires, and its extras, are those of the real one that is installed here: a resolver is tempted as on
the real index.
"""

import base64
import hashlib
import html
import importlib.metadata
import re
import ssl
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

PIN = re.compile(
    r"(?m)^(?P<name>[\w.-]+)==(?P<version>\S+)(?: ; (?P<marker>.*?))? \\\n(?P<hashes>(?:    --hash.*\n?)+)"
)
FOLDERS = [str(folder) for folder in Path(__file__).resolve().parents[2].glob(".venv*/lib/python*/site-packages")]


def make_index(folder: Path, locks: list[str], programs: dict[str, str]) -> dict[tuple[str, str], str]:
    """Write the index `folder/simple` for the locks' packages, and return each one's hash by name and version.

    `programs` are scripts that packages of these names bring.
    """
    (folder / "files").mkdir(parents=True)
    metadata = {(_normal(one.name), one.version): one for one in importlib.metadata.distributions(path=FOLDERS)}
    hashes = {}
    links: dict[str, list[str]] = {}
    pins = {(pin["name"], pin["version"]) for lock in locks for pin in PIN.finditer(lock)}
    for name, version in sorted(pins):
        for offered in (version, newer(version)):
            if (name, offered) not in hashes:
                wheel = _write_wheel(folder / "files", name, offered, metadata.get((name, version)), programs.get(name))
                hashes[name, offered] = hashlib.sha256(wheel.read_bytes()).hexdigest()
                link = (
                    f'<a href="../../files/{html.escape(wheel.name)}#sha256={hashes[name, offered]}">{wheel.name}</a>'
                )
                links.setdefault(name, []).append(link)
    for name, its_links in links.items():
        (folder / "simple" / name).mkdir(parents=True)
        (folder / "simple" / name / "index.html").write_text(
            f"<!DOCTYPE html><html><body>{''.join(its_links)}</body></html>"
        )
    return hashes


def newer(version: str) -> str:
    """A later release of the same series, which most requirements allow."""
    return re.match(r"\d+(\.\d+)*", version)[0] + ".99999"


def with_hashes(lock: str, hashes: dict[tuple[str, str], str]) -> str:
    """A lock with the hashes of the empty packages in place of those of the real ones."""
    return PIN.sub(
        lambda pin: (
            f"{pin['name']}=={pin['version']}"
            + (f" ; {pin['marker']}" if pin["marker"] else "")
            + f" \\\n    --hash=sha256:{hashes[pin['name'], pin['version']]}\n"
        ),
        lock,
    )


def installed(environment: Path) -> dict[str, str]:
    """The versions of the packages in an environment."""
    folders = [str(folder) for folder in environment.glob("lib/python*/site-packages")]
    return {_normal(one.name): one.version for one in importlib.metadata.distributions(path=folders)}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _write_wheel(
    folder: Path, name: str, version: str, real: importlib.metadata.Distribution | None, program: str | None
) -> Path:
    """An empty package with what the real one requires."""
    stem = f"{name.replace('-', '_')}-{version}"
    header = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    for field in ("Requires-Dist", "Provides-Extra") if real else ():
        header += [f"{field}: {value}" for value in real.metadata.get_all(field) or []]
    files = {
        f"{stem.split('-')[0]}.py": f"version = '{version}'\n",
        f"{stem}.dist-info/METADATA": "\n".join(header) + "\n",
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if program:
        files[f"{stem}.data/scripts/{name}"] = program
    record = f"{stem}.dist-info/RECORD"
    digests = {
        path: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        for path, text in files.items()
    }
    lines = [f"{path},sha256={digests[path].decode()},{len(text.encode())}" for path, text in files.items()]
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
        for path, text in (*files.items(), (record, "\n".join([*lines, f"{record},,"]) + "\n")):
            entry = zipfile.ZipInfo(path)
            entry.external_attr = (0o100755 if "/scripts/" in path else 0o100644) << 16
            wheel.writestr(entry, text)
    return folder / f"{stem}-py3-none-any.whl"


class _Pages(SimpleHTTPRequestHandler):
    """Serves an index to those who give `credentials`, also as a proxy for any address, and notes what is asked."""

    def __init__(self, *arguments: object, credentials: str | None, asked: list[str], **more: object) -> None:
        self._credentials, self._asked = credentials, asked
        super().__init__(*arguments, **more)

    def do_GET(self) -> None:
        self._asked.append(self.path)
        expected = self._credentials and "Basic " + base64.b64encode(self._credentials.encode()).decode()
        if expected and self.headers.get("Authorization") != expected:
            self.send_error(401)
            return
        self.path = urlsplit(self.path).path
        super().do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(
    folder: Path, credentials: str | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[tuple[str, list[str]]]:
    """Serve a folder on this machine: the host and port, and a list that fills with what is asked for."""
    asked: list[str] = []
    handler = partial(_Pages, directory=str(folder), credentials=credentials, asked=asked)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}", asked
        server.shutdown()
