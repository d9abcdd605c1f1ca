"""What the database holds: made once, remembered beside it, never loaded into a database that people use."""

import hashlib
import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from launcher.console import Console
from launcher.logs import LAST_LINES, indented
from launcher.plan import Content, Plan
from prepaid.errors.launch import CommandFailed, ContentDiffers, DiskFull, FileMissing
from prepaid.language import _

STAMP = "content.json"
NEEDED_MB = 200
COMMAND_TIMEOUT_S = 1800
MOST_DEMO_SITES = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """What run_all once put into a database. Not `ready`: it was interrupted while doing so."""

    content: Content
    analyzers: int
    first_port: int
    source: str
    database: str
    ready: bool
    sites: int = 1


def prepare(plan: Plan, python: Path, console: Console) -> Prepared:
    """Creates and fills the database where it is new; otherwise says what is in it. Raises ContentDiffers.

    1. What was prepared before and asked for again (or not asked at all) is taken as it is.
    2. A load that was interrupted is thrown away with its SQLite file and begun anew.
    3. An SQLite file that run_all did not make belongs to somebody: no demo is loaded into it.
    4. A site file is given to `python -m sql site` whenever it is another than last time.
    """
    plan.data.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(plan.data).free < NEEDED_MB * 1_000_000:
        raise DiskFull(where=plan.data, needed_mb=NEEDED_MB)
    wanted = _wanted(plan)
    found = found_in(plan) or _somebodys(plan, wanted)
    if found is None or not found.ready:
        found = _make(plan, python, console, wanted)
    elif _differs(plan, found, wanted):
        raise ContentDiffers(where=plan.data, found=_words(found), wanted=_words(wanted))
    if plan.site_file is not None and found.source != wanted.source:
        console.say(run_command(plan, python, ["-m", "sql", "site", str(plan.site_file.absolute())]).rstrip())
        found = replace(wanted, ready=True)
        remember(plan, found)
        console.say(_("Database: the site of {file} is loaded").format(file=plan.site_file))
    return found


def found_in(plan: Plan) -> Prepared | None:
    """What the stamp says of this database; None without a stamp, or if the database it speaks of is gone."""
    stamp = plan.data / STAMP
    file = plan.sqlite_file
    if not stamp.is_file() or (file is not None and not file.exists()):
        return None
    try:
        fields = json.loads(stamp.read_text(encoding="utf-8"))
        found = Prepared(**{**fields, "content": Content(fields["content"])})
    except (ValueError, TypeError, KeyError):
        return None
    return found if found.database == _fingerprint(plan) else None


def remember(plan: Plan, prepared: Prepared) -> None:
    """Writes the stamp, whole or not at all."""
    fresh = plan.data / f"{STAMP}.new"
    fresh.write_text(json.dumps(asdict(prepared), indent=1), encoding="utf-8")
    fresh.replace(plan.data / STAMP)


def sites_in(plan: Plan, python: Path) -> tuple[str, ...]:
    """The names of the sites in the database, the oldest first."""
    return tuple(run_command(plan, python, ["-m", "sql", "sites"]).splitlines())


def run_command(plan: Plan, python: Path, arguments: list[str]) -> str:
    """One command of the product, to its end; answers what it said. Raises CommandFailed with its last words."""
    done = subprocess.run(
        [str(python), *arguments],
        cwd=plan.root,
        env=plan.child_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=COMMAND_TIMEOUT_S,
    )
    if done.returncode != 0:
        words = indented(done.stdout.strip().splitlines()[-LAST_LINES:])
        command = " ".join(["python", *arguments])
        raise CommandFailed(command=command, code=done.returncode, words=words, python=python)
    return done.stdout


def _make(plan: Plan, python: Path, console: Console, wanted: Prepared) -> Prepared:
    for number in range(MOST_DEMO_SITES):
        plan.simulator_memory(number).unlink(missing_ok=True)
    file = plan.sqlite_file
    if file is not None:
        for leftover in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm", "-journal"))):
            leftover.unlink(missing_ok=True)
    remember(plan, wanted)
    run_command(plan, python, ["-m", "sql", "create"])
    if wanted.content is Content.DEMO:
        console.say(_("Database: loading a demo site of {n} analyzers").format(n=wanted.analyzers))
        for number in range(wanted.sites):
            size, port = str(wanted.analyzers), str(wanted.first_port + number * wanted.analyzers)
            more = ["--second"] if number else []
            said = run_command(plan, python, ["-m", "sql", "demo", "--analyzers", size, "--port-base", port, *more])
            console.say(said.rstrip())
    made = replace(wanted, ready=True, source="")
    remember(plan, made)
    if wanted.content is not Content.SITE:
        console.say(_("Database: {content} is ready in {where}").format(content=_words(made), where=plan.data))
    return made


def _wanted(plan: Plan) -> Prepared:
    source = ""
    if plan.site_file is not None:
        if not plan.site_file.is_file():
            raise FileMissing(where=plan.site_file)
        source = hashlib.sha256(plan.site_file.read_bytes()).hexdigest()
    # A server may belong to somebody; only who asks for a demo gets it there.
    content = plan.content or (Content.EMPTY if plan.sqlite_file is None else Content.DEMO)
    return Prepared(
        content=content,
        analyzers=plan.demo_analyzers if content is Content.DEMO else 0,
        first_port=plan.first_analyzer_port if content is Content.DEMO else 0,
        source=source,
        database=_fingerprint(plan),
        ready=False,
        sites=plan.sites or 1,
    )


def _somebodys(plan: Plan, wanted: Prepared) -> Prepared | None:
    """An SQLite file without a stamp of run_all; None if there is none, or nothing in it yet."""
    file = plan.sqlite_file
    if file is None or not file.exists() or _is_empty(file):
        return None
    return replace(wanted, content=Content.OWN, analyzers=0, first_port=0, source="", ready=True)


def _is_empty(file: Path) -> bool:
    """Whether a database file has no tables: it was only ever opened. What is no database belongs to somebody."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as conn:
        try:
            return bool(conn.execute("SELECT COUNT(*) FROM sqlite_master").fetchone() == (0,))
        except sqlite3.DatabaseError:
            return False


def _differs(plan: Plan, found: Prepared, wanted: Prepared) -> bool:
    """Whether a choice of the person contradicts what is there; what nobody chose agrees with anything."""
    if found.content is Content.OWN:
        return plan.content is Content.DEMO
    if plan.content is not None and found.content is not plan.content:
        return True
    if found.content is Content.DEMO:
        size = plan.analyzers in (None, found.analyzers) and plan.sites in (None, found.sites)
        return found.first_port != plan.first_analyzer_port or not size
    return False


def _words(prepared: Prepared) -> str:
    match prepared.content:
        case Content.DEMO:
            text = _("a demo site of {n} analyzers from port {port} on")
            if prepared.sites > 1:
                text = _("two demo sites of {n} analyzers each from port {port} on")
            return text.format(n=prepared.analyzers, port=prepared.first_port)
        case Content.SITE:
            return _("the site of a file")
        case Content.EMPTY:
            return _("an empty database")
        case Content.OWN:
            return _("a database that run_all did not fill")


def _fingerprint(plan: Plan) -> str:
    return hashlib.sha256(plan.database_url.encode()).hexdigest()
