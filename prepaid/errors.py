"""What the world can do wrong. The docstring of each class is the sentence a person reads; it ends with what to do.

`{names}` in a docstring are filled from the keyword arguments the error was raised with.
"""

import inspect

from prepaid.language import _


class PrepaidError(Exception):
    """Something went wrong. Look into the log for the reason."""

    def __init__(self, **fields: object) -> None:
        super().__init__(fields)
        self.fields = fields

    @classmethod
    def text(cls) -> str:
        """The sentence as written, on one line: the message id of the catalogue."""
        return " ".join(inspect.cleandoc(cls.__doc__ or "").split())

    def __str__(self) -> str:
        return _(self.text()).format(**self.fields)


# --- settings and start -------------------------------------------------------------------------------------------


class SettingInvalid(PrepaidError):
    """The setting {name} is "{value}": {why}. Correct it in .env or in the environment and start again."""


class DatabaseUnavailable(PrepaidError):
    """The database {where} does not answer: {why}. Check DATABASE_URL and that the server runs."""


class DatabaseBusy(DatabaseUnavailable):
    """The database {where} was kept locked by another program for {wait_s} seconds.
    Close what holds it (a database browser, a backup), then try again."""


class SchemaMissing(PrepaidError):
    """The database {where} has no tables of this product yet. Run: python -m sql create"""


class SchemaOld(PrepaidError):
    """The database {where} has schema {found}, this program needs {wanted}. Run: python -m sql upgrade"""


class SchemaNewer(PrepaidError):
    """The database {where} has schema {found}, which this program does not know. Install the newer program."""


class SchemaForeign(PrepaidError):
    """The database {where} has tables of this product ({tables}) but no schema version.
    Use an empty database, or run all files of sql/tsql in their order first."""


OF_THE_MACHINE = (DatabaseUnavailable, SchemaMissing, SchemaOld, SchemaNewer, SchemaForeign, SettingInvalid)
"""Their sentences name servers, folders and values of settings: they are for administrators and for the log."""


class DatabaseInUse(PrepaidError):
    """The database {where} holds {what} already; the demo site is loaded into an empty one only.
    Choose another DATABASE_URL, or run: python run_all.py --data DIR"""


class SiteFileUnreadable(PrepaidError):
    """The site file {path} cannot be read: {why}. Correct that and run it again; docs/site-example.toml shows how."""


class SiteFileInvalid(PrepaidError):
    """The site file {path} was not loaded, nothing was written.
    Correct these lines and run it again (docs/site-example.toml shows how):{problems}"""


class WorkbookUnreadable(PrepaidError):
    """This file cannot be read: {why}. Save it as an XLSX workbook without a password and choose it again; the
    template shows what belongs into it."""


class ImportUnfit(PrepaidError):
    """Nothing was written: {number} things in this file are not right. Correct them and choose the file again."""


class HeadsFileUnreadable(PrepaidError):
    """The file of heads {path} cannot be read: {why}. Name one that python -m sql heads --export has written."""


class HeadsFileUnwritable(PrepaidError):
    """The heads cannot be written to {path}: {why}. Name another file."""


class AlreadyRunning(PrepaidError):
    """Another enforcer ({holder}) serves this site. Stop it first, or wait {wait_s} seconds after it died."""


# --- from a fresh machine to a running site ------------------------------------------------------------------------


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


# --- numbers ------------------------------------------------------------------------------------------------------


class AmountInvalid(PrepaidError):
    """ "{value}" is not a valid amount: {why}. Enter a number with at most 7 decimals."""


class PriceInvalid(PrepaidError):
    """ "{value}" is not a valid price per kWh: {why}. Enter a number of 0 or more with at most 4 decimals."""


class EnergyInvalid(PrepaidError):
    """ "{value}" is not a valid energy: {why}. Enter whole watt-hours."""


# --- ledger and people --------------------------------------------------------------------------------------------


class NotFound(PrepaidError):
    """There is no {what} "{name}". Check the spelling, or choose one from the list."""


class KeyReused(PrepaidError):
    """The key "{key}" was already used for something else. Nothing was booked. Use a new key for each booking."""


class AccountClosed(PrepaidError):
    """The account {account} is closed. Open a new account for this tenant before booking."""


class CurrencyDiffers(PrepaidError):
    """The account {account} is kept in {wanted}, not in {found}. Nothing was booked. Use {wanted}."""


class BookingReasonMissing(PrepaidError):
    """A reason is missing. Write in a few words why; nothing was booked yet."""


class NotCorrectable(PrepaidError):
    """Entry {entry_no} cannot be corrected: {why}. Nothing was booked. Choose another entry."""


