"""Words of many scripts, money that is hard on floats, and the values that must never be found anywhere else."""

from datetime import UTC, datetime
from decimal import Decimal

# -- canaries: whoever copies this account finds them only where the operator asked for them --------------------------
PASSWORD = "canary-password-7Qz"  # noqa: S105  an invented one, of an invented account
SECURITY_TOKEN = "canary-security-token-7Qz"  # noqa: S105
BANK = {"iban": "CANARY00IBAN7Q", "holder": "Canary Bankholder", "branches": [{"swift": "CANARYXX"}]}
IP = "198.51.100."  # the beginning of every address
DEVICE = "ca9a41e5-"  # and of every advertising or device id
AGENT = "CanaryAgent/7.0"  # and of every user agent
NEVER_STORED = (PASSWORD, SECURITY_TOKEN)
"""Stand in members named `password` and `security_token`, at several depths."""
SENSITIVE = ("CANARY00IBAN7Q", "Canary Bankholder", "CANARYXX", IP, DEVICE, AGENT)
"""Pieces of the values of the columns that are kept only when they are asked for."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
NAMES = (
    "Ana Pérez", "Łucja Nowak", "Nguyễn Thị Hà", "王小明", "محمد علي", "Ольга Ким", "O'Brien & Sons", "अनिता राव",
    'Zoë "Z" Åkesson', "שרה כהן", "ทดสอบ", "Renée d'Arc", "  padded  ", "\U0001f98a Fox Media", "Ida Holm",
)  # fmt: skip
OFFERS = (
    "Puzzle Quest", "Łatwa Pożyczka", "Früh & Fit", "夏のセール", "Sunny Loans", "VPN Fox", "عروض اليوم", "Card 0 %",
    "Скидки", "Meal Kit", "Trail Shoes",
)  # fmt: skip
WORDS = (
    "summer", "Überraschung", "лето", "夏の陣", "عرض", "line\nbreak", "tab\there", "50 % off", "a/b?c=d&e",
    "<b>bold</b>",
    "emoji 🎯🚀", "“quoted”", "back\\slash", "", "null", "Zürich", "e\u0301galite\u0301",
)  # fmt: skip
CODES = ("007", "0", "00012345", "1e5", "0x1F", "-0", "9007199254740993", "123456789012345678901234567890", "a1b2", "٣")
"""Texts that look like numbers: nothing may read them as one."""
COUNTRIES = ("IN", "US", "DE", "BR", "ID", "NO", "ALL")
CITIES = ("Mumbai", "São Paulo", "Köln", "Jakarta", "Göteborg", "京都")
CURRENCIES = ("USD", "EUR", "INR", "USD")
LANGUAGES = ("en", "hi", "pt-BR", "zh-Hans")
ZONES = ("Asia/Kolkata", "Europe/Berlin", "America/Sao_Paulo", "UTC")
SYSTEMS = ("Android", "iOS", "Windows", "macOS", "Linux")
DEVICES = ("mobile", "tablet", "desktop")
BROWSERS = ("Chrome Mobile", "Safari", "Firefox", "UC Browser")
MODELS = ("cpa", "cpi", "cpl", "cps", "cpm", "cpc")
STATUSES = ("approved", "pending", "cancelled", "rejected", "extended")
# Each campaign pays in one of these ways, so that sums keep within the digits that a database can hold.
RATES: tuple[tuple[Decimal, Decimal], ...] = (
    (Decimal("0.030303"), Decimal("0.060606")),
    (Decimal(3), Decimal(5)),
    (Decimal("1.5"), Decimal("2.25")),
    (Decimal("1E-7"), Decimal("0.0000003")),
    (Decimal("12345678.12"), Decimal("12345678.99")),
    (Decimal("0.1"), Decimal("0.3")),
    (Decimal(0), Decimal("19.99")),
    (Decimal("33.333333"), Decimal("66.666667")),
)
USUAL_RATES: tuple[tuple[Decimal, Decimal], ...] = (
    (Decimal("1.5"), Decimal("2.25")),
    (Decimal("0.8"), Decimal("1.1")),
    (Decimal(12), Decimal("18.5")),
    (Decimal("3.4"), Decimal("5.2")),
    (Decimal("0.45"), Decimal("0.7")),
    (Decimal("22.5"), Decimal(31)),
)
"""What networks that make no difficulties pay."""
