"""What is said about an enforcer that gives no sign of life, and about a database that does not answer."""

from datetime import datetime, timedelta

from documents.alert_texts import AlertText
from documents.formats import Formats
from prepaid.language import _, later

DATABASE_AWAY = AlertText(
    later("The database of {site} does not answer"),
    later("The dashboard of {site} has not reached its database for a minute."),
    later("Nothing can be looked up or sold. Unless the enforcer still reaches it, nothing is charged or cut either."),
    later("Look whether the database server runs, and whether its disk is full. Everything goes on by itself then."),
)


def silence_on_page(site: str, age_s: float | None, formats: Formats, *, administers: bool) -> str:
    """The sentence above every page of the staff. `age_s` None: the enforcer has never run."""
    if age_s is None:
        sentence = _(
            "The enforcer of {site} has not started yet. Nothing is read, charged, cut or restored until it runs: "
            "start it."
        )
        return formats.sentence(sentence, site=formats.name(site))
    sentence = _(
        "The enforcer of {site} has been silent for {age}. Nothing is cut or restored. Start it again, and look into "
        "its log; what the analyzers count meanwhile is charged then."
    )
    if not administers:
        sentence = _(
            "The enforcer of {site} has been silent for {age}: tell an administrator. Recharges are booked; supplies "
            "are cut and restored when it runs again."
        )
    return formats.sentence(sentence, site=formats.name(site), age=formats.duration(_told(age_s)))


def last_sign(beat_at: datetime, formats: Formats) -> str:
    """Since when an enforcer is silent, for a mail."""
    return formats.sentence(_("The last sign of life came at {instant}."), instant=formats.instant(beat_at))


def _told(age_s: float) -> timedelta:
    """Whole minutes, so that the sentence does not change with every look."""
    return timedelta(seconds=age_s) if age_s < 60 else timedelta(minutes=age_s // 60)
