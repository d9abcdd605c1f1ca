"""Wishes and locks in words: what an act will do, said before it is done, and how far a wish has come."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from documents.formats import Formats
from prepaid.language import _, later
from prepaid.records import WishKind, WishState
from prepaid.supply import Answer
from prepaid.switching import Evidence, Progress
from prepaid.wishes import Course, Prospect

KINDS = {
    WishKind.CUT: later("Cut"),
    WishKind.KEEP_ON: later("Keep on"),
    WishKind.RESTORE: later("Restore"),
    WishKind.TEST: later("Test"),
    WishKind.COMMISSION: later("Commission"),
    WishKind.SWAP: later("Swap the device"),
    WishKind.PAUSE: later("Pause enforcement"),
    WishKind.RELEASE_HOLD: later("Release the hold"),
    WishKind.RELEASE_ACCOUNT: later("Release the account"),
}
STATES = {
    WishState.OPEN: later("Open"),
    WishState.TAKEN: later("Taken"),
    WishState.DONE: later("Done"),
    WishState.REFUSED: later("Refused"),
    WishState.EXPIRED: later("Its time is over"),
    WishState.WITHDRAWN: later("Withdrawn"),
}
NO_ISOLATION = later("A software cut is no isolation: before work on the installation, isolate and prove it dead.")
_EFFECTS = {
    WishKind.CUT: later(
        "The supply of {who} goes off within seconds and stays off until {until}, whatever the credit."
    ),
    WishKind.KEEP_ON: later(
        "The supply of {who} comes on or stays on until {until}, whatever the credit. Use is charged on."
    ),
    WishKind.RESTORE: later("The supply of {who} is switched on, in its turn within the queue of connecting."),
}
_THEN = {
    (WishKind.CUT, Answer.ON): later("At the end it comes back by itself."),
    (WishKind.CUT, Answer.CUT): later("At the end it stays off: as things stand, the credit is used up."),
    (WishKind.CUT, Answer.KEEP): later("At the end it is left as it is: off."),
    (WishKind.KEEP_ON, Answer.ON): later("At the end nothing changes: as things stand, there is credit."),
    (WishKind.KEEP_ON, Answer.CUT): later("At the end it is cut: as things stand, the credit is used up."),
    (WishKind.KEEP_ON, Answer.KEEP): later("At the end it stays on: as things stand, nothing may be cut."),
}
_WITHOUT = {
    (WishKind.CUT, Answer.ON): later(
        "Without it the supply comes on within seconds. Make sure that nobody works there."
    ),
    (WishKind.CUT, Answer.CUT): later("Without it the supply stays off: as things stand, the credit is used up."),
    (WishKind.CUT, Answer.KEEP): later("Without it the supply is left as it is: off."),
    (WishKind.KEEP_ON, Answer.ON): later("Without it the supply stays on: as things stand, there is credit."),
    (WishKind.KEEP_ON, Answer.CUT): later("Without it the supply is cut within seconds: the credit is used up."),
    (WishKind.KEEP_ON, Answer.KEEP): later("Without it the supply is left as it is: nothing may be cut now."),
    (WishKind.RESTORE, Answer.ON): later("Without it the rules decide: as things stand, there is credit."),
    (WishKind.RESTORE, Answer.CUT): later("Without it the rules decide: as things stand, the credit is used up."),
    (WishKind.RESTORE, Answer.KEEP): later("Without it the supply is left as it is."),
}
BY_HAND = later("The breaker must then be closed by hand on the spot.")
LOCK_EFFECT = later(
    "The supply of {who} goes off within seconds. No recharge, wish or restart ends that while the lock is in place."
)
AFTER_LOCKS = {
    Answer.ON: later("Without the lock the supply comes on within seconds. Make sure that nobody works there."),
    Answer.CUT: later("Without the lock the supply stays off: as things stand, the credit is used up."),
    Answer.KEEP: later("Without the lock the supply is left as it is: off."),
}
PAUSE_EFFECT = later(
    "No supply of the site is cut for credit until {until}. What is cut stays cut; recharges, wishes and locks act on."
)
STILL_LOCKED = later("Another lock stays in place, so the supply stays off.")


def effect(prospect: Prospect, who: str, until: datetime | None, formats: Formats, *, by_hand: bool) -> str:
    """What a wish will do now, and what becomes of it at its end."""
    words = formats.sentence(
        _(_EFFECTS[prospect.kind]), who=formats.name(who), until="" if until is None else formats.instant(until)
    )
    then = _THEN.get((prospect.kind, prospect.then)) if prospect.then is not None else None
    parts = [words, _(then) if then else "", _(BY_HAND) if by_hand and prospect.kind is not WishKind.CUT else ""]
    return " ".join(part for part in parts if part)


def without(prospect: Prospect) -> str:
    """What becomes of the supply when an open wish of that kind is withdrawn now."""
    return _(_WITHOUT[prospect.kind, prospect.then]) if prospect.then is not None else ""


class StepState(StrEnum):
    """Where a step of a wish stands."""

    DONE = "done"
    NOW = "now"
    AHEAD = "ahead"
    FAILED = "failed"


class Step(NamedTuple):
    """One step of a wish: what it is, where it stands, when it was reached, or what is known instead."""

    title: str
    state: StepState
    note: str


_WISH = (later("Asked"), later("Taken"), later("Written"), later("Confirmed"), later("Proven"))
_CHANGE = (later("Decided"), *_WISH[2:])


def steps(course: Course, now: datetime, formats: Formats, *, is_open: bool = True) -> list[Step]:
    """The road of a wish: asked, taken, written, confirmed, proven. The first step not reached is where it stands."""
    if course.nothing_to_send:
        asked = Step(_(_WISH[0]), StepState.DONE, moment(course.asked_at, now, formats))
        return [asked, Step(_("In force"), StepState.DONE, _("The supply is so already; nothing has to be sent."))]
    reached = (course.asked_at, course.taken_at, course.written_at, course.confirmed_at, course.proven_at)
    return _road(_WISH, reached, course, now, formats, is_open=is_open)


def change_steps(course: Course, now: datetime, formats: Formats, *, is_open: bool) -> list[Step]:
    """The road of a change of supply, whoever wanted it: decided, written, confirmed, proven."""
    reached = (course.taken_at, course.written_at, course.confirmed_at, course.proven_at)
    return _road(_CHANGE, reached, course, now, formats, is_open=is_open)


def _road(
    titles: Sequence[str],
    reached: Sequence[datetime | None],
    course: Course,
    now: datetime,
    formats: Formats,
    *,
    is_open: bool,
) -> list[Step]:
    found: list[Step] = []
    for title, at in zip(titles, reached, strict=True):
        if at is not None:
            found.append(Step(_(title), StepState.DONE, moment(at, now, formats)))
        elif all(step.state is StepState.DONE for step in found):
            found.append(_standing(_(title), course, is_open=is_open))
        else:
            found.append(Step(_(title), StepState.AHEAD, ""))
    return found


def moment(instant: datetime, now: datetime, formats: Formats) -> str:
    """The second of something that happened today, the minute of what is older."""
    today = instant.astimezone(formats.zone).date() == now.astimezone(formats.zone).date()
    return formats.second(instant) if today else formats.instant(instant)


def waiting(course: Course, now: datetime) -> str:
    """Why a wish that was asked some while ago has not been taken yet; empty while that is usual."""
    if course.taken_at is not None or course.in_force or now - course.asked_at < timedelta(seconds=20):
        return ""
    return _("Not taken yet: the analyzer does not answer, or the enforcer does not run.")


def _standing(title: str, course: Course, *, is_open: bool) -> Step:
    """The first step that is not reached."""
    if course.progress is Progress.SUPERSEDED or (not is_open and course.confirmed_at is None):
        return Step(title, StepState.FAILED, _("Not reached"))
    if course.confirmed_at is not None:
        if course.evidence is Evidence.NO_LOAD:
            return Step(title, StepState.AHEAD, _("No load to see"))
        return Step(title, StepState.NOW, _("Waits for the load to follow"))
    if course.error:
        tries = _("Try {number} failed, tried again").format(number=course.tries)
        return Step(title, StepState.FAILED, f"{tries}: {course.error}")
    return Step(title, StepState.NOW, _("Waiting"))
