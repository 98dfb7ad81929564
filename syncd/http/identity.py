"""Who asks: credentials, the session made with them, the signature of a question, and the secrets none may show."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from syncd.clock import Clock
from syncd.errors import SyncdError
from syncd.http import wire
from syncd.http.options import ClientOptions
from syncd.http.redact import Redactor
from syncd.http.sessions import SessionKeeper
from syncd.vendors.base import Signature, Vendor

log = structlog.get_logger(__name__)


class Identity:
    """One connection's identity: ``credentials`` in use, ``redactor`` for all secrets that ever were, ``keeper``.

    ``keeper`` is None where credentials alone are enough.
    """

    def __init__(self, vendor: Vendor, options: ClientOptions, base_url: str, proxy: str | None, clock: Clock) -> None:
        self.keeper: SessionKeeper | None = None
        self.redactor = Redactor(())
        self._vendor = vendor
        self._options = options
        self._base_url = base_url
        self._clock = clock
        self._secrets: set[str] = set()
        self._learn(*wire.proxy_secrets(proxy))
        self._use(options.credentials)

    def refreshed(self) -> bool:
        """Whether the secrets' files hold other credentials than those in use; then these are used from now on."""
        try:
            found = self._options.refresh_credentials() if self._options.refresh_credentials is not None else None
        except SyncdError as error:
            log.warning(
                "credentials cannot be read again",
                action="credentials_unreadable",
                connection=self._options.name,
                reason=str(error),
            )
            return False
        if found is None or dict(found) == self.credentials:
            return False
        self._use(found)
        log.info("credentials read again", action="credentials_refreshed", connection=self._options.name)
        return True

    def signature(self, token: str | None) -> Signature:
        """What authenticates a question, with the session's *token* if there is one."""
        return self._signature[1] if self._signature[0] == token else self._sign(token)

    def _use(self, credentials: Mapping[str, str]) -> None:
        """Ask as *credentials* say from now on; former secrets stay unmentionable."""
        self.credentials = dict(credentials)
        self._learn(*(credentials.get(setting.name, "") for setting in self._vendor.settings if setting.secret))
        sessions = self._vendor.sessions
        if sessions is None or not sessions.needed(self.credentials):
            self.keeper = None
        elif self.keeper is not None:
            self.keeper.use(self.credentials)
        else:
            self.keeper = SessionKeeper(
                sessions,
                self.credentials,
                name=self._options.name,
                base_url=self._base_url,
                state_dir=self._options.state_dir,
                clock=self._clock,
                learned=self._learn,
            )
        self._sign(None)

    def _sign(self, token: str | None) -> Signature:
        found = self._vendor.sign(self.credentials, token)
        self._learn(*(value for _, value in found.params))
        headers = wire.checked_headers({"User-Agent": self._options.user_agent, **found.headers})
        self._signature = token, Signature(headers, found.params)
        return self._signature[1]

    def _learn(self, *secrets: str) -> None:
        """Let *secrets* appear nowhere from now on."""
        if new := {secret for secret in secrets if secret} - self._secrets:
            self._secrets |= new
            self.redactor = Redactor(self._secrets)
