"""A small REST API on 127.0.0.1 with pages after a key, which can be told to fail."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Answer:
    """An answer instead of a page.

    Attributes:
        code: of HTTP.
        body: what it says.
        headers: beside its length.
        seconds: how long it takes.
        cut: how many bytes of it are left out at the end, though its length is said.
    """

    code: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0
    cut: int = 0


@dataclass
class ApiServer:
    """What is served.

    Attributes:
        records: JSON texts by key, given in the order of keys.
        largest_page: what is given at most, whatever is asked for.
        token: of the header `Authorization: Bearer …`, if one is wanted.
        requests: parameters of what was asked, newest last.
        failing: answers in the place of the next pages.
        page: makes the body of a page from its records.
        order: what the records are ordered by.
    """

    port: int = 0
    records: dict[Any, str] = field(default_factory=dict)
    largest_page: int = 10_000
    token: str = ""
    requests: list[dict[str, str]] = field(default_factory=list)
    failing: list[Answer] = field(default_factory=list)
    page: Callable[[list[str]], str] = lambda records: '{"data": {"items": [' + ", ".join(records) + "]}}"
    order: Callable[[Any], Any] = lambda key: key

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/v1"

    def add(self, *keys: int | str, **fields: object) -> None:
        """Records of active_users."""
        for key in keys:
            record = {"id": key, "user_id": 17850, "is_active": True, "updated_at": "2025-01-31T10:00:00Z"}
            self.records[key] = json.dumps(record | fields)

    def answer(self, path: str, parameters: dict[str, str], token: str) -> Answer:
        """The next answer."""
        self.requests.append(parameters)
        if self.failing:
            return self.failing.pop(0)
        if self.token and token != f"Bearer {self.token}" and parameters.get("api_key") != self.token:
            return Answer(401, b'{"error": "no such token"}')
        if path != "/v1/active_users":
            return Answer(404)
        keys = sorted(self.records, key=self.order)
        if "after" in parameters:
            kind = type(keys[0]) if keys else str
            keys = [key for key in keys if self.order(key) > self.order(kind(parameters["after"]))]
        size = min(int(parameters["limit"]), self.largest_page)
        return Answer(body=self.page([self.records[key] for key in keys[:size]]).encode())


@contextmanager
def api_server() -> Iterator[ApiServer]:
    """A server until the block ends."""
    api = ApiServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        # An answer is sent at once; its head alone would wait for a confirmation.
        wbufsize = 1 << 20

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            address = urlsplit(self.path)
            answer = api.answer(address.path, dict(parse_qsl(address.query)), self.headers.get("Authorization", ""))
            time.sleep(answer.seconds)
            self.send_response(answer.code)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body[: len(answer.body) - answer.cut])
            if answer.cut:
                self.close_connection = True

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            """A client that was killed."""

    with Server(("127.0.0.1", 0), Handler) as server:
        api.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield api
        server.shutdown()
