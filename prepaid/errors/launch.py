"""What can go wrong from a fresh machine to a running site."""

from prepaid.errors.base import PrepaidError


class ModuleMissing(PrepaidError):
    """This Python ({python}) has no module "{module}", so it cannot make a virtual environment.
    On Debian and Ubuntu run: apt install {package}; elsewhere install Python from python.org. Then start again."""


class EnvironmentRefused(PrepaidError):
    """The virtual environment {where} could not be made: {why}. Delete that folder and start again."""


class PackagesUnreachable(PrepaidError):
    """The packages could not be downloaded: {why}.
    Check the network of this machine (or the package index that pip is set to) and start again.
    All that pip said is in {log}."""


class InstallFailed(PrepaidError):
    """pip could not install the packages: {why}. All that pip said is in {log}: mend what it names and start again."""


class DiskFull(PrepaidError):
    """The disk of {where} is full: {needed_mb} MB are needed. Make room there, or move this folder, and start again."""


class FileRefused(PrepaidError):
    """{where} cannot be read or written: {why}.
    Correct the permissions, or choose another folder with --data, and start again."""


class FileMissing(PrepaidError):
    """There is no file {where}. Check the spelling, or take a complete copy of the product."""


class PortInUse(PrepaidError):
    """Port {port} of this machine is taken by {holder}.
    Stop that program, or start with another --port-offset, for example: --port-offset {offset}"""


class AlreadyRuns(PrepaidError):
    """Another run_all (process {pid}) is at work in {where}. Stop it first, or choose another folder with --data."""


class ContentDiffers(PrepaidError):
    """{where} holds {found}, not {wanted}. Start without that option, or choose another folder with --data."""


class CommandFailed(PrepaidError):
    """ "{command}" failed (exit code {code}). Its last words:
    {words}
    Do what they say and start again. Commands of the product run with {python}."""


class ChildEnded(PrepaidError):
    """The {name} ended while it started (exit code {code}). Its last words:
    {words}
    Do what they say and start again. All it printed is in {log}; commands of the product run with {python}."""


class ChildSilent(PrepaidError):
    """The {name} was not healthy after {patience_s} s. Its last words:
    {words}
    Read {log} and start again; on a slow machine try fewer --analyzers."""


class NoServiceManager(PrepaidError):
    """This system has no service manager that run_all knows: neither Windows nor a running systemd.
    Start the product with python run_all.py, or let the manager you have start it; docs/operation.md says how."""


class RightsMissing(PrepaidError):
    """Services are changed by an administrator only. Start this command again as one: {how}"""


class AccountNeeded(PrepaidError):
    """Services should not run as root, and {where} belongs to root. Name an account for them, for example:
    sudo useradd --system --user-group prepaid; sudo python3 run_all.py service install --user prepaid"""


class AccountUnknown(PrepaidError):
    """There is no account {account} on this machine. Make it ({how}) or name another one with --user."""


class PythonOfOnePerson(PrepaidError):
    """This Python ({python}) is installed for one person only, so a service cannot start it.
    Install Python for all users, delete the folder .venv, and install the services again."""


class ServiceRefused(PrepaidError):
    """The service manager refused "{what}": {why}. Do what it says and start this command again."""


class NoSuchService(PrepaidError):
    """There is no service {name} here. Install the services first: python run_all.py service install"""
