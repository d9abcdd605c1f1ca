"""The words of every alert: for the tenant whose credit it is, and for the staff."""

from typing import NamedTuple

from prepaid.alerts import AlertKind
from prepaid.language import later
from prepaid.supply import Reason


class AlertText(NamedTuple):
    """What happened, what happens next, what to do.

    `{who}` is the tenant, `{place}` the unit, `{analyzer}` the device, `{site}` the site, `{credit}` what is left.
    """

    subject: str
    happened: str
    next: str
    advice: str


SWITCHED_OFF_AT_ZERO = later("When the credit is used up, the electricity is switched off.")
ON_AFTER_RECHARGE = later("The electricity is switched on again by itself after a recharge that covers the debt.")
STAYS_ON = later("The electricity stays on.")
STAYS_ON_UNTIL = later("The electricity stays on until {until}. Without a recharge it is switched off then.")
STAYS_ON_FOR_NOW = later(
    "The electricity stays on for now. It can be switched off at any time until a recharge arrives."
)
CUT_BY_LOCK = later("A safety lock keeps the electricity off. No recharge ends it; only its owner or an admin does.")
CUT_BY_WISH = later("The staff had it switched off. It stays off until they have it switched on again.")
CUT_BY_WISH_UNTIL = later("The staff had it switched off, at most until {until}.")
CUT_BY_TEST = later("The supply was tested. The electricity comes back by itself within a minute.")
NO_NEED_TO_ACT = later("You need not do anything. If it stays dark, call the staff of the site.")
STILL_CUT = later("{who} ({place}) has credit again, and the analyzer {analyzer} still keeps its electricity off.")
NOTHING_MAY_SWITCH = later("Its device has not passed its commissioning, so nothing switches it on by itself.")
TEST_ITS_SUPPLY = later("Test the device with its supply on the Analyzers page: the test switches it on.")
CLOSE_BY_HAND = later("The breaker is released. It must be closed by hand before electricity flows.")

RECHARGE_ANYWAY = later("Recharge, so that your account stays in credit.")
ASK_STAFF = later("Ask the staff of the site. A recharge does not end this.")

FOR_TENANT: dict[AlertKind, AlertText] = {
    AlertKind.LOW: AlertText(
        later("Your electricity credit is low: {credit} left"),
        later("The electricity credit of {place} is low: {credit} left."),
        SWITCHED_OFF_AT_ZERO,
        later("Recharge in time, so that the electricity stays on."),
    ),
    AlertKind.CRITICAL: AlertText(
        later("Recharge now: only {credit} of electricity credit left"),
        later("The electricity credit of {place} is almost used up: {credit} left."),
        SWITCHED_OFF_AT_ZERO,
        later("Recharge today, so that the electricity stays on."),
    ),
    AlertKind.EXHAUSTED: AlertText(
        later("Your electricity credit is used up"),
        later("The electricity credit of {place} is used up. Your credit: {credit}."),
        later("The electricity is switched off now."),
        later("Recharge now. Electricity that is off comes back by itself after a recharge that covers the debt."),
    ),
    AlertKind.CUT: AlertText(
        later("Your electricity was switched off"),
        later("The electricity of {place} was switched off. Your credit: {credit}."),
        ON_AFTER_RECHARGE,
        later("Recharge. Switched off does not mean isolated: do not work on the installation."),
    ),
    AlertKind.RESTORED: AlertText(
        later("Your electricity is on again"),
        later("The electricity of {place} was switched on again. Your credit: {credit}."),
        SWITCHED_OFF_AT_ZERO,
        later("If there is still no electricity, look at your own breakers, then call us."),
    ),
}

