"""`python -m sql heads`: keeps the heads of all ledgers and chains in a file, and says later whether they stand.

Who keeps the file where nobody who can write the database can write, notices any later change of what lay before it.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.errors.start import HeadsFileUnreadable, HeadsFileUnwritable
from prepaid.language import _
from prepaid.version import VERSION
from sql.connection import Database
from sql.heads import AccountHead, Heads, WriterHead, read_heads
from sql.tables import accounts, entries, events

CHANGED = 1
MOST_BYTES = 64_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadsFile:
    """What a file of heads says."""

    version: str
    taken_at: datetime
    heads: Heads


def export(database: Database, path: Path) -> int:
    """Writes the heads of now; the exit code."""
    with database.reading() as conn:
        taken = HeadsFile(version=VERSION, taken_at=database.now(conn), heads=read_heads(conn))
    try:
        path.write_text(_written(taken), encoding="utf-8", newline="\n")
    except OSError as error:
        raise HeadsFileUnwritable(path=path, why=error.strerror or error) from error
    said = _(
        "The heads of {accounts} accounts and {writers} writers are in {path}. Keep it where it cannot be changed."
    )
    _say(said.format(accounts=len(taken.heads.accounts), writers=len(taken.heads.writers), path=path))
    return 0


def compare(database: Database, path: Path) -> int:
    """Says which heads of the file are no longer there as they were; the exit code is 1 if there are any."""
    kept = read(path)
    with database.reading() as conn:
        lost = [*_lost_entries(conn, kept.heads.accounts), *_lost_events(conn, kept.heads.writers)]
    for sentence in lost:
        _say(sentence)
    counted = {"lost": len(lost), "heads": len(kept.heads.accounts) + len(kept.heads.writers)}
    when = kept.taken_at.isoformat(timespec="seconds")
    if lost:
        said = _("{lost} of {heads} heads of {when} are no longer as they were: what was recorded then was changed.")
        _say(said.format(when=when, **counted))
        return CHANGED
    said = _(
        "All {heads} heads of {when} are still there. Whether all before them is right, says: python -m sql check --all"
    )
    _say(said.format(when=when, **counted))
    return 0


def read(path: Path) -> HeadsFile:
    """The file as it was exported. Raises HeadsFileUnreadable."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise HeadsFileUnreadable(path=path, why=_("it is larger than 64 MB"))
        found = json.loads(path.read_text(encoding="utf-8"))
        ledgers = [AccountHead(**{**head, "balance": Decimal(head["balance"])}) for head in found["accounts"]]
        return HeadsFile(
            version=str(found["version"]),
            taken_at=datetime.fromisoformat(found["taken_at"]),
            heads=Heads(accounts=tuple(ledgers), writers=tuple(WriterHead(**head) for head in found["writers"])),
        )
    except OSError as error:
        raise HeadsFileUnreadable(path=path, why=error.strerror or error) from error
    except (ValueError, KeyError, TypeError, InvalidOperation) as error:
        raise HeadsFileUnreadable(path=path, why=_("it is no file of heads")) from error


def _written(taken: HeadsFile) -> str:
    """JSON, a head on each line."""
    facts = {"version": taken.version, "taken_at": taken.taken_at.astimezone(UTC).isoformat(timespec="milliseconds")}
    ledgers = [json.dumps({**asdict(head), "balance": f"{head.balance:f}"}) for head in taken.heads.accounts]
    chains = [json.dumps(asdict(head)) for head in taken.heads.writers]
    return "{{\n{facts},\n{lists}\n}}\n".format(
        facts=",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in facts.items()),
        lists=",\n".join(
            f'"{name}": [\n' + ",\n".join(lines) + "\n]" for name, lines in (("accounts", ledgers), ("writers", chains))
        ),
    )


def _lost_entries(conn: Connection, kept: Sequence[AccountHead]) -> Iterator[str]:
    for head in kept:
        question = (
            sa.select(accounts.c.number, entries.c.balance_after)
            .outerjoin(entries, sa.and_(entries.c.account_id == accounts.c.id, entries.c.entry_no == head.entry_no))
            .where(accounts.c.id == head.account_id)
        )
        found = conn.execute(question).one_or_none()
        facts = asdict(head)
        if found is None or found.number != head.account:
            yield _("{site}: the account {account} is not there any more.").format(**facts)
        elif head.entry_no and found.balance_after is None:
            yield _("{site}, account {account}: entry {entry_no} is not there any more.").format(**facts)
        elif head.entry_no and found.balance_after != head.balance:
            said = _("{site}, account {account}: the balance behind entry {entry_no} was {balance}, now it is {now}.")
            yield said.format(now=found.balance_after, **facts)


def _lost_events(conn: Connection, kept: Sequence[WriterHead]) -> Iterator[str]:
    for head in kept:
        question = sa.select(events.c.hash).where(events.c.writer == head.writer, events.c.event_no == head.event_no)
        found = conn.scalar(question)
        if head.event_no and found is None:
            yield _("{writer}: event {event_no} is not there any more.").format(**asdict(head))
        elif head.event_no and found != head.hash:
            yield _("{writer}: event {event_no} has another hash: the events up to it were changed.").format(
                **asdict(head)
            )


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
