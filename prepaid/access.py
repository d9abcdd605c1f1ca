"""Who may see and do what: roles, rights, and the viewer that every question to the database is asked for."""

from dataclasses import dataclass
from enum import StrEnum

from prepaid.errors.access import NotAllowed, PasswordMustChange
from prepaid.records import Role


class Right(StrEnum):
    """What a viewer may do. Seeing and doing are different rights."""

    SEE_SITE = "see_site"
    SEE_BALANCES = "see_balances"
    SELL = "sell"
    ASK_ENFORCER = "ask_enforcer"
    ADMINISTER = "administer"
    ACKNOWLEDGE = "acknowledge"
    SEE_OWN = "see_own"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.ADMIN: frozenset(set(Right) - {Right.SEE_OWN}),
    Role.CASHIER: frozenset({Right.SEE_BALANCES, Right.SELL}),
    Role.MANAGER: frozenset({Right.SEE_SITE, Right.SEE_BALANCES, Right.ACKNOWLEDGE}),
    Role.TENANT: frozenset({Right.SEE_OWN}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who asks. `site_id` None: every site. Tenants see their own rows only.

    Equal viewers see the same, so a viewer is also the key under which an answer may be kept for a moment.
    """

    role: Role
    site_id: int | None
    tenant_id: int | None
    must_change_password: bool = False

    def may(self, right: Right) -> bool:
        """Whether the viewer has the right now; who must change the password first has none."""
        return not self.must_change_password and right in RIGHTS[self.role]


def permit(viewer: Viewer, right: Right) -> None:
    """Raises NotAllowed, or PasswordMustChange, unless the viewer has the right."""
    if viewer.must_change_password:
        raise PasswordMustChange
    if right not in RIGHTS[viewer.role]:
        raise NotAllowed


def permit_site(viewer: Viewer, right: Right, site_id: int) -> None:
    """The right, at this site. A site of others is answered like a right that is missing."""
    permit(viewer, right)
    if viewer.site_id is not None and viewer.site_id != site_id:
        raise NotAllowed


def permit_tenant(viewer: Viewer, site_id: int, tenant_id: int) -> None:
    """A tenant's own rows, for the tenant; or any tenant's of the site, for who sees balances."""
    if viewer.role is Role.TENANT:
        permit(viewer, Right.SEE_OWN)
        if viewer.tenant_id != tenant_id:
            raise NotAllowed
    else:
        permit_site(viewer, Right.SEE_BALANCES, site_id)


def own_right(role: Role) -> Right:
    """The right that everybody of that role has, for what is their own: profile, sessions."""
    return Right.SEE_OWN if role is Role.TENANT else Right.SEE_BALANCES
