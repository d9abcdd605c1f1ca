"""Instants in tables, as the wall clock of the site shows them: browsers would show them in their own zone."""

from datetime import datetime

from documents.formats import Formats


def on_the_wall(instant: datetime, words: Formats) -> datetime:
    """The time of the site without its zone, so that nobody converts it again; tables sort by it."""
    return instant.astimezone(words.zone).replace(tzinfo=None)
