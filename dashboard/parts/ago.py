"""How long ago something was, in few words."""

from datetime import timedelta

from documents.formats import Formats
from prepaid.language import _

SECONDS_SHOWN = 120


def ago(age_s: float, words: Formats) -> str:
    """Seconds up to two minutes, then the two largest units, none below a minute."""
    if age_s < SECONDS_SHOWN:
        return _("{seconds} s ago").format(seconds=words.number(int(age_s)))
    return _("{duration} ago").format(duration=words.duration(timedelta(minutes=age_s // 60)))
