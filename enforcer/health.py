"""GET /health on loopback: whether this process works, as JSON, for the launcher, a watchdog, a monitoring system."""

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prepaid.errors.start import HealthPortTaken

HOST = "127.0.0.1"
WELL = frozenset({"ok", "standing_by"})
"""States in which nobody need be called: a standby does what it is there for."""


class HealthServer:
    """Answers with what `health` says at that moment. The enforcer needs no port that others can reach."""

    def __init__(self, port: int, health: Callable[[], Mapping[str, Any]]) -> None:
        try:
            self._server = _Server((HOST, port), health)
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

    def __init__(self, address: tuple[str, int], health: Callable[[], Mapping[str, Any]]) -> None:
        super().__init__(address, _Handler)
        self.health = health


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5

    def do_GET(self) -> None:
        if self.path != "/health":
            self.send_error(404)
            return
        facts = self.server.health()
        body = json.dumps(facts, default=str).encode()
        self.send_response(200 if facts.get("state") in WELL else 503)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Health is asked every few seconds; that is no news."""
