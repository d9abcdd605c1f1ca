"""Who may not, who is not signed in, and what is not there."""

from prepaid.errors.base import PrepaidError


class NotFound(PrepaidError):
    """There is no {what} "{name}". Check the spelling, or choose one from the list."""


class PasswordUnfit(PrepaidError):
    """A password has 1 to {most} characters. Choose another one."""


class PasswordWeak(PrepaidError):
    """This password is easily guessed: {why}. Choose another one of at least {least} characters."""


class PasswordWrong(PrepaidError):
    """The present password is not right. Nothing was changed. Enter it again."""


class PasswordsDiffer(PrepaidError):
    """The two new passwords differ. Nothing was changed. Type the same one twice."""


class PasswordMustChange(PrepaidError):
    """The password you were given works once. Choose your own password first."""


class SignInFailed(PrepaidError):
    """The user name or the password is not right. Check both and try again."""


class SignInThrottled(PrepaidError):
    """Too many failed sign-ins. Wait {wait_s} seconds and try again."""


class SessionEnded(PrepaidError):
    """Your session has ended. Sign in again."""


class TokenMissing(PrepaidError):
    """This needs an access token. Get one at /api/auth/login and send it as "Authorization: Bearer TOKEN"."""


class TokenInvalid(PrepaidError):
    """This token is not valid here. Sign in at /api/auth/login for a new one."""


class TokenExpired(PrepaidError):
    """This access token is over. Exchange the refresh token at /api/auth/refresh for a new one."""


class TokenReused(PrepaidError):
    """This refresh token was used before, so the session was ended for safety. Sign in again at /api/auth/login,
    and keep only the newest refresh token."""


class TokensOff(PrepaidError):
    """The REST API cannot sign tokens: {why}. Set {name} in .env or in the environment and start again."""


class TooManyRequests(PrepaidError):
    """Too many requests: {most} are allowed. Wait {wait_s} seconds and try again."""


class CursorInvalid(PrepaidError):
    """This cursor is not one that this list gave. Send the "next" of the page before, or none to begin anew."""


class AccountNeeded(PrepaidError):
    """This tenant has several accounts ({numbers}). Nothing was booked. Name one of them in "account"."""


class NotAllowed(PrepaidError):
    """You may not see or do this. Ask an administrator if you need it."""


class UserNameTaken(PrepaidError):
    """There is already a user "{name}". Choose another user name."""


class RoleFixed(PrepaidError):
    """A user of a tenant stays one, and staff stay staff. Make a new user instead of changing "{name}"."""


class LastAdmin(PrepaidError):
    """ "{name}" is the last administrator who can sign in. Make another user an administrator first."""
