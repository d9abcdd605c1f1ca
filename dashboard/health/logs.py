"""The card of Health about the logs of Kepware: how old their values are when they are taken, and what is wrong."""

from collections.abc import Iterator
from datetime import timedelta

import streamlit as st

from dashboard.asked.health import Picture
from dashboard.parts.facts import Fact, draw_facts
from dashboard.parts.plain import plain
from documents.formats import NOTHING, Formats
from prepaid.language import _
from sql.questions.kepware import LogLine


def draw_logs(picture: Picture, words: Formats) -> None:
    """Each log group in a few facts; below it what is wrong."""
    for line in picture.logs:
        draw_facts(list(_facts(line, picture, words)))
        if line.state is not None and line.state.trouble is not None:
            st.caption(plain(line.state.trouble))


def _facts(line: LogLine, picture: Picture, words: Formats) -> Iterator[Fact]:
    state, at = line.state, picture.enforcer.at
    tags = _("{number} analyzers").format(number=words.number(len(line.group.analyzers)))
    if state is None or state.looked_at is None:
        yield Fact(plain(words.name(line.group.name)), _("never read"), tags)
        return
    looked = _("{duration} ago").format(duration=words.duration(max(timedelta(), at - state.looked_at)))
    yield Fact(plain(words.name(line.group.name)), looked, tags)
    lag = NOTHING if state.lag_s is None else words.duration(timedelta(seconds=round(state.lag_s)))
    yield Fact(_("Age of its newest value"), lag)
    yield Fact(_("Values that could not be used"), words.number(state.refused), _("since the enforcer began"))
