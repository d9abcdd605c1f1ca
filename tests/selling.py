"""A sale as tests make it: of an amount that one person may sell alone, so a receipt is the answer."""

from sql.allocations import Receipt
from sql.connection import Database
from sql.selling import Counter, Sale, sell
from sql.sessions import SignedIn


def sold(database: Database, seller: SignedIn, counter: Counter, sale: Sale) -> Receipt:
    """The receipt of the sale; fails for one that waits for a second person."""
    receipt = sell(database, seller, counter, sale)
    assert isinstance(receipt, Receipt), "it waits for a second person"
    return receipt
