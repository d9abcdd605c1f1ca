"""What must be true of a run, whatever fate did; told from what database, devices and mail server have seen."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from tests.chaos.evidence import Renewal
from tests.chaos.frames import GONE, Frame
from tests.chaos.process import Span

LEASE_S = 10.0
FRAMES_WITHIN_S = 6.0
"""Of a lease of 10 s at least 4 s must be left."""
UNDER_WAY_S = 1.0
"""From the moment before a frame to its arrival, on one busy machine."""


class Mail(NamedTuple):
    """A message that the mail server took."""

    at_s: float
    message_id: str


def clear(able: Sequence[Span], locked: Sequence[Span], end_s: float) -> list[tuple[float, float]]:
    """When one process could have worked all the time: able, and nobody stood still with the lock of the database."""
    pieces = [(span.from_s, span.until_s or end_s) for span in able]
    for lock in locked:
        lock_from_s, lock_until_s = lock.from_s, lock.until_s or end_s
        pieces = [
            piece
            for from_s, until_s in pieces
            for piece in ((from_s, min(until_s, lock_from_s)), (max(from_s, lock_until_s), until_s))
            if piece[0] < piece[1]
        ]
    return pieces


def second_blows(strikes: Sequence[tuple[float, int]], renewals: Sequence[Renewal], within_s: float) -> list[float]:
    """When fate struck the holder of the lease so soon after it had struck a holder that nobody was through yet."""
    blows = []
    for at_s, pid in sorted(strikes):
        newest = next((each for each in reversed(renewals) if each.at_s <= at_s), None)
        if newest is not None and newest.pid == pid:
            blows.append(at_s)
    return [after for before, after in pairwise(blows) if after - before < within_s]


def parted(pieces: Sequence[tuple[float, float]], instants: Iterable[float]) -> list[tuple[float, float]]:
    """The pieces, cut in two at each of the instants."""
    parts = list(pieces)
    for at_s in instants:
        parts = [
            piece
            for from_s, until_s in parts
            for piece in ((from_s, min(until_s, at_s)), (max(from_s, at_s), until_s))
            if piece[0] < piece[1]
        ]
    return parts


def longest(times: Iterable[tuple[float, float]], pieces: Iterable[tuple[float, float]]) -> float:
    """The longest part of any of the times that lies within one of the pieces."""
    kept = list(pieces)
    return max((min(a[1], b[1]) - max(a[0], b[0]) for a in times for b in kept), default=0.0)


def between(seconds: Sequence[float], end_s: float) -> list[tuple[float, float]]:
    """The times from each second to the next one, the last until the end."""
    return list(zip(seconds, [*seconds[1:], end_s], strict=True))


def frame_breaches(frames: Sequence[Frame], renewals: Sequence[Renewal]) -> Iterator[str]:
    """Frames of who did not hold the lease, or not with enough of it left, or who had not looked before.

    Of a process that was killed a frame may still have been under way: at most one per device, and kill.
    """
    for frame in frames:
        if frame.pid == GONE:
            yield f"{frame}: nobody knows whose it is"
            continue
        before = [each for each in renewals if each.at_s <= frame.at_s]
        newest = before[-1] if before else None
        if newest is None or newest.pid != frame.pid or not newest.holder:
            yield f"{frame}: the lease was of {newest}"
        elif frame.at_s - newest.at_s > FRAMES_WITHIN_S + UNDER_WAY_S:
            yield f"{frame}: {frame.at_s - newest.at_s:.1f} s after {newest}"
        if not frame.looked:
            yield f"{frame}: without a look at 207"


def succession_breaches(renewals: Sequence[Renewal]) -> Iterator[str]:
    """A lease that was not given back is taken 12 s after it was renewed last, not sooner; tokens only grow."""
    for before, after in pairwise(renewals):
        if after.token == before.token:
            continue
        if before.holder and after.at_s - before.at_s < LEASE_S + 2.0 - 0.1:
            yield f"{after} came {after.at_s - before.at_s:.1f} s after {before}"
        if after.token != before.token + 1:
            yield f"{after} does not follow {before}"


def takeovers(renewals: Sequence[Renewal]) -> list[float]:
    """When the lease changed hands, or was taken again by a process that was begun anew."""
    return [b.at_s for a, b in pairwise(renewals) if b.token != a.token]


def succeeded(still: Iterable[Span], taken_s: Sequence[float]) -> list[float]:
    """When a process went on that had stood still while another one took the lease."""
    return [
        span.until_s
        for span in still
        if span.until_s is not None and any(span.from_s <= at_s <= span.until_s for at_s in taken_s)
    ]


def mail_breaches(mails: Sequence[Mail], taken_s: Sequence[float], went_on_s: Sequence[float]) -> Iterator[str]:
    """The same Message-ID again, though nobody had taken the lease in between.

    A process that stood still in the very middle of handing its text over has handed it over as soon as it goes on, and
    its successor as well: to the mail server that is a crash, since a mail cannot be taken back.
    """
    seen: dict[str, Mail] = {}
    for mail in mails:
        before = seen.get(mail.message_id)
        if (
            before is not None
            and not any(before.at_s <= at_s <= mail.at_s for at_s in taken_s)
            and not any(0 <= each.at_s - at_s <= UNDER_WAY_S for each in (before, mail) for at_s in went_on_s)
        ):
            yield f"{mail} again, after {before}"
        seen[mail.message_id] = mail


def repeated(mails: Sequence[Mail]) -> int:
    """How many mails came under a Message-ID that had come before."""
    counted: Mapping[str, None] = dict.fromkeys(mail.message_id for mail in mails)
    return len(mails) - len(counted)
