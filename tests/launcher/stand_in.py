"""A stand-in for a child of run_all: serves a page of health, ends with its parent, writes down what it did.

Arguments: port, file to write to, and a mood: "well", "dies" (at once, with words), "ill" (never healthy),
"stubborn" (ends neither with its input nor by a signal). Standard library only: the tests run it as a script.
"""

import http.server
import json
import os
import signal
import sys
import threading
from pathlib import Path


class Page(http.server.BaseHTTPRequestHandler):
    """Answers every GET with the state of the child."""

    state = "ok"

    def do_GET(self) -> None:
        body = json.dumps({"state": self.state, "passes": 3, "accounts": 25, "cut": 1}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a poll is not worth a line."""


def run(port: int, diary: Path, mood: str) -> int:
    """The exit code."""
    if mood == "dies":
        sys.stderr.write("The setting X is wrong. Correct it.\n")
        return 3
    if mood == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Page.state = "starting" if mood == "ill" else "ok"
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _write(diary, f"started {port} {os.getpid()}")
    sys.stdin.buffer.read()
    if mood == "stubborn":
        threading.Event().wait()
    _write(diary, f"stopped {port} {os.getpid()}")
    return 0


def _write(diary: Path, line: str) -> None:
    with diary.open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")


if __name__ == "__main__":
    sys.exit(run(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
