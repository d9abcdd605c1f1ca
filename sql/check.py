"""`python -m sql check`: proves that the books are right, keeps the result and says what does not hold."""

import argparse
import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.language import _
from sql.connection import Database
from sql.heads import read_heads
from sql.proofs.books import prove_books
from sql.proofs.breach import Breach, Scope
from sql.proofs.chains import prove_chains
from sql.proofs.changes import prove_changes
from sql.proofs.counters import prove_counters
from sql.proofs.links import prove_links
from sql.proofs.promises import prove_promises
from sql.proofs.proven import Start, advance, find_start, prove_start, unbelieved
from sql.proofs.recharges import prove_recharges
from sql.proofs.second_persons import prove_second_persons
from sql.proofs.supply import prove_supply
from sql.tables import bases, proofs

OVERLAP = timedelta(days=1)
"""What has only instants is looked at again from so long before the last proof on: clocks differ, commits come late."""
AT_ONCE = 2
FOUND = 1

Prover = Callable[[Connection, Scope], Iterator[Breach]]
PROVERS: tuple[Prover, ...] = (
    prove_books,
    prove_counters,
    prove_chains,
    prove_changes,
    prove_recharges,
    prove_second_persons,
    prove_links,
    prove_supply,
    prove_promises,
    prove_start,
)


class Looked(StrEnum):
    """What a proof looked at, as ops.Proofs keeps it."""

    ALL = "all"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was proven: the breaches, how much there is, and how long it took."""

    looked_at: Looked
    breaches: Sequence[Breach]
    entries: int
    bases: int
    events: int
    took_s: float

    @property
    def finding(self) -> str:
        """One hash over what was found, alike when the same is found again; empty: nothing was."""
        found = "\n".join(sorted({breach.identity for breach in self.breaches}))
        return hashlib.sha256(found.encode()).hexdigest()[:32] if found else ""


def check(database: Database, everything: bool = False) -> list[Breach]:
    """The breaches of what must always hold (design, section 8); without `everything` of what came after the last
    proof. The result is kept in ops.Proofs."""
    return list(prove(database, everything=everything).breaches)


def prove(database: Database, *, everything: bool, attended: bool = False) -> Proof:
    """Asks the questions two at a time, then writes the result. Each question is one statement and sees one instant.

    1. Find where the last proof without a breach ended. Nothing is proven yet, or somebody changed that: everything
       is looked at.
    2. Take the heads of ledgers and chains, and only then prove: what is proven reaches at least to them.
    3. Without a breach the next proof begins at these heads. Where only the starting points themselves were wrong, a
       person who looks on (`attended`) gets new ones; what nobody has seen stays as it is.
    """
    began_s = database.clock.monotonic()
    with database.writing() as conn:
        began_at, start = database.now(conn), find_start(conn)
    with database.reading() as conn:
        heads = read_heads(conn)
    scope = Scope(since=_since(start, everything=everything), now=began_at)
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="check") as workers:
        asked = [workers.submit(_ask, database, prover, scope) for prover in PROVERS]
        found = [breach for future in asked for breach in future.result()]
    with database.reading() as conn:
        proof = Proof(
            looked_at=Looked.ALL if scope.everything else Looked.NEWEST,
            breaches=found if start.believed else [unbelieved(), *found],
            entries=heads.entries,
            bases=int(conn.scalar(sa.select(sa.func.count()).select_from(bases)) or 0),
            events=heads.events,
            took_s=database.clock.monotonic() - began_s,
        )
    with database.writing() as conn:
        if not found and (start.believed or attended):
            advance(conn, heads, began_at)
        _keep(conn, proof, began_at, database.now(conn))
    return proof


def _since(start: Start, *, everything: bool) -> datetime | None:
    if everything or start.proven_at is None or not start.believed:
        return None
    return start.proven_at - OVERLAP


def _ask(database: Database, prover: Prover, scope: Scope) -> list[Breach]:
    with database.reading() as conn:
        return list(prover(conn, scope))


def main(database: Database, arguments: argparse.Namespace) -> int:
    """The exit code: 0 all invariants hold, 1 there are breaches, each said in a sentence."""
    proof = prove(database, everything=arguments.all, attended=True)
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
    if proof.looked_at is Looked.NEWEST:
        _say(_("What came after the last proof was looked at. For all of history: python -m sql check --all"))
    return 0


def _keep(conn: Connection, proof: Proof, began_at: datetime, ended_at: datetime) -> None:
    findings = [
        {"number": breach.number, "name": breach.name, "sentence": breach.sentence, "rows": breach.rows}
        for breach in proof.breaches
    ]
    conn.execute(
        proofs.insert().values(
            began_at=began_at,
            ended_at=ended_at,
            scope=proof.looked_at,
            breaches=len(proof.breaches),
            findings={"breaches": findings, "entries": proof.entries, "bases": proof.bases, "events": proof.events},
        )
    )


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
