"""What is written down of a user: the name to sign in with, what is shown, where mails go. All of it is checked."""

from dataclasses import dataclass, replace
from decimal import Decimal

from prepaid.alerts import MUTABLE_KINDS, TENANT_KINDS, AlertKind
from prepaid.errors.mail import MailAddressInvalid
from prepaid.errors.numbers import AmountInvalid
from prepaid.errors.tenants import TextInvalid
from prepaid.language import _
from prepaid.quiet_hours import QuietHours
from prepaid.records import Role
from prepaid.sessions import sign_in_name
from prepaid.tenancy import MAIL, MOST_MAIL, checked_language, needed, optional
from prepaid.units import ZERO, to_amount, to_text

MOST_IN_NAME = 60
MOST_SHOWN = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """A login to be made. A tenant's user names the tenant and has no site of its own; staff without a site work at
    all of them. `largest_recharge` None: no bound of their own."""

    user_name: str
    display_name: str
    role: Role
    site_id: int | None = None
    tenant_id: int | None = None
    email: str | None = None
    language: str = "en"
    largest_recharge: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What users say about themselves. `muted` are the kinds of alerts that they do not want to be told; `quiet` None:
    the quiet hours of the site."""

    language: str
    email: str | None
    muted: frozenset[AlertKind] = frozenset()
    quiet: QuietHours | None = None


def checked_user(wanted: NewUser) -> NewUser:
    """The login with its name as it is stored. Raises TextInvalid, MailAddressInvalid, AmountInvalid."""
    assert (wanted.role is Role.TENANT) == (wanted.tenant_id is not None), "a tenant's user, and no other, has a tenant"
    return replace(
        wanted,
        user_name=checked_user_name(wanted.user_name),
        display_name=needed(_("Name"), wanted.display_name, MOST_SHOWN),
        email=checked_mail(wanted.email),
        language=checked_language(wanted.language),
        largest_recharge=checked_largest(wanted.largest_recharge),
    )


def checked_user_name(name: str) -> str:
    """The name as it is stored. Raises TextInvalid."""
    found = sign_in_name(name)
    if not 1 <= len(found) <= MOST_IN_NAME or any(letter.isspace() for letter in found):
        raise TextInvalid(
            what=_("User name"),
            why=_("it has 1 to {most} letters, digits or signs, without spaces").format(most=MOST_IN_NAME),
        )
    return found


def checked_profile(profile: Profile, role: Role) -> Profile:
    """The profile, trimmed. Raises TextInvalid, MailAddressInvalid."""
    return replace(
        profile,
        language=checked_language(profile.language),
        email=checked_mail(profile.email),
        muted=profile.muted & kinds_to_mute(role),
    )


def kinds_to_mute(role: Role) -> frozenset[AlertKind]:
    """The alerts that a user of that role may do without."""
    return MUTABLE_KINDS if role is Role.TENANT else frozenset(AlertKind) - TENANT_KINDS - {AlertKind.TEST}


def checked_mail(address: str | None) -> str | None:
    """A mail address, or None where it is empty. Raises MailAddressInvalid."""
    found = optional(_("Mail address"), address, MOST_MAIL)
    if found is not None and not MAIL.fullmatch(found):
        raise MailAddressInvalid(address=found)
    return found


def checked_largest(amount: Decimal | None) -> Decimal | None:
    """The most that somebody may sell in one recharge: above 0. Raises AmountInvalid."""
    if amount is not None and to_amount(amount) <= ZERO:
        raise AmountInvalid(value=to_text(amount), why=_("it must be above 0"))
    return amount
