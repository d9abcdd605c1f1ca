"""GET /api/admin/users and POST /api/admin/users/{user_id}/recharge: who there is, and credit for them."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse

from dashboard.api.callers import needs
from dashboard.api.fields import CURRENCY, POSITIVE_AMOUNT, PRINTABLE, Answer, Asked, AskedInQuery, Instant, Money
from dashboard.api.given import TheAddress, TheDatabase
from dashboard.api.limiter import RECHARGES, allow
from dashboard.api.openapi import problems_of
from dashboard.api.paging import DEFAULT_ROWS, Cursor, Limit, Next, pack, unpack
from prepaid.access import Right
from prepaid.language import _, later
from prepaid.records import Role, Stage
from prepaid.units import to_amount
from sql.questions.users import UserRow, account_to_sell_to, users_page
from sql.requests import Waiting
from sql.selling import Counter, Sale, sell
from sql.sessions import SignedIn

router = APIRouter(prefix="/admin/users", tags=["Staff"])
WAITS = later(
    "Nothing is booked yet: this is more than one person may sell alone. Ask another user who sells at the site to "
    "confirm it on the page Recharge, then send the same request with the same key again."
)


class UsersAsked(AskedInQuery):
    limit: Limit = DEFAULT_ROWS
    cursor: Cursor | None = None


class Account(Answer):
    """An account of the user's tenant."""

    account_id: int = Field(examples=[7])
    number: str = Field(examples=["A-0007"])
    currency: str = Field(examples=["IQD"])
    stage: Stage
    balance: Money = Field(description="What the ledger says.")
    live_balance: Money = Field(description="The balance less what was consumed since the last charge.")


class User(Answer):
    """A login. Staff have no tenant and no accounts."""

    user_id: int = Field(examples=[12])
    user_name: str = Field(examples=["babylon.books"])
    display_name: str = Field(examples=["Babylon Books"])
    role: Role
    site_id: int | None = Field(description="Null: all sites.", examples=[1])
    tenant_id: int | None = Field(examples=[7])
    tenant_name: str | None = Field(examples=["Babylon Books"])
    unit: str | None = Field(examples=["G-02"])
    locked: bool
    accounts: list[Account]


class Users(Answer):
    """Users in the order of their numbers."""

    items: list[User] = Field(max_length=200)
    next: Next


class RechargeAsked(Asked):
    """Credit for a tenant. `paid_...` say what was handed over for it, where that differs."""

    amount: str = Field(
        pattern=POSITIVE_AMOUNT,
        description="More than 0, at most 9 999 999 999.9999999, exact.",
        examples=["25000"],
    )
    currency: str = Field(pattern=CURRENCY, description="The currency of the account.", examples=["IQD"])
    account: str | None = Field(
        default=None,
        pattern=r"^[\x21-\x7e]{1,24}$",
        description="The number of the account; needed only where the tenant has several.",
        examples=["A-0007"],
    )
    reference: str | None = Field(
        default=None, pattern=PRINTABLE, max_length=120, description="Of the payment.", examples=["INV-2026-00017"]
    )
    paid_amount: str | None = Field(default=None, pattern=POSITIVE_AMOUNT, examples=["19.5"])
    paid_currency: str | None = Field(default=None, pattern=CURRENCY, examples=["USD"])
    paid_by: str | None = Field(default=None, pattern=r"^[a-z0-9_-]{1,24}$", examples=["cash"])


class RechargeReceipt(Answer):
    """What was booked."""

    state: Literal["booked"] = "booked"

    account_id: int = Field(examples=[7])
    account: str = Field(description="The number of the account.", examples=["A-0007"])
    entry_no: int = Field(description="The number of the entry in the account's ledger.", examples=[1042])
    amount: Money
    currency: str = Field(examples=["IQD"])
    balance_after: Money
    posted_at: Instant
    repeated: bool = Field(description="True: this key had been booked before; nothing was added now.")
    sold_by: str | None = Field(description="The name of the user who asked for it.", examples=["Sara"])
    confirmed_by: str | None = Field(description="The second person, where it needed one.", examples=["Omar"])


class RechargeWaiting(Answer):
    """What is not booked yet: it is too large for one person, and waits until another one confirms it."""

    state: Literal["waiting"] = "waiting"
    request_id: int = Field(examples=[17])
    account_id: int = Field(examples=[7])
    account: str = Field(description="The number of the account.", examples=["A-0007"])
    amount: Money
    currency: str = Field(examples=["IQD"])
    asked_at: Instant
    expires_at: Instant = Field(description="Afterwards nobody can confirm it any more.")
    repeated: bool = Field(description="True: it had been asked for before under this key.")
    detail: str = Field(description="What to do now.", examples=["Nothing is booked yet. ..."])


