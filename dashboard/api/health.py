"""GET /api/health: whether this process and its database work, and whether every site is watched."""

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from dashboard.api.fields import Answer
from dashboard.api.given import TheDatabase
from dashboard.api.openapi import problems_of
from sql import schema
from sql.questions.heartbeats import pulses

router = APIRouter(tags=["Health"])


class SitePulse(Answer):
    """How old the enforcer's last sign of life is."""

    site_id: int = Field(examples=[1])
    heartbeat_age_s: float | None = Field(description="Null: there was none yet.", examples=[2.4])
    alive: bool = Field(description="Whether it is younger than the site's limit.")


class Health(Answer):
    """`state` is ok when this answer comes at all: otherwise the answer is a problem with status 503."""

    state: Literal["ok"]
    database: Literal["ok"]
    schema_version: str = Field(description="The version of the database's schema.", examples=["0002"])
    enforcers: list[SitePulse] = Field(description="One of each site that is not retired.", max_length=200)


@router.get("/health", responses=problems_of(503), summary="Health of this process, the database and the enforcers")
def health(database: TheDatabase) -> Health:
    """Needs no token. A silent enforcer does not make this process unwell: look at `enforcers`."""
    found = schema.version(database).found
    with database.reading() as conn:
        of_sites = pulses(conn, database.now(conn))
    return Health(
        state="ok",
        database="ok",
        schema_version=found or "",
        enforcers=[
            SitePulse(
                site_id=pulse.site_id,
                heartbeat_age_s=None if pulse.age_s is None else round(pulse.age_s, 1),
                alive=pulse.alive,
            )
            for pulse in of_sites
        ],
    )