FOR_STAFF: dict[AlertKind, AlertText] = {
    AlertKind.LOW: AlertText(
        later("{who}: credit low, {credit} left"),
        later("The credit of {who} ({place}) is low: {credit} left."),
        SWITCHED_OFF_AT_ZERO,
        later("Nothing, if the tenant recharges. Call the tenant if you expect trouble."),
    ),
    AlertKind.CRITICAL: AlertText(
        later("{who}: credit almost used up, {credit} left"),
        later("The credit of {who} ({place}) is almost used up: {credit} left."),
        SWITCHED_OFF_AT_ZERO,
        later("Call the tenant if a cut would do harm."),
    ),
    AlertKind.EXHAUSTED: AlertText(
        later("{who}: credit used up"),
        later("The credit of {who} ({place}) is used up: {credit}."),
        later("The electricity is switched off now."),
        later("Nothing, unless the electricity must stay on: then ask for it on the Analyzers page, with a reason."),
    ),
    AlertKind.CUT: AlertText(
        later("{who}: electricity switched off"),
        later("The electricity of {who} ({place}, analyzer {analyzer}) was switched off."),
        ON_AFTER_RECHARGE,
        later("A software cut is no isolation: lock the breaker before anybody works on the installation."),
    ),
    AlertKind.RESTORED: AlertText(
        later("{who}: electricity on again"),
        later("The electricity of {who} ({place}, analyzer {analyzer}) was switched on again."),
        SWITCHED_OFF_AT_ZERO,
        later("Nothing, if the tenant has electricity."),
    ),
    AlertKind.ANALYZER_LOST: AlertText(
        later("Analyzer {analyzer} does not answer"),
        later("The analyzer {analyzer} of {who} ({place}) does not answer any more."),
        later("It is tried again by itself. What was consumed meanwhile is charged when it answers."),
        later("Check its power, its network cable and its address."),
    ),
    AlertKind.ANALYZER_BACK: AlertText(
        later("Analyzer {analyzer} answers again"),
        later("The analyzer {analyzer} of {who} ({place}) answers again."),
        later("What was consumed in the meantime is charged now."),
        later("Nothing."),
    ),
    AlertKind.CUT_WITHOUT_EFFECT: AlertText(
        later("Electricity of {who} could not be switched off"),
        later("The analyzer {analyzer} of {who} ({place}) did not confirm that the electricity is off."),
        later("It is tried again by itself, at first every few seconds, later every few minutes."),
        later("Look at the analyzer, its output, its write protection and IP filter; cut by hand if it must be off."),
    ),
    AlertKind.RESTORE_FAILED: AlertText(
        later("Electricity of {who} could not be switched on"),
        later("The analyzer {analyzer} of {who} ({place}) did not confirm that the electricity is on again."),
        later("It is tried again by itself, at first every few seconds, later every few minutes."),
        later("Look at the analyzer and its output; switch on by hand if the tenant needs it."),
    ),
    AlertKind.DRIFT: AlertText(
        later("Supply of {who} changed by itself"),
        later("The output of the analyzer {analyzer} of {who} ({place}) is not as it was left."),
        later("A supply found on is switched off again if a cut is due. A supply found off is left as it is."),
        later("Find out who switched it, then decide on the Analyzers page."),
    ),
    AlertKind.BYPASS: AlertText(
        later("{who} draws power while cut"),
        later("The analyzer {analyzer} of {who} ({place}) measures load although the supply is cut."),
        later("The cut was repeated and is not tried again. Consumption is still charged."),
        later("Go there: look for a bypass or a welded contact."),
    ),
    AlertKind.WRONG_DEVICE: AlertText(
        later("Wrong device at the address of {analyzer}"),
        later("Another device than the commissioned one answers at the address of {analyzer} ({who}, {place})."),
        later("Nothing of it is accepted, charged or switched."),
        later("Check the addresses of the analyzers. If the device was exchanged, use the guided swap."),
    ),
    AlertKind.WRONG_SOURCE: AlertText(
        later("{analyzer} counts for the wrong source"),
        later("The analyzer {analyzer} of {who} ({place}) counts for another source than the site runs on."),
        later("It is charged as it counts, until somebody corrects it."),
        later("Check its tariff input; correct the account by an entry."),
    ),
    AlertKind.TAMPER: AlertText(
        later("Settings of {analyzer} were changed"),
        later("Somebody changed the settings of the analyzer {analyzer} of {who} ({place}), or it counts export."),
        later("Metering and charging go on."),
        later("Compare its settings with the commissioning record; look at its seals and its wiring."),
    ),
    AlertKind.HOLD: AlertText(
        later("Billing of {analyzer} is on hold"),
        later("The counter of the analyzer {analyzer} of {who} ({place}) does not go on from where it was."),
        later("It is not billed while it is on hold. The hold ends by itself when the counter fits again."),
        later("Look at the device. If its counter was reset, confirm the new base on the Analyzers page."),
    ),
    AlertKind.FORGONE: AlertText(
        later("{analyzer} restarts again and again"),
        later(
            "The analyzer {analyzer} of {who} ({place}) restarted more than 3 times in a day, its neighbours did not."
        ),
        later("At each restart it forgets up to some minutes of energy, which is never charged."),
        later("Look at its own supply and fuse, and at who can reach them; the loss report shows the energy."),
    ),
    AlertKind.BITS_REFUSED: AlertText(
        later("{analyzer} refuses to be acknowledged"),
        later("The analyzer {analyzer} of {who} ({place}) refuses the write that clears its stored messages."),
        later("Metering goes on. A restart that follows one before cannot be told from it, so billing may go on hold."),
        later("Check the write protection and the IP filter of the device: cuts may be refused as well."),
    ),
    AlertKind.GUARD: AlertText(
        later("Too many unexpected cuts at {site}: none of them is done"),
        later("More accounts of {site} ran out of credit within 24 hours than the forecast explains."),
        later("None of these accounts is cut until a person releases them."),
        later("Check prices and counters first, then release the named accounts."),
    ),
    AlertKind.CLOCK: AlertText(
        later("The clocks of {site} disagree"),
        later("The clock of the machine jumped, or it differs from the clock of the database."),
        later("Readings are taken. Cuts, price changes and charges of the hour wait until the clocks agree."),
        later("Correct the time service of both machines."),
    ),
    AlertKind.OUT_OF_CREDIT_UNREACHABLE: AlertText(
        later("{who} is out of credit, unreachable and supplied"),
        later("{who} ({place}) is out of credit, but the analyzer {analyzer} cannot be reached, and its supply is on."),
        later("It is cut as soon as it can be reached. Consumption is charged then."),
        later("Check power and network of the analyzer, or cut by hand."),
    ),
    AlertKind.ENFORCER_SILENT: AlertText(
        later("The enforcer of {site} is silent"),
        later("The enforcer of {site} gave no sign of life for too long."),
        later("Until it runs, nothing is read, charged, cut or switched on. The analyzers go on counting."),
        later("Start it again, and look into its log."),
    ),
    AlertKind.ENFORCER_BACK: AlertText(
        later("The enforcer of {site} runs again"),
        later("The enforcer of {site} gives signs of life again."),
        later("What the analyzers counted meanwhile is charged now. Whoever is out of credit is told before a cut."),
        later("Find out in its log why it was silent."),
    ),
    AlertKind.MAIL_FAILING: AlertText(
        later("Mails of {site} are not delivered"),
        later("The mail server has taken no mail of {site} for a while."),
        later("Every mail is kept and tried again by itself."),
        later("Check the mail settings and the mail server."),
    ),
    AlertKind.BOOKS_WRONG: AlertText(
        later("The books of {site} are not right"),
        later("The proof of the books found what must not be: rows were changed, are missing, or were never written."),
        later("Metering, charging and switching go on. All of history is proved every night until nothing is found."),
        later("Run python -m sql check --all: it names every row. Find out who changed it before you mend anything."),
    ),
    AlertKind.CONNECTING_STOPPED: AlertText(
        later("Nothing is switched on at {site}: the incomer is out of range"),
        later("The voltage or the frequency at {analyzer} is outside of its limits for more than a minute."),
        later("Supplies that are to be switched on wait, and come back one after the other when it is in range again."),
        later("Look at the generator or the grid. If the values are right, correct the limits of the site."),
    ),
    AlertKind.VALUES_UNUSABLE: AlertText(
        later("{analyzer} answers with values that cannot be used"),
        later("The analyzer {analyzer} of {who} ({place}) answers, but no reading of it could be used for 5 minutes."),
        later("It is read on. Nothing of it is charged until its values fit again; then all is charged at once."),
        later("Restart the device. If that does not help, check its wiring and transformers, or swap it."),
    ),
    AlertKind.BACKUP_OLD: AlertText(
        later("There is no fresh backup of the database of {site}"),
        later("No backup of the database of {site} has succeeded for more than 36 hours."),
        later("It is tried again every hour. Everything else goes on."),
        later("Run python -m sql backup: it says what is wrong. Check the folder for backups and its disk."),
    ),
    AlertKind.ARCHIVE_WAITS: AlertText(
        later("Old readings of {site} cannot be archived"),
        later("Raw readings of {site} that are old enough could not be written to the archive."),
        later("They stay in the database, which grows, and are tried again every 10 minutes. Everything else goes on."),
        later("Check the folder of the archive (ARCHIVE_FOLDER), its disk and its rights."),
    ),
    AlertKind.ARCHIVE_DAMAGED: AlertText(
        later("Files of the archive of {site} are damaged or missing"),
        later("Files with old readings of {site} are not there any more, or not what was written."),
        later("Their days are missing in the measured load. Balances, charges and hours are complete without them."),
        later("Put them back from a backup of the folder. They are looked at again every hour."),
    ),
    AlertKind.DISK_LOW: AlertText(
        later("The disk of the database of {site} fills up"),
        later("The disk with the database of {site} has little room left."),
        later("When it is full, nothing can be read, charged or switched any more."),
        later("Free space on that disk, or move the database or its backups to a larger one."),
    ),
    AlertKind.DATABASE_FULL: AlertText(
        later("The database of {site} is almost as large as its edition allows"),
        later("SQL Server Express keeps at most 10 GB in one database, and the one of {site} is almost there."),
        later("When it is full, nothing can be read, charged or switched any more."),
        later("Keep raw readings for fewer days (raw_kept_days), or move to another edition of SQL Server."),
    ),
    AlertKind.KEPWARE_LATE: AlertText(
        later("The log of Kepware at {site} is late"),
        later("The values that Kepware logs for {site} come late, or not at all."),
        later("What is used meanwhile is charged when they come. Nobody is cut before."),
        later("Run python -m enforcer kepware --check: it says what is wrong and what to do."),
    ),
    AlertKind.TEST: AlertText(
        later("Test message of {site}"),
        later("This is a test: messages of {site} reach you."),
        later("Nothing follows from it. Nothing was switched, nothing is wrong."),
        later("Nothing."),
    ),
}