class ChargeMoved(PrepaidError):
    """Entry {entry_no} was moved to account {account} by a late handover and stands there now. Nothing was booked.
    Correct entry {by} of account {account} instead."""


class CorrectedAlready(PrepaidError):
    """Entry {entry_no} was corrected already, by entry {by}. Nothing was booked. Correct that one if it is wrong."""


class CorrectionTooLarge(PrepaidError):
    """Entry {entry_no} can be corrected by at most {most}. Nothing was booked. Enter a smaller amount."""


class NotReversible(PrepaidError):
    """Entry {entry_no} is no recharge, so there is nothing to reverse. Correct it instead."""


class TransferToItself(PrepaidError):
    """A transfer needs two accounts, and both were {account}. Nothing was booked. Choose another account."""


class PriceTooLate(PrepaidError):
    """A price must begin at least {minutes} minutes from now. Choose a later instant."""


class PriceExists(PrepaidError):
    """The plan has already a price for this source from {from_at} on.
    Choose another instant, or withdraw that price."""


class PasswordUnfit(PrepaidError):
    """A password has 1 to {most} characters. Choose another one."""


class PasswordWeak(PrepaidError):
    """This password is easily guessed: {why}. Choose another one of at least {least} characters."""


class PasswordWrong(PrepaidError):
    """The present password is not right. Nothing was changed. Enter it again."""


class PasswordsDiffer(PrepaidError):
    """The two new passwords differ. Nothing was changed. Type the same one twice."""


class PasswordMustChange(PrepaidError):
    """The password you were given works once. Choose your own password first."""


class SignInFailed(PrepaidError):
    """The user name or the password is not right. Check both and try again."""


class SignInThrottled(PrepaidError):
    """Too many failed sign-ins. Wait {wait_s} seconds and try again."""


class SessionEnded(PrepaidError):
    """Your session has ended. Sign in again."""


class TokenMissing(PrepaidError):
    """This needs an access token. Get one at /api/auth/login and send it as "Authorization: Bearer TOKEN"."""


class TokenInvalid(PrepaidError):
    """This token is not valid here. Sign in at /api/auth/login for a new one."""


class TokenExpired(PrepaidError):
    """This access token is over. Exchange the refresh token at /api/auth/refresh for a new one."""


class TokenReused(PrepaidError):
    """This refresh token was used before, so the session was ended for safety. Sign in again at /api/auth/login,
    and keep only the newest refresh token."""


class TokensOff(PrepaidError):
    """The REST API cannot sign tokens: {why}. Set {name} in .env or in the environment and start again."""


class TooManyRequests(PrepaidError):
    """Too many requests: {most} are allowed. Wait {wait_s} seconds and try again."""


class CursorInvalid(PrepaidError):
    """This cursor is not one that this list gave. Send the "next" of the page before, or none to begin anew."""


class AccountNeeded(PrepaidError):
    """This tenant has several accounts ({numbers}). Nothing was booked. Name one of them in "account"."""


class NotAllowed(PrepaidError):
    """You may not see or do this. Ask an administrator if you need it."""


class RechargeTooLarge(PrepaidError):
    """You may sell at most {most} in one recharge. Nothing was booked. Ask an administrator to sell it."""


class RequestOver(PrepaidError):
    """This does not wait for a second person any more: it is {state}. Nothing was changed; look at the page again."""


class OwnRequest(PrepaidError):
    """You asked for this yourself. Ask another person who sells at this site to confirm or refuse it."""


class RequestOfAnother(PrepaidError):
    """Only who asked for this can withdraw it. Refuse it instead, with a reason."""


class AskerMayNot(PrepaidError):
    """{who} may not sell so much any more. Nothing was booked. Refuse it, and let somebody else sell it."""


class RequestRefused(PrepaidError):
    """A second person refused this recharge: {why}. Nothing was booked. Sell another one with a new key."""


class RequestGone(PrepaidError):
    """This recharge is {state}; no second person had confirmed it. Nothing was booked. Sell it again with a new key."""


class RequestsFull(PrepaidError):
    """{most} recharges of yours wait for a second person already. Withdraw one, or wait until they are decided."""


class PaymentUnclear(PrepaidError):
    """What was paid is not clear: {why}. Enter an amount and its currency, or no amount; nothing was booked."""


class UserNameTaken(PrepaidError):
    """There is already a user "{name}". Choose another user name."""


class RoleFixed(PrepaidError):
    """A user of a tenant stays one, and staff stay staff. Make a new user instead of changing "{name}"."""


class LastAdmin(PrepaidError):
    """ "{name}" is the last administrator who can sign in. Make another user an administrator first."""


# --- tenants, accounts and assignments ----------------------------------------------------------------------------


class TextInvalid(PrepaidError):
    """{what}: {why}. Correct it; nothing was changed."""


