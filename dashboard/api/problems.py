"""What went wrong, as problem details (RFC 9457): one table from our errors to a status, a type and a title."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from documents.logs import get
from prepaid.errors.access import (
    AccountNeeded,
    CursorInvalid,
    NotAllowed,
    NotFound,
    PasswordMustChange,
    SessionEnded,
    SignInFailed,
    SignInThrottled,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
    TokenReused,
    TokensOff,
    TooManyRequests,
)
from prepaid.errors.base import PrepaidError
from prepaid.errors.ledger import AccountClosed, CurrencyDiffers, KeyReused
from prepaid.errors.moving import SiteNotInUse
from prepaid.errors.numbers import AmountInvalid
from prepaid.errors.requests import RechargeTooLarge, RequestGone, RequestRefused, RequestsFull
from prepaid.errors.start import (
    OF_THE_MACHINE,
    DatabaseBusy,
    DatabaseUnavailable,
    SchemaForeign,
    SchemaMissing,
    SchemaNewer,
    SchemaOld,
    SettingInvalid,
)
from prepaid.language import _, later

MEDIA_TYPE = "application/problem+json"
TYPES = "urn:prepaid-energy:problem:"
CHALLENGE = 'Bearer realm="prepaid-energy"'
RETRY_S = 5
ERRORS_AT_MOST = 20

log = get("dashboard.api")


class Kind(NamedTuple):
    """One type of problem."""

    slug: str
    status: int
    title: str


class Fault(BaseModel):
    """One value of the request that does not fit."""

    model_config = ConfigDict(extra="forbid")

    place: str = Field(description="body, query, path or header", examples=["body"])
    name: str = Field(description="Which value of it; empty: all of it.", examples=["amount"])
    detail: str = Field(description="What is wrong with it.", examples=["String should match pattern ..."])


class Problem(BaseModel):
    """Why a request was not served. `type` is stable; `title` and `detail` are for people."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(examples=[f"{TYPES}not-allowed"])
    title: str = Field(examples=["You may not do this"])
    status: int = Field(ge=400, le=599, examples=[403])
    detail: str = Field(examples=["You may not see or do this. Ask an administrator if you need it."])
    instance: str = Field(description="The path that was asked for.", examples=["/api/admin/events"])
    reference: str | None = Field(default=None, description="Tell it to an administrator, who finds it in the log.")
    errors: list[Fault] | None = Field(default=None, description="Which values do not fit.")


NOT_FOUND = Kind("not-found", 404, later("There is nothing here"))
UNFIT = Kind("request-unfit", 422, later("The request does not fit"))
FAILED = Kind("internal-error", 500, later("Something went wrong on our side"))
KINDS: dict[type[PrepaidError], Kind] = {
    TokenMissing: Kind("token-missing", 401, later("An access token is needed")),
    TokenInvalid: Kind("token-invalid", 401, later("The token is not valid")),
    TokenExpired: Kind("token-expired", 401, later("The access token is over")),
    TokenReused: Kind("token-reused", 401, later("The refresh token was used before")),
    SessionEnded: Kind("session-ended", 401, later("The session has ended")),
    SignInFailed: Kind("sign-in-failed", 401, later("Name or password are not right")),
    SignInThrottled: Kind("sign-in-throttled", 429, later("Too many failed sign-ins")),
    TooManyRequests: Kind("too-many-requests", 429, later("Too many requests")),
    PasswordMustChange: Kind("password-must-change", 403, later("The password must be changed first")),
    NotAllowed: Kind("not-allowed", 403, later("You may not do this")),
    RechargeTooLarge: Kind("recharge-too-large", 403, later("The recharge is too large for you")),
    RequestRefused: Kind("recharge-refused", 409, later("A second person refused the recharge")),
    RequestGone: Kind("recharge-over", 409, later("The recharge was not confirmed in time")),
    RequestsFull: Kind("too-many-waiting", 409, later("Too many recharges wait for a second person")),
    NotFound: NOT_FOUND,
    KeyReused: Kind("key-reused", 409, later("The key was used for another recharge")),
    AccountClosed: Kind("account-closed", 409, later("The account is closed")),
    SiteNotInUse: Kind("site-not-in-use", 409, later("The site is not in use here")),
    AccountNeeded: Kind("account-needed", 409, later("The account must be named")),
    CurrencyDiffers: Kind("currency-differs", 409, later("The account has another currency")),
    AmountInvalid: Kind("amount-invalid", 422, later("The amount is not valid")),
    CursorInvalid: Kind("cursor-invalid", 422, later("The cursor is not valid")),
    TokensOff: Kind("tokens-off", 503, later("The REST API is not set up")),
    DatabaseBusy: Kind("database-busy", 503, later("The database is busy")),
    DatabaseUnavailable: Kind("database-unavailable", 503, later("The database does not answer")),
    SchemaMissing: Kind("database-not-ready", 503, later("The database is not ready")),
    SchemaOld: Kind("database-not-ready", 503, later("The database is not ready")),
    SchemaNewer: Kind("database-not-ready", 503, later("The database is not ready")),
    SchemaForeign: Kind("database-not-ready", 503, later("The database is not ready")),
    SettingInvalid: Kind("setting-invalid", 503, later("A setting is not valid")),
    PrepaidError: Kind("refused", 409, later("This was refused")),
}
OF_STATUS = {
    400: Kind("request-unreadable", 400, later("The request cannot be read")),
    404: NOT_FOUND,
    405: Kind("method-not-allowed", 405, later("This method is not served here")),
    413: Kind("body-too-large", 413, later("The body is too large")),
    415: Kind("media-type", 415, later("The body must be JSON")),
}
DETAILS = {
    400: later("The body of the request could not be read. Send JSON in UTF-8."),
    404: later("There is nothing at this address. All of them are described at /docs."),
    405: later("This address does not serve that method. The header Allow names those it serves."),
    413: later("The body may have at most 64 KiB. Send less."),
    415: later('The body must be JSON. Send it with the header "Content-Type: application/json".'),
}
UNPRINTABLE = later("The address has characters that cannot be printed, such as a line break. Leave them out.")
ON_OUR_SIDE = later(
    "This is our fault, not yours. Try again later; an administrator finds the reason by the reference."
)