@router.get("", responses=problems_of(401, 403, 422, 429, 503), summary="Users with their accounts and balances")
def list_users(
    caller: Annotated[SignedIn, Depends(needs(Right.SEE_BALANCES))],
    database: TheDatabase,
    asked: Annotated[UsersAsked, Query()],
) -> Users:
    """For admin, manager and cashier. A cashier is shown tenants only."""
    behind = None if asked.cursor is None else unpack(asked.cursor, int)[0]
    with database.reading() as conn:
        page = users_page(conn, caller.viewer, behind, asked.limit)
    return Users(
        items=[_user(row) for row in page.users],
        next=None if page.next is None else pack(page.next),
    )


@router.post(
    "/{user_id}/recharge",
    response_model=RechargeReceipt,
    responses={
        **problems_of(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
        202: {"model": RechargeWaiting, "description": "Not booked yet: it waits for a second person"},
    },
    summary="Sell a recharge to a tenant's user",
)
def recharge(
    caller: Annotated[SignedIn, Depends(needs(Right.SELL))],
    request: Request,
    database: TheDatabase,
    address: TheAddress,
    user_id: Annotated[int, Path(ge=1, lt=2**53, examples=[12])],
    body: RechargeAsked,
    idempotency_key: Annotated[
        str,
        Header(
            pattern=r"^[A-Za-z0-9_.:-]{8,80}$",
            description="New for every sale, the same for every repetition of it.",
            examples=["5f0c4a2e-9a3d-4c41-8d0e-0d6e4f0f8f11"],
        ),
    ],
) -> RechargeReceipt | JSONResponse:
    """For admin and cashier. Booked once per caller and key, however often it is sent.

    Above what one person may sell alone at the site the answer is 202, and nothing is booked yet: another user who
    sells there confirms or refuses it in the browser, on the page Recharge, within a day. Send the same request with
    the same key again to learn what became of it: 202 while it waits, 200 with the receipt once it is confirmed, 409
    (`recharge-refused`, `recharge-over`) when it never will be.
    """
    allow(database, request.scope, RECHARGES, "recharges", str(caller.session_id))
    with database.reading() as conn:
        account = account_to_sell_to(conn, caller.viewer, user_id, body.account)
    booked = sell(
        database,
        replace(caller, address=address),
        Counter.API,
        Sale(
            account_id=account.account_id,
            amount=to_amount(body.amount),
            currency=body.currency,
            key=idempotency_key,
            paid_amount=None if body.paid_amount is None else to_amount(body.paid_amount),
            paid_currency=body.paid_currency,
            paid_by=body.paid_by,
            reference=body.reference,
        ),
    )
    if isinstance(booked, Waiting):
        return JSONResponse(_waiting(booked, account.number).model_dump(mode="json"), 202)
    return RechargeReceipt(
        account_id=booked.account_id,
        account=account.number,
        entry_no=booked.entry_no,
        amount=booked.amount,
        currency=booked.currency,
        balance_after=booked.balance_after,
        posted_at=booked.posted_at,
        repeated=booked.repeated,
        sold_by=booked.sold_by,
        confirmed_by=booked.confirmed_by,
    )


def _waiting(waiting: Waiting, number: str) -> RechargeWaiting:
    return RechargeWaiting(
        request_id=waiting.request_id,
        account_id=waiting.account_id,
        account=number,
        amount=waiting.amount,
        currency=waiting.currency,
        asked_at=waiting.asked_at,
        expires_at=waiting.expires_at,
        repeated=waiting.repeated,
        detail=_(WAITS),
    )


def _user(row: UserRow) -> User:
    return User(
        user_id=row.user_id,
        user_name=row.user_name,
        display_name=row.display_name,
        role=row.role,
        site_id=row.site_id,
        tenant_id=row.tenant_id,
        tenant_name=row.tenant_name,
        unit=row.unit,
        locked=row.locked_at is not None,
        accounts=[
            Account(
                account_id=line.account_id,
                number=line.number,
                currency=line.currency,
                stage=line.stage,
                balance=line.balance,
                live_balance=line.live,
            )
            for line in row.accounts
        ],
    )
