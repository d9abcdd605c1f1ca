"""A real web server for tests: takes what is posted to it on loopback, and answers as it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Webhook:
    """What was posted, and the statuses to answer with: one for each post, then 200."""

    port: int = 0
    posts: list[dict[str, Any]] = field(default_factory=list)
    tries: int = 0
    answers: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The URL of a channel that leads here, with a secret in it."""
        return f"json://till:very-secret@127.0.0.1:{self.port}/hook-token"


@contextmanager
def webhook() -> Iterator[Webhook]:
    """A server on a free port until the block ends."""
    taken = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            taken.tries += 1
            status = taken.answers.pop(0) if taken.answers else 200
            if status == 200:
                taken.posts.append(body)
            self.send_response(status)
            self.send_header("Location", f"http://127.0.0.1:{taken.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    taken.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="webhook")
    thread.start()
    try:
        yield taken
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
