"""/docs and /redoc: every file they need is served by the product, under a policy without inline scripts."""

import re

import pytest

from dashboard.api.documentation import ASSETS, LOGO
from tests.dashboard.api.calls import Calls


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_page_asks_nothing_of_other_hosts_and_all_it_asks_for_is_there(calls: Calls, path: str) -> None:
    page = calls.client.get(path)

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    wanted = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(wanted) >= 3
    assert all(address.startswith(f"{ASSETS}/") for address in wanted)
    assert "://" not in page.text
    for address in wanted:
        assert calls.client.get(address).status_code == 200, address
    scripts = "".join(calls.client.get(address).text for address in wanted if address.endswith(".js"))
    assert LOGO not in scripts
    assert '"/api/openapi.json"' in scripts


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_scripts_may_only_come_from_files_of_the_product(calls: Calls, path: str) -> None:
    page = calls.client.get(path)
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))

    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert policy["default-src"] == "'none'"
    assert not [whole for whole in policy.values() if "http" in whole or "*" in whole]
    assert re.findall(r"<script(?! src=)", page.text) == []


def test_only_files_of_the_list_are_served(calls: Calls) -> None:
    for name in ("..%2Fcore.py", "core.py", "__init__.py", "swagger-ui-bundle.js.map", ""):
        assert calls.client.get(f"{ASSETS}/{name}").status_code == 404


def test_the_description_is_whole(calls: Calls) -> None:
    described = calls.get("/api/openapi.json", None).json()

    assert described["servers"] == [{"url": "/api"}]
    assert "HTTPValidationError" not in described["components"]["schemas"]
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert operation["summary"] and operation["description"], path
            failures = {status for status in operation["responses"] if status >= "400"}
            kinds = {kind for status in failures for kind in operation["responses"][status]["content"]}
            assert kinds == {"application/problem+json"}, path
    for name, schema in described["components"]["schemas"].items():
        assert schema.get("description") or "enum" in schema, name
