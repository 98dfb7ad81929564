"""What a vendor is to the rest of syncd: one frozen value made of data and pure functions."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from syncd.ask import Answer, Question, Reply
from syncd.collection import Collection, Kind, Lookup
from syncd.errors import VendorError
from syncd.reading import Account


@dataclass(frozen=True, slots=True)
class Setting:
    """One configuration key that only this vendor's connections have; ``default`` holds where it is not written.

    ``identifies``: whether two connections with the same value may be one account.
    """

    name: str
    doc: str
    secret: bool = False
    required: bool = True
    example: str = ""
    choices: tuple[str, ...] = ()
    default: str = ""
    identifies: bool = True


@dataclass(frozen=True, slots=True)
class Signature:
    """What authenticates a question: headers, and parameters that are added to its own."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Sessions:
    """How a vendor's sessions are opened and kept: for connections with a login instead of a key.

    ``needed`` says whether these settings log in at all. ``login`` is the question that opens a session, ``opened``
    reads its token from the answer (None: there is none), ``renew`` prolongs it, ``renew_after`` after its last use of
    that kind. Two logins are at least ``login_gap`` apart.
    """

    needed: Callable[[Mapping[str, str]], bool]
    login: Callable[[Mapping[str, str]], Question]
    opened: Callable[[object], str | None]
    renew: Question
    renew_after: timedelta = timedelta(hours=12)
    login_gap: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limit of a vendor, or of one class of its calls, and the pace we keep by default.

    ``rate`` is (requests, seconds); ``documented`` the vendor's own. With ``after_answer`` the gap is counted from the
    end of the previous answer, the only rule that is strict at the vendor's end; otherwise between two sendings.
    ``hold_s`` are the waits after the first, second … refusal in a row that names no time of its own; chance makes them
    longer by up to ``hold_jitter`` of themselves. From the ``widen_after``th refusal in a row on the gap is at least
    ``widened_by`` times the usual one, and returns slowly.
    """

    rate: tuple[float, float]
    documented: tuple[float, float]
    parallel: int
    after_answer: bool
    hold_s: tuple[float, ...] = (2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
    hold_jitter: float = 0.0
    widen_after: int = 3
    widened_by: float = 2.0
    host: tuple[float, float] | None = None
    """A limit (requests, seconds) that the vendor keeps by address: all connections to one host share it."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """Everything particular to one vendor.

    ``base_url`` makes the URL all paths are joined to from the connection's settings (None: it must be configured, such
    as ``base_url_example``),
    ``sign`` what authenticates a request, from the settings and the session's token (None without one), ``explain`` an
    error from a reply (None: it is good). ``reads`` are the only paths that may leave the process, as (method,
    template) with ``{name}`` places. ``probe`` is a cheap authenticated question. ``check`` finds settings that do not
    go together, as (key, the rest of a sentence that begins with it: what is wrong, what to do), ``warn`` such as work
    but should be looked at; neither has a secret in its words. ``wrong_url`` says what is wrong with a configured
    address as the end of a sentence ("": nothing). ``learn`` asks what reading depends on, once in every pass; without
    it ``account`` makes that of the settings that are no secrets. ``limits`` hold for all calls, unless ``classes``
    tells them apart.
    """

    name: str
    title: str
    settings: tuple[Setting, ...]
    base_url: Callable[[Mapping[str, str]], str] | None
    base_url_suffix: str
    sign: Callable[[Mapping[str, str], str | None], Signature]
    explain: Callable[[Question, Reply], VendorError | None]
    limits: Limits
    reads: tuple[tuple[str, str], ...]
    probe: Question
    collections: tuple[Collection, ...]
    lookups: tuple[Lookup, ...]
    count: Callable[[Question], Question] | None = None
    """Turns a list question into one for its number of records; ``counted`` reads the answer."""
    counted: Callable[[object], int | None] = lambda _value: None
    sessions: Sessions | None = None
    learn: Callable[[], Generator[Question, Answer, Account]] | None = None
    check: Callable[[Mapping[str, str]], tuple[tuple[str, str], ...]] = lambda _settings: ()
    warn: Callable[[Mapping[str, str]], tuple[tuple[str, str], ...]] = lambda _settings: ()
    wrong_url: Callable[[str], str] = lambda _address: ""
    account: Callable[[Mapping[str, str]], Account] = lambda _settings: Account()
    base_url_example: str = ""
    classes: Mapping[str, Limits] = field(default_factory=dict)
    """Classes of calls by their names in the configuration: each has limits of its own, and is read beside the others.

    Empty: all calls are of one class, which is called "" and has ``limits``.
    """
    class_of: Callable[[str], str] = lambda _path: ""
    """The class of the calls to a path, or to a collection's ``path``."""
    logins: tuple[tuple[str, ...], ...] = ()
    """The settings that authenticate, where there are several ways to; the first is the recommended one."""
    since: timedelta | None = None
    """How far back windowed collections start where the configuration does not say."""
    page_size: int = 100
    every: timedelta = timedelta(minutes=15)
    sweep: timedelta = timedelta(days=7)
    lookback: timedelta = timedelta(minutes=10)
    connect_s: float = 10.0
    timeout_s: float = 60.0
    never_stored: frozenset[str] = frozenset()
    docs: str = ""

    @property
    def limits_by_class(self) -> Mapping[str, Limits]:
        """The limits of every class of calls; where all are of one class, those of ""."""
        return self.classes or {"": self.limits}

    @property
    def usual_rates(self) -> dict[str, tuple[tuple[float, float], ...]]:
        """The pace that is kept by default, in the shape of a configured one: rates that all hold, by class."""
        return {name: (limits.rate,) for name, limits in self.limits_by_class.items()}

    @property
    def is_exact(self) -> bool:
        """Whether numbers have to be read exactly as they were sent: money is."""
        columns = (
            column
            for each in self.collections
            for column in (*each.columns, *(column for child in each.children for column in child.columns))
        )
        return any(column.kind is Kind.DECIMAL for column in columns)

    def collection(self, name: str) -> Collection:
        """The collection called *name*; KeyError if there is none."""
        for found in self.collections:
            if found.name == name:
                return found
        raise KeyError(name)
