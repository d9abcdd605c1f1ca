"""Channels over a real web server: what is taken, what is refused, and that no secret is ever told."""

import re
import socket
from pathlib import Path

import apprise
import pytest

from documents.channels import OF_THIS_MACHINE, AppriseChannels, checked_channel
from prepaid.errors.channels import ChannelDelayed, ChannelInvalid, ChannelRefused
from tests.documents.webhooks import webhook

TOUCHES_THIS_MACHINE = re.compile(
    r"\b(subprocess|import dbus|import gi|import hid|import syslog|win32api|max_\w+_keyfile_size)\b"
)


def test_a_webhook_gets_subject_and_text() -> None:
    with webhook() as hook:
        channel = checked_channel(hook.url)
        AppriseChannels().send(channel.url, channel.shown, "Low credit", "Grüße\nfrom here")

    assert channel.shown == "json://127.0.0.1"
    assert [(post["title"], post["message"]) for post in hook.posts] == [("Low credit", "Grüße\nfrom here")]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (404, ChannelRefused),
        (401, ChannelRefused),
        (429, ChannelDelayed),
        (500, ChannelDelayed),
        (503, ChannelDelayed),
        (302, ChannelDelayed),
    ],
)
def test_the_status_says_whether_trying_again_helps_and_the_url_cannot_change_that(
    status: int, expected: type[Exception]
) -> None:
    with webhook() as hook:
        hook.answers += [status]
        with pytest.raises(expected) as raised:
            AppriseChannels().send(f"{hook.url}?optional=yes&retry=3&redirect=yes&rto=900", "json://x", "S", "T")

    assert hook.tries == 1
    assert str(status) in str(raised.value)
    assert not re.search("very-secret|hook-token", str(raised.value))


def test_nobody_there_is_a_delay() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    with pytest.raises(ChannelDelayed):
        AppriseChannels().send(f"json://a:very-secret@127.0.0.1:{port}/x", "json://x", "S", "T")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("tgram://123456789:abcdefg_hijklmnop/12315544/", "tgram://…"),
        ("workflows://prod.example:443/workflow/signature/", "workflows://…"),
        ("JSONS://hooks.example.com/very-secret", "jsons://hooks.example.com"),
        (" twilio://AC123456789012345678901234567890ab:{token}@15551234567/15557654321 ", "twilio://…"),
    ],
)
def test_services_are_taken_and_only_a_real_host_is_shown(url: str, shown: str) -> None:
    checked = checked_channel(url.format(token="b" * 32))

    assert checked.shown == shown
    assert "secret" not in repr(checked)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "somewhere",
        "json://",
        "no-such-service://x",
        "file:///etc/passwd",
        "exec://ls",
        "dbus://",
        "SysLog://",
        "windows://",
        "macosx://",
        "fcm://project@apikey/device?keyfile=/etc/passwd",
        "tgram://123456789:abcdefg_hijklmnop/12315544/?template=/etc/passwd",
        "tgram://123456789:abcdefg_hijklmnop/12315544/?a=b&%74emplate=/etc/passwd",
        "mailto://a:b@example.com?pgp=yes",
        "json://host/\x00x",
        "json://host/" + "x" * 1000,
    ],
)
def test_what_is_no_service_or_touches_this_machine_is_refused(url: str) -> None:
    with pytest.raises(ChannelInvalid):
        checked_channel(url)


def test_every_service_that_reaches_into_this_machine_is_known_as_such() -> None:
    """A newer apprise may bring more of them."""
    plugins = Path(apprise.__file__).parent / "plugins"

    local = {
        path.relative_to(plugins).parts[0].removesuffix(".py")
        for path in plugins.rglob("*.py")
        if TOUCHES_THIS_MACHINE.search(path.read_text(encoding="utf-8"))
    }

    assert local == {"blink1", "dbus", "fcm", "glib", "gnome", "macosx", "syslog", "vapid", "windows"}
    assert local | {"gio", "kde", "qt"} == OF_THIS_MACHINE
