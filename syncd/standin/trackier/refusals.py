"""The vendor's error codes, and how a refusal is told."""

from dataclasses import dataclass
from typing import Any

from syncd.standin.faults import RefusedError
from syncd.standin.trackier.settings import Settings

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, SERVER_ERROR = 400, 401, 403, 404, 500
CODES: dict[int, tuple[str, str]] = {
    101: ("API_KEY_MISSING", "API key is missing"),
    102: ("INVALID_API_KEY", "Invalid API Key"),
    103: ("USER_ACCOUNT_INACTIVE", "User account is not active"),
    104: ("ACCOUNT_INACTIVE", "Account is not active"),
    105: ("IP_NOT_WHITELISTED", "IP is not whitelisted"),
    106: ("INSUFFICIENT_PERMISSION", "You do not have permission to access this resource"),
    107: ("VALIDATION_ERROR", "Validation failed"),
    108: ("DATA_SAVING_FAILED", "Failed to save data"),
    109: ("RESOURCE_NOT_FOUND", "Resource not found"),
    110: ("CUSTOM_FIELDS_ERROR", "Custom field is required"),
    111: ("RESOURCE_DELETED", "Resource has been deleted"),
    112: ("SERVICE_NOT_AVAILABLE", "Service not available"),
    113: ("UNAUTHORIZED_USER", "Invalid email or password"),
}
# Plain HTTP statuses, as a fault may ask for them, in the words that go with them.
WORDS = {429: "TOO_MANY_REQUESTS", 500: "INTERNAL_SERVER_ERROR", 503: "SERVICE_UNAVAILABLE"}
_KEY_CODES, _NOT_FOUND_CODE, _SERVICE_CODE = {101, 102, 103, 104, 113}, 109, 112
_FORBIDDEN_CODES = {105, 106}


class CodeError(RefusedError):
    """A refusal with one of the vendor's codes."""

    def __init__(self, code: int, message: str = "") -> None:
        """`message` instead of the usual words."""
        super().__init__(BAD_REQUEST, message or CODES[code][1])
        self.code = code


@dataclass(frozen=True, slots=True)
class Said:
    """A refusal's status and reply."""

    status: int
    reply: dict[str, Any]


def invalid(name: str, what: str) -> CodeError:
    """A parameter the vendor does not take."""
    return CodeError(107, f'"{name}" {what}')


def said(error: RefusedError, settings: Settings, *, is_report: bool) -> Said:
    """A refusal in the vendor's envelope; report operations tell theirs in another one."""
    code = error.code if isinstance(error, CodeError) else None
    status = error.status if code is None else _status(code, settings)
    name = WORDS.get(status, "ERROR") if code is None else CODES[code][0]
    shown: int | str = (code or 0) if settings.numeric_codes else str(code or "")
    told: dict[str, Any] = {"code": shown, "codeMsg": name, "message": str(error)}
    form = settings.error_form
    if form == "error":
        return Said(status, {"success": False, "error": told})
    told = {"statusCode": status} | told
    if form == "object" or (form == "documented" and is_report):
        return Said(status, {"errors": told})
    return Said(status, {"success": False, "errors": [told]})


def _status(code: int, settings: Settings) -> int:
    if settings.forbidden_as == "40x" and code in _KEY_CODES:
        return UNAUTHORIZED
    if settings.forbidden_as == "40x" and code in _FORBIDDEN_CODES:
        return FORBIDDEN
    if code == _NOT_FOUND_CODE:
        return settings.not_found_status
    return SERVER_ERROR if code == _SERVICE_CODE else BAD_REQUEST
