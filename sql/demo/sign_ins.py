"""Who may sign in to the demo site. Everybody knows these passwords: they are for trying it out."""

from typing import NamedTuple

from prepaid.language import later
from prepaid.records import Role

PASSWORDS = {
    Role.ADMIN: "Admin123!",
    Role.CASHIER: "Cashier123!",
    Role.MANAGER: "Manager123!",
    Role.TENANT: "Tenant123!",
}


class SignIn(NamedTuple):
    """One way in, and what it shows."""

    user_name: str
    role: Role
    what: str

    @property
    def password(self) -> str:
        return PASSWORDS[self.role]


SIGN_INS = (
    SignIn("admin", Role.ADMIN, later("everything; asks for a password of your own first")),
    SignIn("manager", Role.MANAGER, later("sees everything, changes nothing")),
    SignIn("cashier", Role.CASHIER, later("sells recharges")),
    SignIn("dijla.supermarket", Role.TENANT, later("one of the tenants, as on a phone")),
)
