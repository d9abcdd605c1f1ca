"""Entries and prices that cannot be booked."""

from prepaid.errors.base import PrepaidError


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