def fitting(
    kind: AlertKind, text: AlertText, *, enforced: bool, decision: Reason | None, until_known: bool, close_by_hand: bool
) -> AlertText:
    """The text with what is true for this account now: who cut it, what spares it, whether a hand is needed."""
    if kind is AlertKind.RESTORED and close_by_hand:
        return text._replace(next=CLOSE_BY_HAND)
    if kind is AlertKind.CUT and decision is Reason.LOCK:
        return _unhelped_by_recharge(text, CUT_BY_LOCK)
    if kind is AlertKind.CUT and decision is Reason.COMMISSIONING:
        return text._replace(next=CUT_BY_TEST, advice=NO_NEED_TO_ACT)
    if kind is AlertKind.CUT and decision is Reason.WISH_CUT:
        return _unhelped_by_recharge(text, CUT_BY_WISH_UNTIL if until_known else CUT_BY_WISH)
    if kind is AlertKind.RESTORE_FAILED and decision is Reason.NOT_COMMISSIONED:
        return text._replace(happened=STILL_CUT, next=NOTHING_MAY_SWITCH, advice=TEST_ITS_SUPPLY)
    if kind is AlertKind.EXHAUSTED and decision in _SPARED:
        return text._replace(next=STAYS_ON_UNTIL if until_known else STAYS_ON_FOR_NOW)
    stays_on = not enforced or decision in _KEPT_ON
    if stays_on and kind in {AlertKind.LOW, AlertKind.CRITICAL, AlertKind.EXHAUSTED, AlertKind.RESTORED}:
        advice = RECHARGE_ANYWAY if text.advice in _RECHARGE_FOR_SUPPLY else text.advice
        return text._replace(next=STAYS_ON, advice=advice)
    return text


def _unhelped_by_recharge(text: AlertText, next_text: str) -> AlertText:
    advice = ASK_STAFF if text is FOR_TENANT[AlertKind.CUT] else text.advice
    return text._replace(next=next_text, advice=advice)


_KEPT_ON = {Reason.NOT_ENFORCED, Reason.NOT_SWITCHABLE, Reason.NOT_COMMISSIONED, Reason.EXEMPT}
_SPARED = {
    Reason.WISH_KEEP_ON,
    Reason.WISH_RESTORE,
    Reason.PAUSED,
    Reason.WINDOW,
    Reason.HOLD,
    Reason.NOTICE,
    Reason.GUARD,
    Reason.CLOCK,
}
_RECHARGE_FOR_SUPPLY = {FOR_TENANT[kind].advice for kind in (AlertKind.LOW, AlertKind.CRITICAL, AlertKind.EXHAUSTED)}
