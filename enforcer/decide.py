"""Step 4 of a pass: for every analyzer what shall be done with its supply, from facts that were read together."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from prepaid.accounts import Unbilled, live_balance
from prepaid.books import Book
from prepaid.records import SOURCES, Source, Stage, Wiring, WishKind
from prepaid.site import Analyzer, Site
from prepaid.supply import Decision, Facts, decide
from prepaid.switching import SupplyState
from prepaid.units import ZERO, add, negative
from sql.accounts import heads
from sql.connection import Connection
from sql.crossings import open_notices
from sql.guard import guarded_accounts
from sql.holds import provisional_amounts
from sql.locks import locked_analyzers
from sql.metering import protected_accounts
from sql.no_cut import window_floors
from sql.open_wishes import Wish, open_wishes, paused_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What people and the ledger say, read inside the transaction of the pass. `provisional` is what analyzers in hold
    have probably used, of accounts that their holds no longer protect. `window_floors` are known while a no-cut window
    may protect somebody. `now` is told by the clock of the database."""

    now: datetime
    heads: Mapping[int, tuple[int, Decimal]]
    wishes: Mapping[int, Wish]
    locked: Mapping[int, int]
    paused_until: datetime | None
    protected: frozenset[int]
    provisional: Mapping[int, Decimal]
    notices: Mapping[int, datetime]
    window_floors: Mapping[int, Decimal | None]
    time_trusted: bool
    guarded: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The decision for one analyzer, with what it was based on."""

    analyzer: Analyzer
    decision: Decision
    live: Decimal
    entry_no: int
    wish: Wish | None
    lock_id: int | None


def read_circumstances(
    conn: Connection, site: Site, now: datetime, told_at: datetime, *, time_trusted: bool
) -> Circumstances:
    """Reads balances, wishes, locks, pause and holds of the site.

    `told_at` is now by the clock of the database, which dates what people ask for. A wall clock that was set back must
    not let their wishes be over before they began.
    """
    return Circumstances(
        now=told_at,
        heads=heads(conn, site.site_id),
        wishes=open_wishes(conn, site.site_id, told_at),
        locked=locked_analyzers(conn, site.site_id),
        paused_until=paused_until(conn, site.site_id, told_at),
        protected=frozenset(protected_accounts(conn, site.site_id, now)),
        provisional=provisional_amounts(conn, site.site_id, now),
        notices=open_notices(conn, site.site_id, told_at),
        window_floors=window_floors(conn, site.site_id) if site.no_cut.may_protect(told_at) else {},
        time_trusted=time_trusted,
        guarded=guarded_accounts(conn, site.site_id),
    )


def live_of(site: Site, books: Mapping[int, Book], circumstances: Circumstances) -> dict[int, Decimal]:
    """The live balance of every account: the ledger less the open ground of its analyzers, and less the provisional
    use of holds that protect it no longer. What is decided and what is told depend on this one number."""
    ground: dict[int, list[Unbilled]] = defaultdict(list)
    for analyzer_id, analyzer in site.analyzers.items():
        book = books.get(analyzer_id)
        if book is None or book.grid is None:
            continue
        for source in SOURCES:
            wh = book.unbilled_wh(source)
            if wh:
                ground[analyzer.account_id].append(Unbilled(source, wh, _price(site, analyzer, book, source)))
    return {
        account_id: add(
            live_balance(balance, ground.get(account_id, ())),
            negative(circumstances.provisional.get(account_id, ZERO)),
        )
        for account_id, (_, balance) in circumstances.heads.items()
    }


def owing(site: Site, live: Mapping[int, Decimal]) -> frozenset[int]:
    """Analyzers whose accounts have too little for a supply that was cut for credit to come back."""
    short = {
        key
        for key, each in site.accounts.items()
        if live[key] <= max(each.restore_threshold, negative(each.emergency_credit))
    }
    return frozenset(key for key, analyzer in site.analyzers.items() if analyzer.account_id in short)


def wished_cut(circumstances: Circumstances) -> frozenset[int]:
    """Analyzers that a person wants cut now."""
    return frozenset(key for key, wish in circumstances.wishes.items() if wish.kind is WishKind.CUT)


def decide_all(
    site: Site,
    books: Mapping[int, Book],
    supply: Mapping[int, SupplyState],
    serials: Mapping[int, str],
    live: Mapping[int, Decimal],
    circumstances: Circumstances,
) -> dict[int, Decided]:
    """Decides for every analyzer of the site. `serials` are the serial numbers that answered last."""
    decided = {}
    for analyzer_id, analyzer in site.analyzers.items():
        state = supply.get(analyzer_id, SupplyState())
        wish = circumstances.wishes.get(analyzer_id)
        facts = _facts(site, analyzer, state, serials.get(analyzer_id), wish, live, circumstances)
        decided[analyzer_id] = Decided(
            analyzer=analyzer,
            decision=decide(facts),
            live=facts.live_balance,
            entry_no=circumstances.heads[analyzer.account_id][0],
            wish=wish,
            lock_id=circumstances.locked.get(analyzer_id),
        )
    return decided


def _facts(
    site: Site,
    analyzer: Analyzer,
    state: SupplyState,
    serial_number: str | None,
    wish: Wish | None,
    live: Mapping[int, Decimal],
    circumstances: Circumstances,
) -> Facts:
    account = site.accounts[analyzer.account_id]
    return Facts(
        now=circumstances.now,
        live_balance=live[analyzer.account_id],
        locked=analyzer.analyzer_id in circumstances.locked,
        switchable=analyzer.contact.wiring is not Wiring.NONE,
        commissioned=serial_number is not None and serial_number in analyzer.passed_serials,
        trial_cut_until=None if state.lent is None else state.lent.cut_until,
        wish=None if wish is None else wish.kind,
        wish_until=None if wish is None else wish.until_at,
        exempt=account.exempt or analyzer.exempt,
        cut_for_credit=state.cut_for_credit,
        emergency_credit=account.emergency_credit,
        restore_threshold=account.restore_threshold,
        enforced=account.stage is Stage.ENFORCED,
        paused_until=circumstances.paused_until,
        window_until=site.no_cut.protects_until(analyzer.account_id, circumstances.now),
        window_floor=circumstances.window_floors.get(analyzer.account_id),
        hold_protects=analyzer.account_id in circumstances.protected,
        notice_until=circumstances.notices.get(analyzer.account_id),
        guarded=analyzer.account_id in circumstances.guarded,
        time_trusted=circumstances.time_trusted,
    )


def _price(site: Site, analyzer: Analyzer, book: Book, source: Source) -> Decimal:
    ground = book.ground(source)
    assert ground is not None, "asked only where there is open ground"
    return site.price(analyzer.account_id, source, ground.charged.at)[1]
