"""Each look of the doctor: what is good, what is not, and that the sentence says what to do."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from enforcer.doctor.clocks import apart, kept_right, of_timedatectl, of_w32tm
from enforcer.doctor.engine import Mount, behind, drive, engine, growth
from enforcer.doctor.finding import NAMED_AT_MOST, named
from enforcer.doctor.machine import disk, enforcer_page, logs, open_files
from enforcer.doctor.settings import dashboard_port, names, rights, secret
from enforcer.doctor.site import heartbeat, holder
from enforcer.health import HealthServer, health_page
from prepaid.storage import Size, Storage
from sql.engines import EngineFacts
from sql.leases import Lease

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
EXPRESS = EngineFacts(
    engine="SQL Server 16.0 Express Edition",
    new_enough=True,
    needed="SQL Server 2019 (15)",
    size_bytes=9 << 30,
    limit_bytes=10 << 30,
    reads_freely=False,
    compares_exactly=False,
    collation="SQL_Latin1_General_CP1_CI_AS",
)


def _size(free_mb: int) -> Size:
    free_bytes = free_mb * 1_000_000
    return Size(
        measured_at=NOW, used_bytes=100_000_000, file_bytes=100_000_000, free_bytes=free_bytes, limit_bytes=None
    )


def test_settings_are_named_but_their_values_are_not() -> None:
    (set_names,) = names({"SMTP_PASSWORD": "geheim", "SMTP_SERVER": ""}, {"SMTP_PASSWORD", "SMTP_SERVER"})

    assert set_names.good
    assert "SMTP_PASSWORD" in set_names.sentence
    assert "SMTP_SERVER" not in set_names.sentence
    assert "geheim" not in set_names.sentence


def test_a_misspelt_name_is_told_with_the_right_one() -> None:
    _set, found, other = names(
        {"SMPT_SERVER": "x", "STREAMLIT_SERVER_PORT": "1", "ZZZ": "1"}, {"SMTP_SERVER", "DB_NAME"}
    )

    assert not found.good
    assert found.sentence == "Nothing reads SMPT_SERVER in .env. Did you mean SMTP_SERVER?"
    assert other.sentence == "Nothing reads ZZZ in .env. Remove it."


@pytest.mark.parametrize(("mode", "good"), [(0o600, True), (0o400, True), (0o640, False), (0o604, False)])
def test_secrets_are_for_their_owner_only(mode: int, good: bool) -> None:
    finding = rights(Path("/opt/.env"), mode)

    assert finding.good is good
    assert good or "chmod 600 /opt/.env" in finding.sentence


@pytest.mark.parametrize(("value", "good"), [(None, False), ("short", False), ("x" * 32, True)])
def test_a_secret_is_long_enough(value: str | None, good: bool) -> None:
    assert secret(value).good is good


@pytest.mark.parametrize(
    ("environ", "text", "port"), [({}, "", 8000), ({}, "8443", 8443), ({"STREAMLIT_SERVER_PORT": "8001"}, "8443", 8001)]
)
def test_the_dashboard_is_looked_for_where_it_is_served(
    environ: dict[str, str], text: str, port: int, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(f"STREAMLIT_SERVER_PORT={text}\n", encoding="utf-8")

    assert dashboard_port(tmp_path / ".env", environ) == port


def test_a_disk_with_less_than_a_gigabyte_is_told() -> None:
    assert disk(Path("/"), 2 << 30).good
    assert not disk(Path("/"), 900_000_000).good


def test_a_log_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    assert logs(tmp_path / "logs").good
    assert "LOG_FOLDER" in logs(tmp_path / "file").sentence
    assert not logs(tmp_path / "file").good
    assert not list((tmp_path / "logs").iterdir())


@pytest.mark.parametrize(("limit", "analyzers", "good"), [(1024, 800, True), (1024, 900, False), (256, 33, True)])
def test_open_files_are_counted_against_the_analyzers(limit: int, analyzers: int, good: bool) -> None:
    (finding,) = open_files(limit, analyzers)

    assert finding.good is good
    assert not list(open_files(None, analyzers))


def test_a_port_that_another_program_has_is_told_apart_from_an_enforcer_that_does_not_run() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        taken.close()
        free = enforcer_page(port)
    other = HealthServer(0, {})
    other.start()
    enforcer = HealthServer(0, {"/health": health_page(lambda: {"state": "stuck"})})
    enforcer.start()
    try:
        taken_by_another, stuck = enforcer_page(other.port), enforcer_page(enforcer.port)
    finally:
        other.stop()
        enforcer.stop()

    assert "No enforcer answers" in free.sentence
    assert "HEALTH_PORT" in taken_by_another.sentence
    assert '"stuck"' in stuck.sentence
    assert not any(each.good for each in (free, taken_by_another, stuck))


def test_the_bound_of_an_edition_waiting_readers_and_blurred_texts_are_told() -> None:
    version, bound, reading, comparing = engine(EXPRESS)

    assert version.good
    assert not bound.good
    assert "9663 MB of the 10737 MB" in bound.sentence
    assert not reading.good
    assert "READ_COMMITTED_SNAPSHOT ON" in reading.sentence
    assert not comparing.good
    assert "SQL_Latin1_General_CP1_CI_AS" in comparing.sentence
    assert "docs/migration.md" in comparing.sentence


@pytest.mark.parametrize(("free_mb", "days", "good"), [(1000, 100, True), (100, 10, False)])
def test_space_lasts_as_long_as_the_growth_of_the_last_days_lets_it(free_mb: int, days: int, good: bool) -> None:
    (finding,) = growth(Storage(size=_size(free_mb), growth_bytes=10e6))

    assert finding.good is good
    assert f"lasts for {days} more days" in finding.sentence


@pytest.mark.parametrize("storage", [None, Storage(size=_size(1000), growth_bytes=None)])
def test_of_a_young_database_no_growth_is_known(storage: Storage | None) -> None:
    assert not list(growth(storage))


@pytest.mark.parametrize(
    ("kind", "options", "good"),
    [("ext4", "rw", True), ("nfs4", "rw", False), ("fuse.sshfs", "rw", False), ("NTFS", "rw,remote", False)],
)
def test_a_file_on_a_network_drive_is_told(kind: str, options: str, good: bool) -> None:
    mounts = [Mount("/", "ext4"), Mount("/srv", kind, options)]

    (finding,) = drive(PurePosixPath("/srv/energy/prepaid.db"), mounts)

    assert finding.good is good


def test_a_share_of_windows_is_a_network_drive_and_an_unknown_place_is_not_judged() -> None:
    (share,) = drive(PureWindowsPath(r"\\server\share\prepaid.db"), [])

    assert not share.good
    assert not list(drive(PurePosixPath("/srv/prepaid.db"), []))


def test_the_innermost_mount_holds_the_file() -> None:
    mounts = [Mount("/srv/energy", "nfs"), Mount("/", "ext4"), Mount("/srv/energy-old", "ext4")]

    assert behind(PurePosixPath("/srv/energy/prepaid.db"), mounts) == mounts[0]
    assert behind(PurePosixPath("/var/prepaid.db"), mounts) == mounts[1]


@pytest.mark.parametrize(("said", "known"), [("yes\n", True), ("no\n", False), ("", None)])
def test_linux_says_whether_a_time_server_sets_the_clock(said: str, known: bool | None) -> None:
    assert of_timedatectl(said) is known


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("Leap Indicator: 0(no warning)\nStratum: 3", True),
        ("Sprungindikator: 3(nicht synchronisiert)\n", False),
        ("The service has not been started.", None),
    ],
)
def test_windows_says_it_in_any_language(said: str, known: bool | None) -> None:
    assert of_w32tm(said) is known


def test_clocks_are_judged_at_the_bound_of_the_passes() -> None:
    assert apart(timedelta(seconds=30)).good
    assert not apart(timedelta(seconds=30.001)).good
    assert [finding.good for finding in kept_right(False)] == [False]
    assert not list(kept_right(None))


@pytest.mark.parametrize(("age_s", "good"), [(60, True), (61, False), (None, False)])
def test_a_heartbeat_grows_old(age_s: float | None, good: bool) -> None:
    beat_at = None if age_s is None else NOW - timedelta(seconds=age_s)

    assert heartbeat("Mall", beat_at, NOW, 60).good is good


def test_the_holder_of_a_lease_is_named_and_one_that_is_gone_too() -> None:
    (held,) = holder("Mall", _lease("host:1", 8), NOW)
    (gone,) = holder("Mall", _lease("host:1", -20), NOW)

    assert (held.good, gone.good) == (True, False)
    assert "host:1 holds the lease of Mall for 8 more seconds" in held.sentence
    assert "ran out 20 s ago" in gone.sentence
    assert not list(holder("Mall", _lease("", 0), NOW))
    assert not list(holder("Mall", None, NOW))


def test_lists_of_names_are_bounded() -> None:
    said = named([str(number) for number in range(NAMED_AT_MOST + 5)])

    assert said.endswith("9 and 5 more")


def _lease(who: str, left_s: float) -> Lease:
    return Lease(site_id=1, holder=who, token=1, ends_at=NOW + timedelta(seconds=left_s))
