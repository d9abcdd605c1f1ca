"""Wishes about supplies, tests, swaps, holds and locks that cannot be."""

from prepaid.errors.base import PrepaidError


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


class AnalyzerRetired(PrepaidError):
    """The analyzer {analyzer} is retired. Choose one that is in use."""
