"""GET on loopback: /health says whether this process works, as JSON, and beside it stand the pages for Prometheus."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prepaid.errors.start import HealthPortTaken

HOST = "127.0.0.1"
WELL = frozenset({"ok", "standing_by"})
"""States in which nobody need be called: a standby does what it is there for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a page answers."""

    status: int
    content_type: str
    body: bytes


Page = Callable[[str], Answer]
"""Makes its answer at that moment; it is given the formats that are accepted."""


def health_page(health: Callable[[], Mapping[str, Any]]) -> Page:
    """The facts as JSON, with 200 if all is well and 503 otherwise."""

    def answer(_accepted: str) -> Answer:
        facts = health()
        return Answer(
            status=200 if facts.get("state") in WELL else 503,
            content_type="application/json",
            body=json.dumps(facts, default=str).encode(),
        )

    return answer


class HealthServer:
    """Answers the pages by their paths. The enforcer needs no port that others can reach."""

    def __init__(self, port: int, pages: Mapping[str, Page]) -> None:
        try:
            self._server = _Server((HOST, port), pages)
        except OSError as error:
            raise HealthPortTaken(port=port, why=error.strerror or str(error)) from error
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(timeout=5)
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], pages: Mapping[str, Page]) -> None:
        super().__init__(address, _Handler)
        self.pages = pages


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path.partition("?")[0])
        if page is None:
            self.send_error(404)
            return
        answer = page(self.headers.get("Accept", ""))
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Health is asked every few seconds; that is no news."""
