"""Analyzers that do not answer, or not as they should."""

from prepaid.errors.base import PrepaidError


class AnalyzerError(PrepaidError):
    """The analyzer at {address} failed: {why}. Look at the device and its network."""


class AnalyzerUnreachable(AnalyzerError):
    """No connection to {address}: {why}. Check power, cable, address and port of the analyzer."""


class AnalyzerFull(AnalyzerError):
    """The analyzer at {address} closes every new connection: its 3 connections are taken.
    Close other programs that read it."""


class AnalyzerSilent(AnalyzerError):
    """The analyzer at {address} did not answer within {timeout_s} s. Check the network and the load of the device."""


class AnalyzerRefused(AnalyzerError):
    """The analyzer at {address} refused {what} with exception {code}.
    Check the write protection and the IP filter of the device."""


class ReadRefused(AnalyzerRefused):
    """The analyzer at {address} refused {what} with exception {code}: {why}.
    Look at the device, at its unit number, and for a gateway in between."""


class AnswerBlank(AnalyzerError):
    """The analyzer at {address} answers nothing but zeros where its outputs should be. It is asked again by itself;
    look at the device if this lasts."""


class LinkLost(AnalyzerError):
    """The analyzer at {address} closed the connection: {why}. It is opened again by itself; look at the device
    and its network if this lasts."""


class LinkOutOfStep(AnalyzerError):
    """The answers of {address} do not fit the questions: {why}. The connection was reset.
    Check for a gateway in between."""


class WrongDevice(AnalyzerError):
    """At {address} answers the device {found}, not {wanted}. Nothing was sent. Check the addresses of both devices."""


class FrameHeldBack(AnalyzerError):
    """Nothing was sent to {address}: another enforcer may be at work on this site by now. It is tried again by itself;
    look at who holds the lease if this lasts."""


class FeedDisagrees(AnalyzerError):
    """The counters of {address} are {shown}, and by what Kepware logs for it they should be {expected}. Nothing was
    sent. Look at the tags that are mapped to this analyzer, and at its address."""


class FeedBehind(AnalyzerError):
    """The analyzer at {address} tells of a restart or a reset that Kepware has not logged yet. Nothing was sent; it is
    tried again by itself. Look at the log of Kepware if this lasts."""
