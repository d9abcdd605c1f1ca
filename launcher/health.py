"""How a child says that it is well: a page of JSON, or an answer on its control port."""

import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

HOST = "127.0.0.1"
TIMEOUT_S = 2.0
MAX_ANSWER = 100_000
WELL = frozenset({"ok", "standing_by", "loading"})
"""Who loads what waited while the database was away works, and may need minutes for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """What a child answered: well or not, in a word, and the facts it gave."""

    well: bool
    word: str
    facts: Mapping[str, object] = field(default_factory=dict)


class Probe(Protocol):
    """One question to a child."""

    def ask(self) -> Health:
        """Its health now; never raises for what the world can do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PageProbe:
    """GET of a JSON page; the child is well when its `state` says that it works or stands by for another one."""

    port: int
    path: str = "/health"

    def ask(self) -> Health:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=TIMEOUT_S)
        try:
            connection.request("GET", self.path)
            facts = json.loads(connection.getresponse().read(MAX_ANSWER))
        except (OSError, http.client.HTTPException, ValueError):
            return Health(well=False, word="silent")
        finally:
            connection.close()
        if not isinstance(facts, dict):
            return Health(well=False, word="silent")
        word = str(facts.get("state", "?"))
        return Health(well=word in WELL, word=word, facts=facts)


@dataclass(frozen=True, kw_only=True, slots=True)
class LineProbe:
    """A line sent to a control port must be answered, and other ports must accept connections."""

    port: int
    question: str = "help"
    also_open: tuple[int, ...] = ()

    def ask(self) -> Health:
        try:
            with socket.create_connection((HOST, self.port), TIMEOUT_S) as connection:
                connection.sendall(self.question.encode("ascii") + b"\n")
                answered = bool(connection.recv(MAX_ANSWER).strip())
            for port in self.also_open:
                socket.create_connection((HOST, port), TIMEOUT_S).close()
        except OSError:
            return Health(well=False, word="silent")
        return Health(well=answered, word="ok" if answered else "silent")
