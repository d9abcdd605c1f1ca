"""What people see: lines that stay, one live line, the status in words, logs that stay small."""

import io
from pathlib import Path

from launcher.console import Console
from launcher.health import Health
from launcher.logs import last_words, limit
from launcher.status import status_line


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_the_live_line_is_written_over_and_cleared_before_a_line_that_stays() -> None:
    stream = Terminal()
    console = Console(stream)

    console.live("one", at_s=1)
    console.live("2", at_s=2)
    console.say("done")

    assert stream.getvalue() == "one\r   \r2\r \rdone\n"


class Gone(io.StringIO):
    """A stream whose other end has closed."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_console_that_is_gone_ends_nothing() -> None:
    Console(Gone()).say("anybody there?")


def test_where_there_is_no_terminal_the_live_line_comes_once_a_minute() -> None:
    stream = io.StringIO()
    console = Console(stream)

    for second in range(1, 122):
        console.live(f"at {second}", at_s=second)

    assert stream.getvalue() == "at 1\nat 61\nat 121\n"


def test_the_status_says_the_state_of_each_child_and_the_facts_of_the_enforcer() -> None:
    facts: dict[str, object] = {
        "reads": {"due": 24, "on_time": 23, "late": 1, "missed": 0},
        "passes": 9,
        "cpu_ms_per_pass": 12.4,
        "accounts": 25,
        "cut": 2,
    }

    line = status_line(
        {"simulator": Health(well=True, word="ok"), "enforcer": Health(well=True, word="ok", facts=facts)}, 3725
    )

    assert line == (
        "1:02:05 | simulator ok | enforcer ok | 23/24 reads, 1 late, 0 missed | 25 accounts, 2 cut | pass 9 | 12 ms CPU"
    )


def test_a_page_without_facts_still_gives_a_status() -> None:
    odd: dict[str, object] = {"reads": "many", "cpu_ms_per_pass": None}

    assert status_line({"enforcer": Health(well=False, word="silent", facts=odd)}, 0) == "0:00:00 | enforcer silent"


def test_a_log_beyond_its_limit_begins_anew_and_one_old_one_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "x.out"
    log.write_text("old " * 10)
    with log.open("a") as child:
        limit(log, most_bytes=39)
        child.write("new")

    limit(log, most_bytes=39)

    assert log.read_text() == "new"
    assert (tmp_path / "x.out.1").read_text() == "old " * 10


def test_last_words_are_the_last_lines_since_the_start(tmp_path: Path) -> None:
    log = tmp_path / "x.out"
    log.write_text("before\n")
    since = log.stat().st_size
    with log.open("a") as stream:
        stream.writelines(f"line {number}\n" for number in range(40))

    words = last_words(log, since)

    assert words.splitlines()[1:] == [f"  line {number}" for number in range(25, 40)]
    assert last_words(log, log.stat().st_size) == "\n  (nothing)\n"
