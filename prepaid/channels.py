"""Channels: further ways to a person than mail, each one the URL of a service. It is as secret as a password."""

from dataclasses import dataclass, field
from datetime import datetime

MOST_CHANNELS = 5
MOST_URL = 1000
MOST_SHOWN = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelUrl:
    """The URL of a channel that was looked at and is fit to be kept. `shown` is all of it that a person may see."""

    url: str = field(repr=False)
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRow:
    """A channel as people see it."""

    channel_id: int
    shown: str
    added_at: datetime
    added_by: str