def kind_of(error: PrepaidError) -> Kind:
    """The row of the table for the error's class, or for the nearest class above it."""
    return next(KINDS[each] for each in type(error).__mro__ if each in KINDS)


async def refused(request: Request, error: Exception) -> JSONResponse:
    """An error of ours: its sentence is the detail, unless it names things of the machine."""
    assert isinstance(error, PrepaidError), "registered for these"
    kind = kind_of(error)
    if isinstance(error, OF_THE_MACHINE):
        number = reference()
        log.warning("api.unavailable", reference=number, path=request.url.path, why=str(error))
        return problem(request.scope, kind, _(ON_OUR_SIDE), {"Retry-After": str(RETRY_S)}, number=number)
    return problem(request.scope, kind, str(error), _headers(kind, error))


async def unfit(request: Request, error: Exception) -> JSONResponse:
    """A request whose values do not fit their description. What was sent is not sent back."""
    assert isinstance(error, RequestValidationError), "registered for these"
    if not _says_json(request) and any(each["loc"] == ("body",) for each in error.errors()):
        return problem(request.scope, OF_STATUS[415], _(DETAILS[415]))
    faults = [_fault(each) for each in error.errors()[:ERRORS_AT_MOST]]
    named = ", ".join(dict.fromkeys(f"{each.place} {each.name}".strip() for each in faults))
    detail = _("These values do not fit: {named}. The description at /docs says what does.").format(named=named)
    return problem(request.scope, UNFIT, detail, faults=faults)


async def not_served(request: Request, error: Exception) -> JSONResponse:
    """What the framework itself refuses: no such address, another method, an unreadable body."""
    assert isinstance(error, HTTPException), "registered for these"
    kind = OF_STATUS.get(error.status_code)
    if kind is None:
        kind, detail = Kind("refused", error.status_code, later("This was refused")), error.detail
    else:
        detail = _(DETAILS[error.status_code])
    return problem(request.scope, kind, detail, error.headers)


def unprintable(scope: Mapping[str, Any]) -> JSONResponse:
    """The answer to an address with a line break or the like, which reaches no route."""
    return problem(scope, OF_STATUS[400], _(UNPRINTABLE), {"Cache-Control": "no-store"})


def failed(scope: Mapping[str, Any]) -> tuple[str, JSONResponse]:
    """An error nobody foresaw: the reference under which it is logged, and the answer, which tells nothing else."""
    number = reference()
    return number, problem(scope, FAILED, _(ON_OUR_SIDE), number=number)


def problem(
    scope: Mapping[str, Any],
    kind: Kind,
    detail: str,
    headers: Mapping[str, str] | None = None,
    *,
    faults: Sequence[Fault] | None = None,
    number: str | None = None,
) -> JSONResponse:
    """The answer with a problem as its body."""
    body = Problem(
        type=f"{TYPES}{kind.slug}",
        title=_(kind.title),
        status=kind.status,
        detail=detail,
        instance=scope["path"],
        reference=number,
        errors=None if faults is None else list(faults),
    )
    return JSONResponse(
        body.model_dump(exclude_none=True), kind.status, media_type=MEDIA_TYPE, headers=dict(headers or {})
    )


def reference() -> str:
    """A number to find one failure in the log by."""
    return secrets.token_hex(5)


def _headers(kind: Kind, error: PrepaidError) -> dict[str, str]:
    if kind.status == 401:
        about_token = isinstance(error, TokenInvalid | TokenExpired | SessionEnded)
        return {"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"' if about_token else CHALLENGE}
    if kind.status == 429:
        return {"Retry-After": str(error.fields["wait_s"])}
    return {}


def _says_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _fault(error: Mapping[str, Any]) -> Fault:
    place, *names = (str(part) for part in error["loc"])
    return Fault(place=place, name=".".join(names), detail=error["msg"])
