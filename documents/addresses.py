"""Mail addresses: one mailbox, checked, so that no header or command can be smuggled in."""

import re
from email.headerregistry import Address

from documents.formats import one_line
from prepaid.errors.mail import MailAddressInvalid

MOST_CHARACTERS = 254
_NAME = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"({_NAME})@({_LABEL}(?:\.{_LABEL})*)")
_NAMED = re.compile(r"(.*)<([^<>]*)>", re.DOTALL)


def mailbox(written: str, name: str = "") -> Address:
    """The mailbox of "a@b.example" or "Name <a@b.example>"; `name` is used where none is written.

    ASCII only: a server need not take anything else. Raises MailAddressInvalid.
    """
    named = _NAMED.fullmatch(written.strip())
    shown, address = (named[1], named[2]) if named else (name, written)
    parts = _ADDRESS.fullmatch(address.strip())
    if parts is None or len(address) > MOST_CHARACTERS or ".." in parts[1] or parts[1][0] == "." or parts[1][-1] == ".":
        raise MailAddressInvalid(address=one_line(written)[:MOST_CHARACTERS])
    return Address(display_name=one_line(shown).strip('"'), username=parts[1], domain=parts[2])
