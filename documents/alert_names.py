"""Every kind of alert in a few words, for lists, filters and choices; the whole sentences are in alert_texts."""

from prepaid.alerts import AlertKind
from prepaid.language import _, later

NAMES = {
    AlertKind.LOW: later("Credit is low"),
    AlertKind.CRITICAL: later("Credit is almost used up"),
    AlertKind.EXHAUSTED: later("Credit is used up"),
    AlertKind.CUT: later("Electricity switched off"),
    AlertKind.RESTORED: later("Electricity on again"),
    AlertKind.ANALYZER_LOST: later("Analyzer does not answer"),
    AlertKind.ANALYZER_BACK: later("Analyzer answers again"),
    AlertKind.CUT_WITHOUT_EFFECT: later("Cut without effect"),
    AlertKind.RESTORE_FAILED: later("Restore failed"),
    AlertKind.DRIFT: later("Supply found changed"),
    AlertKind.BYPASS: later("Load while cut"),
    AlertKind.WRONG_DEVICE: later("Wrong device"),
    AlertKind.WRONG_SOURCE: later("Wrong source"),
    AlertKind.TAMPER: later("Settings of a device changed"),
    AlertKind.HOLD: later("Billing on hold"),
    AlertKind.FORGONE: later("Energy forgone at restarts"),
    AlertKind.BITS_REFUSED: later("Acknowledging refused"),
    AlertKind.GUARD: later("Guard against mass cuts"),
    AlertKind.CLOCK: later("Clocks disagree"),
    AlertKind.OUT_OF_CREDIT_UNREACHABLE: later("Out of credit and not reachable"),
    AlertKind.ENFORCER_SILENT: later("Enforcer is silent"),
    AlertKind.ENFORCER_BACK: later("Enforcer runs again"),
    AlertKind.MAIL_FAILING: later("Mails are failing"),
    AlertKind.BOOKS_WRONG: later("The books are not right"),
    AlertKind.CONNECTING_STOPPED: later("Nothing is switched on"),
    AlertKind.VALUES_UNUSABLE: later("Values cannot be used"),
    AlertKind.BACKUP_OLD: later("No fresh backup"),
    AlertKind.ARCHIVE_WAITS: later("Archive waits"),
    AlertKind.ARCHIVE_DAMAGED: later("Archive damaged"),
    AlertKind.DISK_LOW: later("The disk fills up"),
    AlertKind.DATABASE_FULL: later("The database is almost full"),
    AlertKind.KEPWARE_LATE: later("The log of Kepware is late"),
    AlertKind.TEST: later("Test message"),
}


def alert_name(kind: AlertKind) -> str:
    """The kind in the language of the reader."""
    return _(NAMES[kind])
