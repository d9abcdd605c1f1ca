"""What is written down of a tenant and the account: names, contacts, when the supply is cut. All of it is checked."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from prepaid.errors.mail import MailAddressInvalid
from prepaid.errors.tenants import (
    ContactUnreachable,
    DebtFloorInvalid,
    EmergencyCreditInvalid,
    ExemptWithoutWhy,
    RestoreBelowCut,
    StageBackwards,
    TextInvalid,
)
from prepaid.language import _, later
from prepaid.lengths import length
from prepaid.records import Stage
from prepaid.units import ZERO, add, negative, to_amount, to_text

MOST_CONTACTS = 20
NUMBER = re.compile(r"[\x21-\x7e]{1,24}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
MAIL = re.compile(r"[\x21-\x3f\x41-\x7e]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
MOST_MAIL = 254
STAGES = (Stage.DRAFT, Stage.OBSERVED, Stage.WARNED, Stage.ENFORCED)
"""The life of an account in its order; it is closed by another act than a change of policy."""
STAGE_NAMES = {
    Stage.DRAFT: later("Draft"),
    Stage.OBSERVED: later("Observed"),
    Stage.WARNED: later("Warned"),
    Stage.ENFORCED: later("Enforced"),
    Stage.CLOSED: later("Closed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantFacts:
    """Who the tenant is."""

    name: str
    unit: str | None = None
    phone: str | None = None
    language: str = "en"
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """Who is told about the tenant, and in which language."""

    name: str
    email: str | None = None
    phone: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When the supply of an account is cut and comes back. Cut at or below minus the emergency credit, back above the
    restore threshold; never for an exempt account, nor before the stage is enforced. No-cut hours protect down to the
    debt floor beyond the emergency credit; None: what 3 average days cost."""

    stage: Stage
    emergency_credit: Decimal = ZERO
    restore_threshold: Decimal = ZERO
    exempt: bool = False
    exempt_why: str | None = None
    debt_floor: Decimal | None = None

    @property
    def cut_at(self) -> Decimal:
        return negative(self.emergency_credit)

    @property
    def back_above(self) -> Decimal:
        """Never where the next cut would be due."""
        return max(self.restore_threshold, self.cut_at)


def checked_tenant(facts: TenantFacts) -> TenantFacts:
    """The facts, trimmed. Raises TextInvalid."""
    return TenantFacts(
        name=needed(_("Name"), facts.name, 120),
        unit=optional(_("Unit"), facts.unit, 60),
        phone=optional(_("Phone"), facts.phone, 40),
        language=checked_language(facts.language),
        note=optional(_("Note"), facts.note, 1000, lines=True),
    )


def checked_contact(facts: ContactFacts) -> ContactFacts:
    """The facts, trimmed. Raises TextInvalid, MailAddressInvalid, ContactUnreachable."""
    found = ContactFacts(
        name=needed(_("Name of the contact"), facts.name, 120),
        email=optional(_("Mail address"), facts.email, MOST_MAIL),
        phone=optional(_("Phone"), facts.phone, 40),
        language=checked_language(facts.language),
    )
    if found.email is not None and not MAIL.fullmatch(found.email):
        raise MailAddressInvalid(address=found.email)
    if found.email is None and found.phone is None:
        raise ContactUnreachable
    return found


def checked_policy(policy: Policy) -> Policy:
    """The policy, exact and trimmed.

    Raises AmountInvalid, EmergencyCreditInvalid, DebtFloorInvalid, RestoreBelowCut, ExemptWithoutWhy.
    """
    emergency_credit = to_amount(policy.emergency_credit)
    restore_threshold = to_amount(policy.restore_threshold)
    if emergency_credit < ZERO:
        raise EmergencyCreditInvalid(value=to_text(emergency_credit))
    debt_floor = None if policy.debt_floor is None else to_amount(policy.debt_floor)
    if debt_floor is not None and debt_floor < ZERO:
        raise DebtFloorInvalid(value=to_text(debt_floor))
    if add(emergency_credit, restore_threshold) < ZERO:
        raise RestoreBelowCut(threshold=to_text(restore_threshold), cut_at=to_text(negative(emergency_credit)))
    why = optional(_("Reason"), policy.exempt_why, 200)
    if policy.exempt and why is None:
        raise ExemptWithoutWhy
    return replace(
        policy,
        emergency_credit=emergency_credit,
        restore_threshold=restore_threshold,
        exempt_why=why if policy.exempt else None,
        debt_floor=debt_floor,
    )


def check_step(account: str, before: Stage, wanted: Stage) -> None:
    """A stage goes forward, by one or several steps. Raises StageBackwards."""
    if before is Stage.CLOSED or wanted not in STAGES or STAGES.index(wanted) < STAGES.index(before):
        raise StageBackwards(account=account, stage=_(STAGE_NAMES[before]))


def stages_reached(before: Stage, after: Stage) -> tuple[Stage, ...]:
    """The stages behind `before`, up to `after`: those that are passed over keep the same instant."""
    return STAGES[STAGES.index(before) + 1 : STAGES.index(after) + 1]


def stages_from(stage: Stage) -> tuple[Stage, ...]:
    """The stages that an account of this stage may have: this one and those ahead."""
    return () if stage is Stage.CLOSED else STAGES[STAGES.index(stage) :]


def checked_number(number: str) -> str:
    """An account number: up to 24 characters of ASCII without spaces. Raises TextInvalid."""
    found = number.strip()
    if not NUMBER.fullmatch(found):
        raise TextInvalid(
            what=_("Account number"), why=_("it has 1 to 24 letters, digits or signs of ASCII, without spaces")
        )
    return found


def checked_language(language: str) -> str:
    """The tag of a language, like en or pt-BR. Raises TextInvalid."""
    if not LANGUAGE.fullmatch(language):
        raise TextInvalid(what=_("Language"), why=_('"{value}" is no language tag').format(value=language))
    return language


def needed(what: str, value: str | None, most: int) -> str:
    """A text that must be there, on one line."""
    found = optional(what, value, most)
    if found is None:
        raise TextInvalid(what=what, why=_("it is missing"))
    return found


def optional(what: str, value: str | None, most: int, *, lines: bool = False) -> str | None:
    """A text, trimmed; None where it is empty."""
    found = (value or "").strip() if lines else " ".join((value or "").split())
    if length(found) > most:
        raise TextInvalid(what=what, why=_("it has more than {most} characters").format(most=most))
    if any(unicodedata.category(character) in ("Cc", "Cs") and character != "\n" for character in found):
        raise TextInvalid(what=what, why=_("it has characters that nobody can see"))
    return found or None


def differences(
    before: TenantFacts | ContactFacts | Policy, after: TenantFacts | ContactFacts | Policy
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What differs between two records of one kind: the old values and the new ones."""
    old, new = asdict(before), asdict(after)
    names = [name for name in old if old[name] != new[name]]
    return {name: old[name] for name in names}, {name: new[name] for name in names}
