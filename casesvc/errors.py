"""Refusals of the service itself: logins, permissions, reads without a reason."""


class ServiceError(Exception):
    """Root of this package's refusals."""


class LoginRefused(ServiceError):
    """Login or password wrong; which of the two is not told."""

    def __init__(self, login: str) -> None:
        super().__init__(f"login {login!r} refused")
        self.login = login


class AccountLocked(ServiceError):
    def __init__(self, login: str, minutes: int) -> None:
        super().__init__(f"login {login!r} locked for {minutes} min")
        self.login = login
        self.minutes = minutes


class LoginTaken(ServiceError):
    def __init__(self, login: str) -> None:
        super().__init__(f"login {login!r} taken")
        self.login = login


class PasswordWeak(ServiceError):
    def __init__(self, shortest: int) -> None:
        super().__init__(f"password shorter than {shortest} or of one kind of character")
        self.shortest = shortest


class NotLoggedIn(ServiceError):
    def __init__(self) -> None:
        super().__init__("no session")


class NotPermitted(ServiceError):
    def __init__(self, permission: str, roles: str) -> None:
        super().__init__(f"not permitted: {permission}")
        self.permission = permission
        self.roles = roles


class OutsideUnit(ServiceError):
    """The case may be seen, but is worked by its own unit."""

    def __init__(self, case: str) -> None:
        super().__init__(f"case {case} belongs to another unit")
        self.case = case


class PurposeMissing(ServiceError):
    def __init__(self, exhibit: str) -> None:
        super().__init__(f"reading {exhibit} without a purpose")
        self.exhibit = exhibit


class NotAFile(ServiceError):
    """A physical exhibit has no bytes to show."""

    def __init__(self, exhibit: str) -> None:
        super().__init__(f"exhibit {exhibit} has no such file")
        self.exhibit = exhibit


class InputRefused(ServiceError):
    """What was sent cannot be read as what is asked for; ``detail`` is Chinese."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"input refused: {detail}")
        self.detail = detail
