"""One mailbox, checked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.addresses import mailbox
from prepaid.errors.mail import MailAddressInvalid


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a@b.example", "a@b.example"),
        (" first.last+x@shop-1.example ", "first.last+x@shop-1.example"),
        ("energy@localhost", "energy@localhost"),
        ("City Mall <energy@mall.example>", "City Mall <energy@mall.example>"),
        ('"City, Mall" <energy@mall.example>', '"City, Mall" <energy@mall.example>'),
        ("مول <energy@mall.example>", "مول <energy@mall.example>"),
    ],
)
def test_a_mailbox_is_read_with_or_without_a_name(written: str, shown: str) -> None:
    assert str(mailbox(written)) == shown


@pytest.mark.parametrize(
    "written",
    [
        "",
        "nobody",
        "a@",
        "@b.example",
        "a b@c.example",
        "a@b.example, c@d.example",
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example>\r\nRCPT TO:<c@d.example",
        "A <a@b.example> <c@d.example> x",
        "a..b@c.example",
        ".a@c.example",
        "a@-c.example",
        "ä@c.example",
        "a@" + "abc." * 70 + "example",
    ],
)
def test_what_is_not_one_mailbox_is_refused(written: str) -> None:
    with pytest.raises(MailAddressInvalid):
        mailbox(written)


@given(name=st.text(max_size=40))
def test_no_name_changes_the_address_or_breaks_the_line(name: str) -> None:
    made = mailbox("tenant@shop.example", name)

    assert made.addr_spec == "tenant@shop.example"
    assert not {"\r", "\n"} & set(str(made))
