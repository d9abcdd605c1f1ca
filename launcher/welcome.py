"""What a person who has just started the product needs: where it is, and how to get in."""

from collections.abc import Iterator

from launcher.plan import Content, Plan
from prepaid.language import _
from sql.demo.sign_ins import SIGN_INS


def welcome(plan: Plan, content: Content) -> Iterator[str]:
    """The address of the dashboard and who may sign in; passwords only where they are those of the demo."""
    yield _("Open http://localhost:{port} in a browser").format(port=plan.dashboard_port)
    if content is Content.DEMO:
        yield _("Sign in to the demo site as:")
        for each in SIGN_INS:
            yield f"    {each.user_name:<20}{each.password:<14}{_(each.what)}"
    else:
        yield _("The first sign-in is admin with Admin123! and asks for a password of your own.")
