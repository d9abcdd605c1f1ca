"""The card of Health about the database: its size and growth, the proof of its books, its backup."""

from decimal import Decimal

import streamlit as st

from dashboard.asked.health import Picture
from dashboard.parts.facts import Fact, draw_facts
from dashboard.parts.plain import plain
from documents.formats import Formats
from prepaid.language import _
from prepaid.storage import Storage
from sql.questions.health_database import DatabaseHealth

NEVER_LEFT_DAYS = 3650


def draw_database(picture: Picture, words: Formats) -> None:
    """Facts, and below them why the last backup failed."""
    database, at = picture.database, picture.enforcer.at
    facts = [] if database.storage is None else _of_storage(database.storage, words)
    proof = database.proof
    if proof is not None:
        said = _("right") if not proof.breaches else _("{number} breaches").format(number=words.number(proof.breaches))
        facts.append(Fact(_("Last proof of the books"), said, words.near(proof.ended_at, at)))
    else:
        facts.append(Fact(_("Last proof of the books"), _("none yet")))
    draw_facts([*facts, *_of_backup(database, picture, words)])
    if database.backup is not None and not database.backup.verified and database.backup.error:
        st.caption(plain(_("The last try failed: {why}").format(why=database.backup.error)))


def _of_storage(storage: Storage, words: Formats) -> list[Fact]:
    size, growth = storage.size, storage.growth_bytes
    unused = size.file_bytes - size.used_bytes
    reused = _("{size} of it are free to be used again").format(size=words.size(unused)) if unused > 0 else ""
    facts = [
        Fact(_("Size"), words.size(size.file_bytes), reused),
        Fact(
            _("Growth"),
            _("not known before tomorrow") if growth is None else _a_day(growth, words),
        ),
    ]
    if size.free_bytes is not None:
        facts.append(
            Fact(_("Disk lasts"), _lasts(storage, words), _("{size} free").format(size=words.size(size.free_bytes)))
        )
    if size.limit_bytes is not None:
        share = words.share(Decimal(size.used_bytes) / Decimal(size.limit_bytes))
        facts.append(Fact(_("Of what its edition allows"), share, words.size(size.limit_bytes)))
    return facts


def _a_day(growth: float, words: Formats) -> str:
    return _("{size} a day").format(size=words.size(max(0, round(growth))))


def _lasts(storage: Storage, words: Formats) -> str:
    days = storage.days_left
    if storage.growth_bytes is None:
        return _("not known before tomorrow")
    if days is None or days > NEVER_LEFT_DAYS:
        return _("for years")
    return words.plural(_("{number} day|{number} days"), int(days))


def _of_backup(database: DatabaseHealth, picture: Picture, words: Formats) -> list[Fact]:
    backup, at = database.backup, picture.enforcer.at
    if backup is None or backup.verified_at is None:
        return [Fact(_("Last good backup"), _("none yet"))]
    size = "" if backup.bytes is None else words.size(backup.bytes)
    return [
        Fact(_("Last good backup"), words.near(backup.verified_at, at), _("verified") + (f", {size}" if size else ""))
    ]
