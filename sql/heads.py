"""Heads: where every ledger and every chain of events ends. Kept elsewhere, they show later what was changed."""

import hashlib
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sql.tables import account_heads, accounts, event_heads, sites


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountHead:
    """The last entry of an account: its number and the balance behind it."""

    account_id: int
    site: str
    account: str
    entry_no: int
    balance: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterHead:
    """The last event of a writer: its number and its hash, which stands for all before it."""

    writer: str
    event_no: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """The ends of all ledgers and chains."""

    accounts: tuple[AccountHead, ...]
    writers: tuple[WriterHead, ...]

    @property
    def entries(self) -> int:
        """How many entries lie before them."""
        return sum(head.entry_no for head in self.accounts)

    @property
    def events(self) -> int:
        """How many events lie before them."""
        return sum(head.event_no for head in self.writers)


def read_heads(conn: Connection) -> Heads:
    """The heads of now: those of the ledgers from one statement, those of the chains from another one."""
    ledgers = (
        sa.select(
            accounts.c.id.label("account_id"),
            sites.c.name.label("site"),
            accounts.c.number.label("account"),
            account_heads.c.entry_no,
            account_heads.c.balance,
        )
        .join(account_heads, account_heads.c.account_id == accounts.c.id)
        .join(sites, sites.c.id == accounts.c.site_id)
        .order_by(accounts.c.id)
    )
    chains = sa.select(event_heads.c.writer, event_heads.c.event_no, event_heads.c.hash).order_by(event_heads.c.writer)
    return Heads(
        accounts=tuple(AccountHead(**row) for row in conn.execute(ledgers).mappings()),
        writers=tuple(WriterHead(**row) for row in conn.execute(chains).mappings()),
    )


def digest_of(ledgers: list[tuple[int, int, Decimal]], chains: list[tuple[str, int, str]]) -> str:
    """One hash over heads: of accounts (id, entry number, balance) and of writers (name, event number, hash)."""
    lines = [f"{account_id} {entry_no} {balance:f}" for account_id, entry_no, balance in sorted(ledgers)]
    lines += [f"{writer} {event_no} {known}" for writer, event_no, known in sorted(chains)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
