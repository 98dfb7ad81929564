"""The vendor's error codes, with the HTTP status and the words each comes with."""

from typing import Any

from syncd.standin.faults import RefusedError

BAD_REQUEST = 400
# Code → HTTP status and description. Only what a reader can meet.
CODES: dict[int, tuple[int, str]] = {
    1: (500, "Database error"),
    2: (403, "Service authentication error"),
    3: (400, "Wrong hash"),
    4: (400, "User or API key not found or session ended"),
    5: (400, "Wrong request format"),
    6: (500, "Unexpected error"),
    7: (400, "Invalid parameters"),
    8: (503, "Queue service error, try again later"),
    9: (412, "Too large request"),
    11: (403, "Access denied"),
    12: (400, "Dealer not found"),
    13: (403, "Operation not permitted"),
    14: (503, "Database unavailable"),
    15: (429, "Too many requests (rate limit exceeded)"),
    101: (403, "In demo mode this function is disabled"),
    102: (400, "Wrong login or password"),
    103: (400, "User not activated"),
    104: (400, "Logins limit exceeded, please reuse existing sessions instead"),
    105: (400, "Login attempts limit exceeded, try again later"),
    111: (400, "Wrong handler"),
    112: (400, "Wrong method"),
    201: (400, "Not found in the database"),
    204: (404, "Entity not found"),
    208: (403, "Device blocked"),
    211: (400, "Requested time span is too big"),
    212: (400, "Requested limit is too big"),
    215: (400, "External service error"),
    217: (400, "List contains nonexistent entities"),
    219: (403, "Not allowed for clones of the device"),
    221: (403, "Device limit exceeded"),
    222: (400, "Plugin not found"),
    225: (403, "Not allowed for this legal type"),
    228: (400, "Not supported by the sensor"),
    230: (400, "Not supported for this entity type"),
    236: (402, "Feature unavailable due to tariff restrictions"),
    246: (400, "Invalid user id"),
    275: (403, "User is blocked"),
    276: (403, "Wrong session type"),
    281: (400, "Resource is closed"),
}
# Plain HTTP statuses, as a fault may ask for them, in the vendor's codes.
BY_STATUS = {429: 15, 500: 6, 503: 8, 403: 13, 402: 236, 404: 204, 412: 9, 400: 7}


class CodeError(RefusedError):
    """A refusal with one of the vendor's codes; `extras` stand beside `status` in the reply."""

    def __init__(self, code: int, about: str = "", /, **extras: object) -> None:
        """`about` is added to the description."""
        status, description = CODES.get(code, (BAD_REQUEST, "Something else"))
        super().__init__(status, f"{description}: {about}" if about else description)
        self.code = code
        self.extras = extras


def refused(error: RefusedError) -> tuple[int, dict[str, Any]]:
    """The HTTP status and the reply of a refusal."""
    if not isinstance(error, CodeError):
        error = CodeError(BY_STATUS.get(error.status, 6), str(error))
    said = {"success": False, "status": {"code": error.code, "description": str(error)}}
    return error.status, said | error.extras
