"""A real postfix for tests: an instance of its own on a loopback port, in folders of its own, delivering to files."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

PROGRAM_S = 60.0
DOMAIN = "tenants.example"
FOLDERS = "/usr/sbin:/usr/bin:/sbin:/bin"


def can_run_postfix() -> bool:
    """Whether it is installed and may be started: it wants to be started as root."""
    return shutil.which("postfix", path=FOLDERS) is not None and os.getuid() == 0


@dataclass(frozen=True, slots=True)
class Postfix:
    """A running instance: whoever it is at the domain has a mailbox."""

    port: int
    folder: Path

    def mails(self) -> list[EmailMessage]:
        """What was delivered, in no order."""
        found = (self.folder / "mail").glob("*/new/*")
        return [message_from_bytes(path.read_bytes(), policy=default) for path in found]

    def allow(self, rules: Mapping[str, str]) -> None:
        """What is answered to recipients, by address; everybody else is taken."""
        lines = "".join(f"{address} {answer}\n" for address, answer in rules.items())
        (self.folder / "etc" / "recipients").write_text(lines, encoding="ascii")
        _run(self.folder, "reload")


@contextmanager
def postfix() -> Iterator[Postfix]:
    """An instance until the block ends."""
    user = pwd.getpwnam("postfix")
    folder = Path(tempfile.mkdtemp(prefix="postfix-", dir="/tmp"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder.chmod(0o755)
    for name in ("etc", "queue", "data", "mail"):
        (folder / name).mkdir()
    for name in ("data", "mail"):
        os.chown(folder / name, user.pw_uid, user.pw_gid)
    (folder / "etc" / "main.cf").write_text(_main(folder, user.pw_uid, user.pw_gid), encoding="ascii")
    (folder / "etc" / "master.cf").write_text(_master(port), encoding="ascii")
    (folder / "etc" / "recipients").write_text("", encoding="ascii")
    made = Postfix(port, folder)
    try:
        _run(folder, "start")
        yield made
    finally:
        _run(folder, "stop", check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _main(folder: Path, user_id: int, group_id: int) -> str:
    return f"""compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/data/log
maillog_file_prefixes = {folder}
myhostname = mail.example
mydestination =
local_transport = error:nobody is here
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
virtual_mailbox_domains = {DOMAIN}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:{user_id}
virtual_gid_maps = static:{group_id}
virtual_minimum_uid = 1
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access texthash:{folder}/etc/recipients
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtputf8_enable = no
"""


def _master(port: int) -> str:
    return f"""127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
proxymap  unix  - - n - - proxymap
postlog   unix-dgram n - n - 1 postlogd
"""


def _run(folder: Path, command: str, *, check: bool = True) -> None:
    program = shutil.which("postfix", path=FOLDERS)
    assert program is not None, "asked for only where it is installed"
    done = subprocess.run(
        [program, "-c", str(folder / "etc"), command],
        capture_output=True,
        text=True,
        timeout=PROGRAM_S,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert not check or done.returncode == 0, f"postfix {command}: {done.stdout}{done.stderr}"
