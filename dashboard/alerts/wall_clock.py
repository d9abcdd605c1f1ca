"""Instants in tables: sorted as the wall clock of the site shows them, and written as everywhere in the product."""

from collections.abc import Iterable
from datetime import datetime

import pandas as pd
from pandas.io.formats.style import Styler

from documents.formats import Formats

WHEN = "when"


def on_the_wall(instant: datetime, words: Formats) -> datetime:
    """The time of the site without its zone: a browser would show it in its own zone."""
    return instant.astimezone(words.zone).replace(tzinfo=None)


def written(table: pd.DataFrame, instants: Iterable[datetime], words: Formats) -> Styler:
    """The table with its column WHEN as instants are read; underneath they stay instants, by which a click sorts."""
    texts: dict[object, str] = {on_the_wall(instant, words): words.instant(instant) for instant in instants}
    return table.style.format({WHEN: lambda at: texts[at]})
