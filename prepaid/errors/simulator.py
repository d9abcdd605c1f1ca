"""What the simulated site cannot do."""

from prepaid.errors.base import PrepaidError


class ArgumentInvalid(PrepaidError):
    """The argument {name} is "{value}": {why}. Start again with another value."""


class PortTaken(PrepaidError):
    """Port {port} of {host} is taken: {why}. Stop the other program, or choose other ports with
    --port-base and --control-port."""


class FilesLimited(PrepaidError):
    """This machine allows {limit} open files per program, and {needed} are needed. Raise the hard limit
    (ulimit -Hn {needed}, or LimitNOFILE), or ask for fewer analyzers with --analyzers."""


class SimulatorMemoryUnreadable(PrepaidError):
    """The memory of the simulated analyzers, {path}, cannot be read: {why}. Delete the file to begin anew,
    and load the demo site again."""


class SimulatorMemoryUnwritable(PrepaidError):
    """The memory of the simulated analyzers, {path}, cannot be written: {why}. Free space or give access,
    or choose another file with --memory."""


class CommandInvalid(PrepaidError):
    """ "{command}" is not understood: {why}. Send: help"""
