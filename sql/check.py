"""`python -m sql check`: proves that the books are right, keeps the result and says what does not hold."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.language import _
from sql.connection import Database
from sql.proofs.books import prove_books
from sql.proofs.breach import Breach, Scope
from sql.proofs.chains import prove_chains
from sql.proofs.changes import prove_changes
from sql.proofs.counters import prove_counters
from sql.proofs.links import prove_links
from sql.tables import account_heads, bases, event_heads, proofs

NEWEST = timedelta(days=7)
AT_ONCE = 2
FOUND = 1

Prover = Callable[[Connection, Scope], Iterator[Breach]]
PROVERS: tuple[Prover, ...] = (prove_books, prove_counters, prove_changes, prove_chains, prove_links)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was proven: the breaches, how much was looked through, and in how many seconds."""

    everything: bool
    breaches: Sequence[Breach]
    entries: int
    bases: int
    events: int
    took_s: float


def check(database: Database, everything: bool = False) -> list[Breach]:
    """The breaches of what must always hold (design, section 8); without `everything` of the newest part of the books.

    The result is kept in ops.Proofs.
    """
    return list(prove(database, everything=everything).breaches)


def prove(database: Database, *, everything: bool) -> Proof:
    """Asks the questions two at a time, then writes the result. Each question is one statement and sees one instant."""
    began_s = database.clock.monotonic()
    with database.reading() as conn:
        began_at = database.now(conn)
    scope = Scope(since=None if everything else began_at - NEWEST)
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="check") as workers:
        asked = [workers.submit(_ask, database, prover, scope) for prover in PROVERS]
        breaches = [breach for future in asked for breach in future.result()]
    with database.reading() as conn:
        proof = Proof(
            everything=everything,
            breaches=breaches,
            entries=_sum(conn, account_heads.c.entry_no),
            bases=int(conn.scalar(sa.select(sa.func.count()).select_from(bases)) or 0),
            events=_sum(conn, event_heads.c.event_no),
            took_s=database.clock.monotonic() - began_s,
        )
    with database.writing() as conn:
        _keep(conn, proof, began_at, database.now(conn))
    return proof


def _ask(database: Database, prover: Prover, scope: Scope) -> list[Breach]:
    with database.reading() as conn:
        return list(prover(conn, scope))


def main(database: Database, arguments: argparse.Namespace) -> int:
    """The exit code: 0 all invariants hold, 1 there are breaches, each said in a sentence."""
    proof = prove(database, everything=arguments.everything)
    for breach in proof.breaches:
        _say(str(breach))
    seen = {"entries": proof.entries, "bases": proof.bases, "events": proof.events, "took_s": f"{proof.took_s:.1f}"}
    if proof.breaches:
        said = _(
            "{breaches} breaches in {entries} entries, {bases} bases and {events} events, looked through in {took_s} s."
        )
        _say(said.format(breaches=len(proof.breaches), **seen))
        return FOUND
    said = _("All invariants hold: {entries} entries, {bases} bases and {events} events in {took_s} s.")
    _say(said.format(**seen))
    if not proof.everything:
        _say(_("That is the newest part of them. For all of history: python -m sql check --everything"))
    return 0


def _sum(conn: Connection, column: sa.ColumnElement[int]) -> int:
    return int(conn.scalar(sa.select(sa.func.sum(column))) or 0)


def _keep(conn: Connection, proof: Proof, began_at: datetime, ended_at: datetime) -> None:
    findings = [
        {"number": breach.number, "name": breach.name, "sentence": breach.sentence, "rows": breach.rows}
        for breach in proof.breaches
    ]
    conn.execute(
        proofs.insert().values(
            began_at=began_at,
            ended_at=ended_at,
            scope="everything" if proof.everything else "newest",
            breaches=len(proof.breaches),
            findings={"breaches": findings, "entries": proof.entries, "bases": proof.bases, "events": proof.events},
        )
    )


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