class HoursInvalid(PrepaidError):
    """The hours "{value}" cannot be read. Write them like 20:00-08:00, at most six on a day, with commas between."""


class HolidaysInvalid(PrepaidError):
    """The holiday "{value}" cannot be read. Write each day once in a line of its own, at most 100, like
    2027-04-01 Founding day."""


class CountryInvalid(PrepaidError):
    """The holidays of {value} are not known. Choose another country or part, or enter the days as the site's own."""


class TenantNameTaken(PrepaidError):
    """There is already a tenant "{name}" at this site. Choose another name, or add the unit to it."""


class AccountNumberTaken(PrepaidError):
    """The account number "{number}" is taken. Choose another, or leave it empty for the next free one."""


class PlanUnfit(PrepaidError):
    """The plan "{plan}" cannot be used for this account: {why}. Choose another plan."""


class EmergencyCreditInvalid(PrepaidError):
    """The emergency credit cannot be {value}. Enter 0, or how far the balance may fall below 0 before a cut."""


class DebtFloorInvalid(PrepaidError):
    """The debt floor cannot be {value}. Enter 0, or how far no-cut hours protect beyond the emergency credit; leave it
    empty for three average days."""


class RestoreBelowCut(PrepaidError):
    """The supply would come back above {threshold}, which is below {cut_at}, where it is cut.
    Raise the restore threshold, or the emergency credit."""


class ExemptWithoutWhy(PrepaidError):
    """An exempt account is never cut for credit, so a reason is needed. Write in a few words why."""


class StageBackwards(PrepaidError):
    """The account {account} is {stage} already; its stage only goes forward. Make it exempt if it shall not be cut."""


class ContactUnreachable(PrepaidError):
    """A contact needs a mail address or a phone number. Enter one of them."""


class ContactsFull(PrepaidError):
    """A tenant has at most {most} contacts. Remove one first."""


class LastMailContact(PrepaidError):
    """Somebody must get a mail before the supply is cut, and {name} is the only contact with a mail address.
    Add another one first."""


class ChangedMeanwhile(PrepaidError):
    """Somebody else changed this while you looked at it. Nothing was changed; look at it again."""


class AssignmentPast(PrepaidError):
    """An assignment cannot begin in the past. Let it begin now, then mend the handover on the page of the tenant."""


class AssignedAlready(PrepaidError):
    """The analyzer {analyzer} belongs to the account {account} already. Nothing was changed; choose another account."""


class AnalyzerNotForTenants(PrepaidError):
    """The analyzer {analyzer} is for another purpose than a tenant's supply ({purpose}).
    Choose an analyzer of purpose "tenant"."""


class AssignmentGone(PrepaidError):
    """No assignment of the analyzer {analyzer} is waiting any more. Nothing was changed; look at it again."""


class AnalyzersAssigned(PrepaidError):
    """{number} analyzers still belong to the account {account}. Give them back to the site and wait for their final
    readings, then close it."""


class EstimatePosted(PrepaidError):
    """The estimate for this base was posted already. Nothing was booked. Look into the ledger of account {account}."""


class EstimateEmpty(PrepaidError):
    """Nothing is proposed for this base, so there is nothing to post. Take a fee if something is owed after all."""


class EstimateDismissed(PrepaidError):
    """The estimate for this base was dismissed already, by {who}. Nothing was changed; look at the page again."""


class HandoverNotLate(PrepaidError):
    """The analyzer {analyzer} was handed over on {from_at}, by what was written down before on {earliest_at}.
    Choose an instant between the two."""


class HandoverTooFar(PrepaidError):
    """More than {most} charges lie between the two instants. Nothing was booked. Mend it by a transfer instead."""


class HandoverMended(PrepaidError):
    """This handover of {analyzer} was mended already. Nothing was booked. Look into the ledgers of both accounts."""


class HandoverUntouched(PrepaidError):
    """Nothing was charged for {analyzer} in that time, so there is nothing to mend. Choose an earlier instant."""


class HandoverCorrected(PrepaidError):
    """Entry {entry_no} lies in that time and was corrected already. Nothing was booked.
    Mend the rest by a transfer instead."""


# --- analyzers ----------------------------------------------------------------------------------------------------


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


# --- wishes and locks ---------------------------------------------------------------------------------------------


class WishReasonMissing(PrepaidError):
    """A reason is missing. Write in a few words why; nothing was asked yet."""


class WishEndInvalid(PrepaidError):
    """The end must lie ahead, at most {days} days from now. Choose another one; nothing was asked yet."""


class WishRefused(PrepaidError):
    """Nothing was asked of the enforcer for {analyzer}: it would do nothing. Look at its page for the reason."""


