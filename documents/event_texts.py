"""The audit trail in words: what was done, by whom, to whom, and what changed from what to what."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from string import Formatter
from typing import Any, NamedTuple

from documents.alert_names import NAMES as ALERT_NAMES
from documents.formats import NOTHING, Formats, one_line
from documents.reason_texts import REASON_WORDS
from documents.wish_texts import KINDS as WISH_NAMES
from prepaid.language import _, later
from prepaid.tenancy import STAGE_NAMES

TEXTS = {
    "account.closed": later("Closed the account: {reason}"),
    "account.created": later("Opened the account {number}"),
    "account.opened": later("Opened the account {number}"),
    "account.policy_changed": later("Changed the policy of the account"),
    "alert.acknowledged": later("Acknowledged the alert: {kind}"),
    "analyzer.created": later("Added the analyzer {name}"),
    "analyzer.swapped": later("Another device is counted: {serial_number}"),
    "channel.added": later("Added a channel: {channel}"),
    "channel.removed": later("Removed a channel: {channel}"),
    "commissioning.failed": later("A test on the spot failed for {serial_number}"),
    "commissioning.passed": later("A test on the spot passed for {serial_number}"),
    "commissioning.refused": later("A test on the spot was not made: {why}"),
    "commissioning.revoked": later("Took back the record of {serial_number}: {reason}"),
    "commissioning.unproven": later("A test on the spot proved nothing for {serial_number}"),
    "analyzer.diagnostics": later("The device reported the diagnostic bits {bits}"),
    "archive.brought": later("Brought {files} files of old readings from the archive where the site was"),
    "archive.removed": later("Removed a file of old readings, of {read_on}: it was kept long enough"),
    "assignment.asked": later("Asked to assign the analyzer to another account"),
    "assignment.begun": later("The analyzer counts for its new account"),
    "assignment.withdrawn": later("Withdrew an assignment"),
    "booking.refused": later("Refused a booking: {why}"),
    "books.proved": later("Proved the books: {entries} entries and {events} events"),
    "connecting.resumed": later("The incomer is in range again; supplies are switched on one after the other"),
    "connecting.stopped": later("The incomer of the {source} is out of range; no supply is switched on"),
    "contact.changed": later("Changed a contact"),
    "contact.created": later("Added the contact {name}"),
    "contact.removed": later("Removed the contact {name}"),
    "database.restored": later("Restored the database from the backup of {taken_at}"),
    "enforcer.started": later("The enforcer started, version {version}"),
    "enforcer.stopped": later("The enforcer stopped"),
    "entry.corrected": later("Corrected entry {entry_corrected} by {amount}: {reason}"),
    "estimate.booked": later("Charged an estimate of {amount}: {reason}"),
    "estimate.dismissed": later("Dismissed an estimate of {amount}: {reason}"),
    "fee.booked": later("Took a fee of {amount}: {reason}"),
    "handover.mended": later("Mended a late handover, {amount}: {reason}"),
    "guard.released": later("Released from the guard against mass cuts: {reason}"),
    "holiday.created": later("Added the holiday {name}, {held_on}"),
    "kepware.group_saved": later("Set up the log of Kepware {name}, table {table}"),
    "kepware.tags_mapped": later("Reads the analyzer from Kepware, by {tags} tags"),
    "kepware.tags_removed": later("Reads the analyzer over Modbus again"),
    "lock.placed": later("Placed a safety lock: {reason}"),
    "lock.removed": later("Took a safety lock away"),
    "message.tested": later("Sent test messages: {messages}"),
    "metering.hold_began": later("Put billing on hold: {why}"),
    "metering.hold_ended": later("Ended the billing hold"),
    "metering.new_base": later("Counts from a new base: {why}"),
    "metering.source_agrees": later("Counts for the source of the site again; {wh} Wh were counted for the other"),
    "metering.step_back": later("The counter fell after a restart; what it lost is not charged"),
    "no_cut_hours.created": later("Set the no-cut hours"),
    "password.changed": later("Changed the password"),
    "password.reset": later("Gave a new first password"),
    "plan.created": later("Added the plan {name}"),
    "price.created": later("Entered a price: {price_per_kwh} per kWh, {source}"),
    "recharge.asked": later("Asked a second person to confirm a recharge of {amount}"),
    "recharge.confirmed": later("Confirmed a recharge of {amount} as the second person, asked by {asked_by}"),
    "recharge.expired": later("Nobody confirmed a recharge of {amount} in time, asked by {asked_by}"),
    "recharge.refused": later("Refused a recharge of {amount}: {why}"),
    "recharge.reversed": later("Took the recharge {entry_reversed} back, {amount}: {reason}"),
    "recharge.sold": later("Sold a recharge of {amount}"),
    "recharge.withdrawn": later("Withdrew a recharge of {amount} that waited for a second person"),
    "refund.booked": later("Paid out what was left, {amount}: {reason}"),
    "session.ended": later("Signed out"),
    "session.opened": later("Signed in"),
    "session.others_ended": later("Signed out everywhere else"),
    "session.refused": later("A sign-in failed"),
    "session.token_reused": later("A refresh token came twice; the session was ended"),
    "setting.created": later("Set {name} to {value}"),
    "site.calendar_changed": later("Changed the no-cut hours or the holidays of the site"),
    "site.created": later("Set up the site {name}"),
    "site.demo_loaded": later("Loaded the demo site"),
    "site.imported": later(
        "Imported {tenants} tenants, {analyzers} analyzers and {openings} opening balances from a file"
    ),
    "site.signed_off": later("Signed off the report before going live: {accounts} accounts became {stage}: {reason}"),
    "supply.adopted": later("Found the supply {supply} and took it as it is"),
    "supply.cut.confirmed": later("Cut the supply, confirmed by the device: {reason}"),
    "supply.cut.proven": later("Cut the supply, proven: {reason}"),
    "supply.drifted": later("Found the supply {supply}; somebody else switched it"),
    "supply.on.confirmed": later("Switched the supply on, confirmed by the device: {reason}"),
    "supply.on.proven": later("Switched the supply on, proven: {reason}"),
    "tenant.changed": later("Changed the tenant"),
    "tenant.created": later("Added the tenant {name}"),
    "transfer.booked": later("Transferred {amount}: {reason}"),
    "user.bound_changed": later("Changed the largest recharge of a user"),
    "user.created": later("Added the user {user_name}"),
    "user.locked": later("Locked the user"),
    "user.profile_changed": later("Changed the own profile"),
    "user.role_changed": later("Gave the user the role {role}"),
    "user.unlocked": later("Unlocked the user"),
    "wish.asked": later("Asked the enforcer: {kind}, until {until_at}: {reason}"),
    "wish.withdrawn": later("Withdrew a wish: {kind}"),
}
ACTORS = {
    "enforcer": later("Enforcer"),
    "check": later("Proof of the books"),
    "watchdog": later("Watchdog of the dashboard"),
    "command line": later("Command line"),
    "site file": later("Site file"),
    "demo": later("Demo"),
}
SUBJECTS = {
    "account": later("Account {name}"),
    "address": later("Address {name}"),
    "alert": later("Alert {name}"),
    "analyzer": later("Analyzer {name}"),
    "books": later("Books"),
    "contact": later("Contact {name}"),
    "plan": later("Plan {name}"),
    "site": later("Site {name}"),
    "tenant": later("Tenant {name}"),
    "user": later("User {name}"),
}
WORDS = {
    "stage": {str(stage): text for stage, text in STAGE_NAMES.items()},
    "kind": {**{str(kind): text for kind, text in ALERT_NAMES.items()}, **{str(k): t for k, t in WISH_NAMES.items()}},
    "reason": {str(reason): text for reason, text in REASON_WORDS.items()},
    "supply": {"on": later("on"), "cut": later("off"), "unknown": later("unknown")},
    "source": {"grid": later("grid"), "generator": later("generator")},
}
"""Facts that are words of closed lists."""
ALERTS = {f"alert.{kind}": text for kind, text in ALERT_NAMES.items()}


class Change(NamedTuple):
    """One fact of an event; empty where it was not there."""

    name: str
    before: str
    after: str


def event_sentence(action: str, facts: Mapping[str, Any], formats: Formats) -> str:
    """What was done. `facts` are those after the act over those before it; an unknown action stays as it is."""
    text = TEXTS.get(action)
    if text is None:
        kind = ALERTS.get(action)
        if kind is None:
            return one_line(action)
        raised = _("Would have raised the alert: {kind}") if facts.get("would_have") else _("Raised the alert: {kind}")
        return raised.format(kind=_(kind))
    shown = _(text)
    names = [name for _text, name, _spec, _conversion in Formatter().parse(shown) if name]
    return formats.sentence(shown, **{name: _fact(name, facts, formats) for name in names})


def actor_words(actor: str) -> str:
    """Who did it: the name of a user, or which part of the product."""
    if actor in ACTORS:
        return _(ACTORS[actor])
    return one_line(actor.removeprefix("user:"))


def subject_words(subject: str, name: str | None) -> str:
    """To whom it was done, with the name where it is known."""
    kind, _colon, number = subject.partition(":")
    if name:
        return one_line(name)
    return _(SUBJECTS[kind]).format(name=one_line(number)) if kind in SUBJECTS else one_line(subject)


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, formats: Formats) -> list[Change]:
    """Every fact of an event, from what to what."""
    names = [*(before or {}), *(name for name in after or {} if name not in (before or {}))]
    return [
        Change(name, *(_fact(name, facts, formats) if facts and name in facts else "" for facts in (before, after)))
        for name in names
    ]


def _fact(name: str, facts: Mapping[str, Any], formats: Formats) -> str:
    """A fact as it is read: money with its currency, instants by the site's clock, words of closed lists in words."""
    value = facts.get(name)
    if value is None or value == "":
        return NOTHING
    if name in WORDS and str(value) in WORDS[name]:
        return _(WORDS[name][str(value)])
    if name.endswith("_at"):
        return _instant(str(value), formats)
    if name in ("amount", "balance_after") and facts.get("currency"):
        return _money(str(value), str(facts["currency"]), formats)
    return one_line(str(value))


def _instant(written: str, formats: Formats) -> str:
    try:
        instant = datetime.fromisoformat(written)
    except ValueError:
        return one_line(written)
    return formats.instant(instant) if instant.tzinfo else one_line(written)


def _money(written: str, currency: str, formats: Formats) -> str:
    try:
        return formats.money(Decimal(written), currency)
    except (InvalidOperation, ValueError):
        return one_line(written)
