"""Channels that cannot be used."""

from prepaid.errors.base import PrepaidError


class ChannelInvalid(PrepaidError):
    """This is not the URL of a channel: {why}. Copy it anew from docs/messages.md or from the service."""


class ChannelsFull(PrepaidError):
    """There are already {most} channels. Remove one of them first."""


class NobodyReachable(PrepaidError):
    """There is neither a mail address nor a channel to send to. Add one first."""


class ChannelRefused(PrepaidError):
    """{shown} refused the message for good: {why}. Enter the URL of the channel anew."""


class ChannelDelayed(PrepaidError):
    """{shown} did not take the message now: {why}. It is tried again by itself; look at the service if this lasts."""
