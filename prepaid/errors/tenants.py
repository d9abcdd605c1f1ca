"""What is written down of tenants, accounts and the site, and cannot be so."""

from prepaid.errors.base import PrepaidError


class WorkbookUnreadable(PrepaidError):
    """This file cannot be read: {why}. Save it as an XLSX workbook without a password and choose it again; the
    template shows what belongs into it."""


class ImportUnfit(PrepaidError):
    """Nothing was written: {number} things in this file are not right. Correct them and choose the file again."""


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


class NobodyChosen(PrepaidError):
    """No account is chosen. Choose the accounts that go live, or all that are ready."""


class NotReady(PrepaidError):
    """{number} of these accounts cannot go live yet: {numbers}. Nothing was changed; look at what prevents them."""