class SupplyLocked(WishRefused):
    """A safety lock keeps the supply of {analyzer} off. Take the lock away first; nothing else was asked."""


class SupplyNotSwitched(WishRefused):
    """{analyzer} has no output that switches a supply. Switch it by hand at the installation."""


class SupplyNotCommissioned(WishRefused):
    """{analyzer} is not commissioned, so its supply is not switched. Commission it first."""


class SupplyBeingTested(WishRefused):
    """{analyzer} is being tested, so its supply is not switched otherwise. Wait a minute and ask again."""


class SupplyTestUnderWay(PrepaidError):
    """{analyzer} is being tested already, as {who} asked. Wait for the result; it stands on the page of the device."""


class NothingToTest(PrepaidError):
    """{analyzer} does not answer, so nothing can be tested. Look at its link first, then ask again."""


class NothingToRevoke(PrepaidError):
    """{analyzer} has no record of commissioning that lets it be switched, so nothing was taken back."""


class NotTested(PrepaidError):
    """The test was not made: {why}. Look at the link of the analyzer, then start the command again."""


class WiringMissing(PrepaidError):
    """How the output of {address} acts on the supply is not known, so nothing was switched. Say it with --wiring."""


class SwapSerialMissing(PrepaidError):
    """The serial number of the new device is missing. Read it from its plate and enter it."""


class SwapSameDevice(PrepaidError):
    """{serial_number} is the device that is counted already. Enter the serial number of the new one."""


class SwapSerialTaken(PrepaidError):
    """{serial_number} belongs to {analyzer}. If addresses were exchanged, correct them; else swap that one first."""


class SwapCounterWrong(PrepaidError):
    """A final counter of {analyzer} is below what was accepted last, or more than it can have used since. Nothing was
    asked; read the old device again and enter its counters in kWh."""


class SupplyNotAssigned(WishRefused):
    """{analyzer} belongs to no account yet, so its supply is not switched. Assign it to an account first."""


class RestoreInVain(WishRefused):
    """{analyzer} is out of credit and would be cut again within seconds. Sell a recharge, or keep its supply on."""


class SupplyOnAlready(WishRefused):
    """The supply of {analyzer} is on, so there is nothing to restore. Look at the installation if it is dark there."""


class WishOver(PrepaidError):
    """This wish has ended already. Nothing was changed; look at the page again."""


class HoldOver(PrepaidError):
    """{analyzer} is not on hold any more, so nothing was asked. Look at the page again."""


class CounterNamedWrong(PrepaidError):
    """A counter of {analyzer} cannot go on from above what the device shows now. Nothing was asked; look at the device
    and enter the counter again, in kWh."""


class LockPhoneMissing(PrepaidError):
    """A phone number is missing. Enter one under which whoever works there is reached; nothing was locked yet."""


class LockOfOthers(PrepaidError):
    """This lock belongs to {owner}. Only its owner or an administrator may take it away: ask them."""


class LockUnconfirmed(PrepaidError):
    """The lock is still in place: type the name of the analyzer, "{analyzer}", to confirm that it is safe to
    switch on."""


class LockGone(PrepaidError):
    """This lock was taken away before. Nothing was changed; look at the page again."""


class GuardHoldsNone(PrepaidError):
    """The guard holds none of these accounts any more: they were released or recharged. Look at the page again."""


class NobodyChosen(PrepaidError):
    """No account is chosen. Choose the accounts that go live, or all that are ready."""


class NotReady(PrepaidError):
    """{number} of these accounts cannot go live yet: {numbers}. Nothing was changed; look at what prevents them."""


class AnalyzerRetired(PrepaidError):
    """The analyzer {analyzer} is retired. Choose one that is in use."""


# --- the simulated site -------------------------------------------------------------------------------------------


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


# --- mail ---------------------------------------------------------------------------------------------------------


class MailRefused(PrepaidError):
    """The mail server refused the message for good: {why}. Check the address and the sender."""


class MailDelayed(PrepaidError):
    """The mail could not be handed over now: {why}. It is tried again by itself; check SMTP_SERVER if this lasts."""


class MailAddressInvalid(MailRefused):
    """The mail address "{address}" is not valid. Correct it in the contacts, or in .env if it is the sender."""


class LogFileUnwritable(PrepaidError):
    """The log file {path} cannot be written: {why}. Free space or give access; until then the log is only here."""


class WrongDevice(AnalyzerError):
    """At {address} answers the device {found}, not {wanted}. Nothing was sent. Check the addresses of both devices."""


class HealthPortTaken(PrepaidError):
    """Port {port} for /health cannot be opened: {why}.
    Stop the program that uses it, or set HEALTH_PORT in .env to another port."""
