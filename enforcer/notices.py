"""Accounts that were out of sight: who is found out of credit only now is told half an hour before a cut."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from enforcer.accept import Accepted
from prepaid.books import Book
from prepaid.site import Site

SILENCE = timedelta(minutes=15)
NOTICE = timedelta(minutes=30)


def out_of_sight(
    site: Site,
    books: Mapping[int, Book],
    judged: Sequence[Accepted],
    decided_at: datetime | None,
    now: datetime,
) -> frozenset[int]:
    """Accounts of which something was not seen for more than 15 minutes until this pass, for whatever cause: no answer,
    a hold, no enforcer, or no database.

    That is an analyzer whose counters go on now, or all analyzers of the account (`books` as they were before). One
    that stays silent does not count beside others that were read. Where nothing was decided for so long (`decided_at`
    was the last time), it is everybody: what was read meanwhile nobody could tell them.
    """
    if decided_at is not None and now - decided_at > SILENCE:
        return frozenset(site.accounts)
    back = came_back(judged)
    silent: dict[int, list[bool]] = defaultdict(list)
    for analyzer_id, analyzer in site.analyzers.items():
        book = books.get(analyzer_id)
        if book is not None and book.meter.accepted_at is not None:
            silent[analyzer.account_id].append(_was_silent(book, now))
    return frozenset(back | {account_id for account_id, found in silent.items() if all(found)})


def came_back(judged: Sequence[Accepted]) -> frozenset[int]:
    """Accounts with an analyzer whose counters go on after more than 15 minutes."""
    return frozenset(
        each.analyzer.account_id for each in judged if each.moved and _was_silent(each.before, each.reading.read_at)
    )


def _was_silent(book: Book, until_at: datetime) -> bool:
    accepted_at = book.meter.accepted_at
    return accepted_at is not None and until_at - accepted_at > SILENCE
