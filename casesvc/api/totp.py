"""The own one-time codes (动态口令, RFC 6238) with which a person may confirm instead of with his password."""

from typing import Literal

from litestar import Controller, get, post
from litestar.datastructures import State
from litestar.params import JSONBody
from pydantic import AwareDatetime, BaseModel, Field

from casesvc.acts import now
from casesvc.api.described import problems
from casesvc.api.inputs import Given
from casesvc.auth import CaseRequest
from casesvc.database import Looking
from casesvc.enrolling import begin_enrolment, end_enrolment, enrolment_of, put_in_force


class PasswordProofIn(Given):
    password: str = Field(title="登录密码", max_length=200)


class FirstCodeIn(Given):
    code: str = Field(title="动态口令", max_length=40, description="The six digits that the new key gives now")


class TotpOut(BaseModel):
    state: Literal["none", "begun", "in_force"]
    in_force_since: AwareDatetime | None
    until: AwareDatetime | None = Field(description="While begun: when the key is no longer shown and takes no code")
    key: str = Field(description="While begun: the key in base32, to be kept by the person alone")
    uri: str = Field(description="While begun: the otpauth:// address for authenticator apps")


class TotpController(Controller):
    path = "/session/totp"
    tags = ["session"]  # noqa: RUF012 - Litestar reads it as a plain list

    @get(
        summary="How far the own one-time codes are",
        operation_id="ownTotp",
        sync_to_thread=True,
        responses=problems(409),
    )
    def shown(self, request: CaseRequest, tx: Looking, state: State) -> TotpOut:
        found = enrolment_of(tx, state.installation, request.user, now())
        return TotpOut(
            state="in_force" if found.in_force_since else "begun" if found.until else "none",
            in_force_since=found.in_force_since,
            until=found.until,
            key=found.key,
            uri=found.uri,
        )

    @post(
        summary="Begin with a new key; its first code puts it in force",
        operation_id="beginTotp",
        sync_to_thread=True,
        status_code=204,
        responses=problems(409, 422, 429),
    )
    def begin(self, request: CaseRequest, state: State, data: JSONBody[PasswordProofIn]) -> None:
        begin_enrolment(state.installation, request.user, data.password)

    @post(
        "/first-code",
        summary="Put the key that was begun in force",
        operation_id="putTotpInForce",
        sync_to_thread=True,
        status_code=204,
        responses=problems(409, 422),
    )
    def put_in_force(self, request: CaseRequest, state: State, data: JSONBody[FirstCodeIn]) -> None:
        put_in_force(state.installation, request.user, data.code)

    @post(
        "/end",
        summary="End the own one-time codes and forget their key",
        operation_id="endTotp",
        sync_to_thread=True,
        status_code=204,
        responses=problems(409, 422, 429),
    )
    def end(self, request: CaseRequest, state: State, data: JSONBody[PasswordProofIn]) -> None:
        end_enrolment(state.installation, request.user, data.password)
