"""Settings: names of .env.example in, checked settings out; what is wrong is named with its reason."""

from dataclasses import fields
from decimal import Decimal

import pytest

from prepaid.archive import LARGE_KEPT_DAYS, USUAL_KEPT_DAYS
from prepaid.errors.start import SettingInvalid
from prepaid.settings import SiteSettings, SmtpSecurity, environment, site_settings

# --- the environment ----------------------------------------------------------------------------------------------


def test_an_empty_environment_is_a_working_one() -> None:
    found = environment({})

    assert found.database_url == "sqlite:///data/prepaid.db"
    assert (found.smtp.server, found.smtp.port, found.smtp.security) == (None, 587, SmtpSecurity.STARTTLS)
    assert found.jwt_secret is None


def test_readings_wait_beside_the_database_unless_another_place_is_named() -> None:
    usual = environment({}).spooling
    own = environment({"SPOOL_FOLDER": "/mnt/other", "SPOOL_MEGABYTES": "1000"}).spooling

    assert (usual.folder, usual.most_megabytes) == ("data/spool", 256)
    assert (own.folder, own.most_megabytes) == ("/mnt/other", 1000)


@pytest.mark.parametrize("value", ["15", "100001", "many", "-20"])
def test_a_spool_too_small_or_too_large_is_refused(value: str) -> None:
    with pytest.raises(SettingInvalid, match="SPOOL_MEGABYTES"):
        environment({"SPOOL_MEGABYTES": value})


def test_blanks_count_as_not_set() -> None:
    assert environment({"SMTP_SERVER": "  ", "SMTP_PORT": "", "JWT_SECRET": None}) == environment({})


def test_a_database_url_goes_before_the_names_of_a_server() -> None:
    found = environment({"DATABASE_URL": "sqlite:///here.db", "DB_SERVER": "db1", "DB_NAME": "energy"})

    assert found.database_url == "sqlite:///here.db"


def test_a_server_with_name_and_login_becomes_an_url_with_everything_quoted() -> None:
    found = environment(
        {
            "DB_SERVER": "db1,1433",
            "DB_NAME": "pre paid",
            "DB_USER": "svc@site",
            "DB_PASSWORD": "p@ss/w:rd",
            "DB_DRIVER": "ODBC Driver 17 for SQL Server",
            "DB_TRUST_CERTIFICATE": "yes",
        }
    )

    assert found.database_url == (
        "mssql+pyodbc://svc%40site:p%40ss%2Fw%3Ard@db1,1433/pre+paid"
        "?driver=ODBC+Driver+17+for+SQL+Server&TrustServerCertificate=yes"
    )


def test_a_server_without_login_uses_the_account_of_the_service() -> None:
    found = environment({"DB_SERVER": "db1", "DB_NAME": "energy"})

    assert found.database_url == (
        "mssql+pyodbc://db1/energy?driver=ODBC+Driver+18+for+SQL+Server&Trusted_Connection=yes"
    )


def test_a_server_without_a_database_name_is_refused() -> None:
    with pytest.raises(SettingInvalid, match="DB_NAME"):
        environment({"DB_SERVER": "db1"})


@pytest.mark.parametrize("value", ["0", "65536", "-1", "25.5", "mail", "٢٥", " 5x"])
def test_a_port_out_of_range_is_refused_by_name(value: str) -> None:
    with pytest.raises(SettingInvalid, match="SMTP_PORT"):
        environment({"SMTP_PORT": value})


def test_the_protection_of_mail_is_one_of_three() -> None:
    assert environment({"SMTP_SECURITY": "TLS"}).smtp.security is SmtpSecurity.TLS
    with pytest.raises(SettingInvalid, match="none, starttls, tls"):
        environment({"SMTP_SECURITY": "ssl"})


def test_the_sender_is_the_user_of_the_mail_server_where_none_is_named() -> None:
    assert environment({"SMTP_USERNAME": "energy@mall.example"}).smtp.sender == "energy@mall.example"
    assert environment({"SMTP_USERNAME": "a@b.c", "SMTP_SENDER": "x@y.z"}).smtp.sender == "x@y.z"


def test_secrets_do_not_appear_when_settings_are_printed() -> None:
    found = environment(
        {"DB_SERVER": "d", "DB_NAME": "n", "DB_USER": "u", "DB_PASSWORD": "s3cret", "JWT_SECRET": "s3cret"}
    )
    mail = environment({"SMTP_PASSWORD": "s3cret", "JWT_SECRET": "s3cret"})

    assert "s3cret" not in repr(found) + repr(mail)


# --- the site -----------------------------------------------------------------------------------------------------


def test_a_site_without_rows_runs_on_the_defaults_of_the_design() -> None:
    found = site_settings({})

    assert found == SiteSettings()
    hours_and_days = [found.hold_protects_h, found.low_days, found.critical_days]
    seconds = [found.history_interval_s, found.stale_after_s, found.promised_cut_s, found.promised_restore_s]
    assert hours_and_days == [Decimal(24), Decimal(3), Decimal(1)]
    assert found.raw_kept_days is None
    assert [USUAL_KEPT_DAYS, LARGE_KEPT_DAYS] == [14, 90]
    assert seconds == [Decimal(60), Decimal(60), Decimal(10), Decimal(60)]
    assert [found.lease_s, found.lease_renew_s] == [Decimal(10), Decimal(3)]


def test_how_much_one_person_may_sell_alone_is_not_bounded_unless_it_is_set() -> None:
    assert site_settings({}).largest_recharge_alone is None
    assert site_settings({"largest_recharge_alone": "250000"}).largest_recharge_alone == Decimal(250_000)


def test_a_row_replaces_the_default() -> None:
    assert site_settings({"low_days": "5.5"}).low_days == Decimal("5.5")


@pytest.mark.parametrize("each", fields(SiteSettings), ids=lambda each: each.name)
def test_every_setting_has_bounds_that_hold_its_default(each: object) -> None:
    field = next(found for found in fields(SiteSettings) if found is each)
    least, most = field.metadata["least"], field.metadata["most"]

    assert field.default is None or least <= field.default <= most
    assert getattr(site_settings({field.name: str(least)}), field.name) == least
    assert getattr(site_settings({field.name: str(most)}), field.name) == most
    for outside in (least - Decimal("0.001"), most + Decimal("0.001"), "NaN", "Infinity", "", "five"):
        with pytest.raises(SettingInvalid, match=field.name):
            site_settings({field.name: str(outside)})


def test_an_unknown_setting_is_refused_by_name() -> None:
    with pytest.raises(SettingInvalid, match="low_dayz"):
        site_settings({"low_dayz": "3"})
