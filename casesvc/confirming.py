"""Confirming an act: a person signs it with his own password or with a one-time code, before the act begins.

A handler of an act that is to be confirmed takes no ``act`` but the state. It looks whether the person may do this at
all, calls :func:`confirm` outside any transaction, then begins the act and puts ``confirmed.means`` among its facts as
``confirmed_by``. Where the act is then refused, its code is used all the same; the next one takes half a minute.
"""

from dataclasses import dataclass

from pydantic import Field, SecretStr

from casesvc import totp
from casesvc.accounts import Account, own_account
from casesvc.acts import now
from casesvc.api.inputs import Given
from casesvc.errors import ConfirmationRefused, PasswordChangeNeeded
from casesvc.installation import Installation, secret_of
from casesvc.logins import of_password, prove, settle
from evidence.act import Actor
from evidence.columns import Labelled


class Means(Labelled):
    """With what a person confirmed: the fact ``confirmed_by`` of the event."""

    PASSWORD = "password", "登录密码"
    TOTP = "totp", "动态口令"


class Confirmation(Given):
    """Base of the requests that confirm: six digits are a one-time code, anything else is the password."""

    proof: SecretStr = Field(
        title="密码或动态口令",
        min_length=1,
        max_length=200,
        description="The own password, or the six digits of a one-time code",
    )


@dataclass(frozen=True)
class Confirmed:
    """That the person confirmed, and with what."""

    means: Means


def confirm(here: Installation, by: Actor, given: Confirmation) -> Confirmed:
    """Prove that ``by`` himself confirms; call it outside any transaction, as hashing is slow. Nothing keeps the proof.

    ConfirmationRefused is counted with the failed logins, LoginPaused after too many of both. TotpNotInForce, TotpUsed
    and TotpUnreadable are no guesses and not counted. PasswordChangeNeeded where somebody else knows the password.
    """
    proof, secret, at = given.proof.get_secret_value(), secret_of(here.settings), now()
    code = totp.code_in(proof)

    def code_holds(account: Account | None) -> bool:
        if account is None or code is None:
            return False
        with here.database.reading() as tx:
            return totp.holds(tx, secret, account.id, code, at)

    with here.database.reading() as tx:
        account = own_account(tx, by)
    if not account.password_set_by_owner:
        raise PasswordChangeNeeded
    proven = prove(here, account.login, by.address, code_holds if code else of_password(proof))
    if proven is None:
        raise ConfirmationRefused
    with here.database.logins() as tx:
        if settle(tx, proven, by.address, at) is None:
            raise ConfirmationRefused
        if code:
            totp.spend(tx, secret, proven.id, code, at)
    return Confirmed(Means.TOTP if code else Means.PASSWORD)
