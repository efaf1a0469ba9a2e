"""Refusals of the service itself: logins, permissions, reads without a reason."""


class ServiceError(Exception):
    """Root of this package's refusals."""


class LoginRefused(ServiceError):
    """Login or password wrong; which of the two is not told."""

    def __init__(self, login: str) -> None:
        super().__init__(f"login {login!r} refused")
        self.login = login


class LoginPaused(ServiceError):
    """Too many failures of this login from this address."""

    def __init__(self, login: str, minutes: int) -> None:
        super().__init__(f"login {login!r} paused for {minutes} min")
        self.login = login
        self.minutes = minutes


class AccountUnknown(ServiceError):
    def __init__(self, login: str) -> None:
        super().__init__(f"no account {login!r}")
        self.login = login


class LoginTaken(ServiceError):
    def __init__(self, login: str) -> None:
        super().__init__(f"login {login!r} taken")
        self.login = login


class CertificateTaken(ServiceError):
    def __init__(self, certificate: str) -> None:
        super().__init__(f"certificate {certificate!r} taken")
        self.certificate = certificate


class RolesApart(ServiceError):
    """The administrator has no other role (GB/T 22239-2019: the three administrators are apart)."""

    def __init__(self) -> None:
        super().__init__("administrator joined with another role")


class PasswordChangeNeeded(ServiceError):
    """Somebody else gave the password: it opens nothing but its own change."""

    def __init__(self) -> None:
        super().__init__("password not yet set by its owner")


class PasswordWrong(ServiceError):
    """The old password, at its change."""

    def __init__(self) -> None:
        super().__init__("old password wrong")


class PasswordUnchanged(ServiceError):
    def __init__(self) -> None:
        super().__init__("new password is the old one")


class PasswordWeak(ServiceError):
    def __init__(self, shortest: int) -> None:
        super().__init__(f"password shorter than {shortest} or of one kind of character")
        self.shortest = shortest


class ConfirmationRefused(ServiceError):
    """An act was to be confirmed with a password or a one-time code that is not the person's."""

    def __init__(self) -> None:
        super().__init__("password or one-time code wrong")


class TotpNotInForce(ServiceError):
    """A one-time code, or the end of such codes, where the account has none."""

    def __init__(self) -> None:
        super().__init__("no one-time codes in force")


class TotpInForce(ServiceError):
    """A new key beside one in force."""

    def __init__(self) -> None:
        super().__init__("one-time codes already in force")


class TotpNotBegun(ServiceError):
    """A first code without a key that waits for it."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"no key of one-time codes begun within {minutes} min")
        self.minutes = minutes


class TotpWrong(ServiceError):
    """The first code of a new key."""

    def __init__(self) -> None:
        super().__init__("first one-time code wrong")


class TotpUsed(ServiceError):
    """The code, or a newer one, was accepted before (RFC 6238 §5.2)."""

    def __init__(self) -> None:
        super().__init__("one-time code already used")


class TotpUnreadable(ServiceError):
    """The key was sealed with another secret of the installation."""

    def __init__(self) -> None:
        super().__init__("key of one-time codes sealed with another secret")


class NotLoggedIn(ServiceError):
    def __init__(self) -> None:
        super().__init__("no session")


class NotPermitted(ServiceError):
    def __init__(self, permission: str, roles: str) -> None:
        super().__init__(f"not permitted: {permission}")
        self.permission = permission
        self.roles = roles


class OutsideUnit(ServiceError):
    """The case or incident may be seen, but is worked by its own unit."""

    def __init__(self, number: str) -> None:
        super().__init__(f"{number} belongs to another unit")
        self.number = number


class PurposeMissing(ServiceError):
    def __init__(self, exhibit: str) -> None:
        super().__init__(f"reading {exhibit} without a purpose")
        self.exhibit = exhibit


class ExportUnexplained(ServiceError):
    """An export without a purpose; ``what`` is Chinese."""

    def __init__(self, what: str) -> None:
        super().__init__(f"export of {what} without a purpose")
        self.what = what


class ExportingBusy(ServiceError):
    """As many documents for export as may be made at once are under way."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} exports under way")
        self.most = most


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


class DeviceUnknown(ServiceError):
    """No file of the case is of this device, and nobody said that this is known."""

    def __init__(self, device: str) -> None:
        super().__init__(f"no file of device {device!r}")
        self.device = device


class SecretUnusable(ServiceError):
    """The file that should hold the installation's secret is empty or too short."""

    def __init__(self, path: object) -> None:
        super().__init__(f"{path} holds no secret")
        self.path = str(path)


class DatabaseOutdated(ServiceError):
    """The database is not of the version that this program works with."""

    def __init__(self, found: str, needed: str) -> None:
        super().__init__(f"database is at {found!r}, {needed!r} is needed")
        self.found = found or "（未建立）"
        self.needed = needed


class VerifyingBusy(ServiceError):
    """As many verifications as may run at once are under way."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} verifications under way")
        self.most = most


class CopyingBusy(ServiceError):
    """As many edited copies as may be made at once are under way."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} edited copies under way")
        self.most = most


class SendingStalled(ServiceError):
    """A sender stopped sending before the end."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"nothing received for {seconds} s")
        self.seconds = seconds


class SendingBroken(ServiceError):
    """The sender's connection broke before the end; nobody hears this answer."""

    def __init__(self) -> None:
        super().__init__("connection of the sender broke")


class SendingsBusy(ServiceError):
    """As many bodies as may be taken in at once are under way."""

    def __init__(self) -> None:
        super().__init__("too many bodies under way")


class Quarantined(ServiceError):
    """A virus was found in the original: only some may download it."""

    def __init__(self, exhibit: str, signature: str, roles: str) -> None:
        super().__init__(f"original of {exhibit} is quarantined for {signature!r}")
        self.exhibit = exhibit
        self.signature = signature
        self.roles = roles


class ScannerMissing(ServiceError):
    def __init__(self) -> None:
        super().__init__("no virus scanner is configured")


class ScanningBusy(ServiceError):
    """As many scans on demand as may run at once are under way."""

    def __init__(self) -> None:
        super().__init__("a scan on demand is under way")


class DigestMissing(ServiceError):
    """A file in one request must say what it should hash to."""

    def __init__(self, name: str) -> None:
        super().__init__(f"file {name!r} without a declared digest")
        self.name = name


class TusVersionDiffers(ServiceError):
    """A request of the tus protocol in another version, or without one."""

    def __init__(self, version: str) -> None:
        super().__init__(f"tus version is not {version}")
        self.version = version


class WrongContentType(ServiceError):
    def __init__(self, wanted: str) -> None:
        super().__init__(f"content type is not {wanted}")
        self.wanted = wanted


class PersonUnknown(ServiceError):
    def __init__(self, certificate: str) -> None:
        super().__init__(f"no person with certificate {certificate!r}")
        self.certificate = certificate


class ReceiverCannot(ServiceError):
    """Who was named has no account for it; ``role`` is Chinese."""

    def __init__(self, person: str, role: str) -> None:
        super().__init__(f"{person} cannot receive as {role}")
        self.person = person
        self.role = role


class LogKeyUnusable(ServiceError):
    """The file of the key that signs checkpoints holds none, or others than the service may read it."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = str(path)
        self.reason = reason
