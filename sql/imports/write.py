"""The writing of an import: exactly what was previewed, in one transaction, or nothing."""

from prepaid.access import Right
from prepaid.errors.tenants import ChangedMeanwhile, ImportUnfit
from prepaid.units import to_text
from prepaid.workbook import Workbook
from sql.acts import Act, acting
from sql.connection import Database
from sql.imports.check import Checked, check_import
from sql.imports.openings import book_openings
from sql.imports.preview import Preview, preview_of
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.site.analyzers import add_analyzers
from sql.site.contacts import add_contacts, contacts_to_add
from sql.site.plans import PlanOfSite, add_house
from sql.site.tenants import add_tenants, known_tenants, newest_accounts
from sql.tenants import lock_site


@repeated
def import_workbook(database: Database, signed_in: SignedIn, site_id: int, book: Workbook, seen: Preview) -> Preview:
    """Adds what the person has seen in the preview; the accounts begin observed. Answers what was added.

    It is looked at once more behind the lock. Raises NotAllowed, NotFound, ImportUnfit where something is not right,
    and ChangedMeanwhile where it is not what was seen any more.
    """
    with acting(database, signed_in, Right.ADMINISTER) as act:
        lock_site(act, site_id)
        checked = check_import(act.conn, act.person.viewer, site_id, book, act.person.actor, act.now)
        found = preview_of(checked, book)
        if found != seen:
            raise ChangedMeanwhile
        if found.findings:
            raise ImportUnfit(number=found.findings_in_all)
        if not found.adds_nothing:
            _add(checked)
            _note(act, site_id, found)
        return found


def _add(checked: Checked) -> None:
    """Tenants with their accounts and opening balances, then contacts, then analyzers with their assignments."""
    work = checked.work
    newest = newest_accounts(work)
    account_ids = {name: int(newest[row.id].id) for name, row in known_tenants(work).items() if row.id in newest}
    plans = {name: PlanOfSite(plan.plan_id, plan.currency) for name, plan in checked.plans.items()}
    account_ids |= add_tenants(work, plans)
    add_contacts(work, contacts_to_add(work))
    book_openings(work, checked.openings.late)
    add_analyzers(work, account_ids, add_house(work))


def _note(act: Act, site_id: int, added: Preview) -> None:
    """One event tells of the whole: which file it was, and what came from it."""
    facts = {
        "sha256": added.sha256,
        "tenants": len(added.tenants),
        "contacts": added.contacts,
        "analyzers": len(added.analyzers),
        "openings": added.openings,
        **{f"sum_{currency}": to_text(amount) for currency, amount in added.sums.items()},
    }
    act.note("site.imported", f"site:{site_id}", site_id, after=facts)
