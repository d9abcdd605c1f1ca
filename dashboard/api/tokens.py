"""Access tokens: short-lived, signed, and bound to a session of the database that can end them at any moment."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

from prepaid.errors.access import TokenExpired, TokenInvalid, TokensOff
from prepaid.language import _
from prepaid.settings import Environment

ISSUER = "prepaid-energy"
AUDIENCE = "prepaid-energy-api"
LEEWAY = timedelta(seconds=5)
LEAST_CHARACTERS = {"HS256": 32, "HS384": 48, "HS512": 64}
"""A secret shorter than its hash can be guessed from one token (RFC 7518, 3.2)."""
MOST_CHARACTERS = 4096
_CLAIMS = ["iss", "aud", "sub", "sid", "iat", "exp", "jti"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says: whose it is, and of which session."""

    user_id: int
    session_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTokens:
    """Makes and reads tokens with one secret and one algorithm; `none` and all others are refused."""

    secret: str
    algorithm: str
    lifetime: timedelta

    def issue(self, user_id: int, session_id: int, now: datetime) -> str:
        return jwt.encode(
            {
                "iss": ISSUER,
                "aud": AUDIENCE,
                "sub": str(user_id),
                "sid": session_id,
                "iat": now,
                "exp": now + self.lifetime,
                "jti": secrets.token_urlsafe(12),
            },
            self.secret,
            algorithm=self.algorithm,
        )

    def read(self, token: str, now: datetime) -> Claims:
        """Raises TokenInvalid or TokenExpired. Its times are held against `now`, not against the library's clock."""
        if len(token) > MOST_CHARACTERS:
            raise TokenInvalid
        try:
            facts = jwt.decode(
                token,
                self.secret,
                algorithms=[self.algorithm],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
            user_id, session_id = int(facts["sub"]), facts["sid"]
            issued_at, ends_at = (datetime.fromtimestamp(facts[name], UTC) for name in ("iat", "exp"))
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, OSError):
            raise TokenInvalid from None
        if type(session_id) is not int or issued_at > now + LEEWAY:
            raise TokenInvalid
        if ends_at + LEEWAY <= now:
            raise TokenExpired
        return Claims(user_id, session_id)


def access_tokens(settings: Environment) -> AccessTokens:
    """The tokens of this machine. Raises TokensOff, which names the setting to mend."""
    least = LEAST_CHARACTERS.get(settings.jwt_algorithm)
    if least is None:
        known = ", ".join(LEAST_CHARACTERS)
        raise TokensOff(name="JWT_ALGORITHM", why=_("the algorithm must be one of {known}").format(known=known))
    if settings.jwt_secret is None:
        raise TokensOff(name="JWT_SECRET", why=_("there is no secret"))
    if len(settings.jwt_secret) < least:
        raise TokensOff(name="JWT_SECRET", why=_("its secret has fewer than {least} characters").format(least=least))
    return AccessTokens(
        secret=settings.jwt_secret,
        algorithm=settings.jwt_algorithm,
        lifetime=timedelta(minutes=settings.jwt_access_token_expire_minutes),
    )
