"""What keeps the promises about secrets and strangers: X1 to X8."""

from __future__ import annotations

from tests.guards.guard import Guard

_LOG = "tests/unit/test_log.py::"
_REDACT = "tests/unit/test_redact.py::"
_SECRET = "tests/unit/test_secret.py::"
_SECURITY = "tests/contract/test_http_security.py::"
_EVERYWHERE = "tests/daemon/test_secrets_nowhere.py::"
_PROBLEMS = "tests/unit/test_config_problems.py::"
_VALUES = "tests/unit/test_config_values.py::"
_AUDIT = "tests/daemon/test_audit.py::"
_UNIT = "tests/daemon/test_unit.py::"

GUARDS: tuple[Guard, ...] = (
    Guard(
        "X1",
        "a secret that is printed shows a mask",
        "syncd/secret.py",
        "    def __str__(self) -> str:\n        return MASK",
        "    def __str__(self) -> str:\n        return self._value",
        (f"{_SECRET}test_x1_a_secret_never_shows_itself",),
    ),
    Guard(
        "X1",
        "every text of the log goes through redaction",
        "syncd/log.py",
        "return one_line(text if self._redact is None else self._redact(text))",
        "return one_line(text)",
        (f"{_LOG}test_x1_no_secret_at_any_depth_nor_in_an_exception",),
    ),
    Guard(
        "X1",
        "everything printed goes through redaction",
        "syncd/cli/output.py",
        "return one_line(_redact(text))",
        "return one_line(text)",
        ("tests/unit/test_cli_config.py::test_x1_the_traceback_of_debug_has_no_secret",),
    ),
    Guard(
        "X1",
        "what a storm of faults brings along is left nowhere",
        "syncd/http/redact.py",
        "text = self._plain.sub(MASK, text)",
        "pass",
        (f"{_EVERYWHERE}test_x1_no_secret_is_left_anywhere_by_a_daemon_in_a_storm_of_faults",),
    ),
    Guard(
        "X1",
        "the library's error, which quotes the URL, is not even the context of ours",
        "syncd/http/client.py",
        "            failed = wire.failure(error, asking.question.path, self._timeout_s)\n",
        "            failed = wire.failure(error, asking.question.path, self._timeout_s)\n            raise failed\n",
        (f"{_SECURITY}test_x1_x2_no_secret_shows_in_errors_tracebacks_logs_or_notices",),
    ),
    Guard(
        "X1",
        "the configuration is shown with masks",
        "syncd/config/show.py",
        "return f'\"{MASK}\"'",
        "return json.dumps(value.reveal())",
        (f"{_VALUES}test_x1_what_is_shown_of_the_configuration_is_masked_before_it_is_printed",),
    ),
    Guard(
        "X1",
        "the password in the database's URL is shown as a mask",
        "syncd/config/addresses.py",
        'shown = shown.replace(f":{parts.password}@", f":{MASK}@", 1)',
        "pass",
        (f"{_VALUES}test_x1_what_is_shown_of_the_configuration_is_masked_before_it_is_printed",),
    ),
    Guard(
        "X2",
        "what a vendor repeats is taken out, plain or encoded",
        "syncd/http/redact.py",
        "text = self._plain.sub(MASK, text)",
        "pass",
        (
            f"{_REDACT}test_x2_an_echoed_secret_is_taken_out_in_every_form",
            f"{_SECURITY}test_x1_x2_no_secret_shows_in_errors_tracebacks_logs_or_notices",
        ),
    ),
    Guard(
        "X2",
        "what a vendor repeats is taken out of base64 too",
        "syncd/http/redact.py",
        "text = _without_runs(text, self._base64)",
        "pass",
        (f"{_REDACT}test_x2_an_echoed_secret_is_taken_out_in_every_form",),
    ),
    Guard(
        "X2",
        "a secret that the limit cut in two goes too",
        "syncd/http/redact.py",
        "redacted = redacted[: max(0, len(redacted) - self._longest_form)]",
        "pass",
        (f"{_REDACT}test_x2_a_secret_cut_by_the_limit_shows_no_part",),
    ),
    Guard(
        "X2",
        "an error is made safe before it is raised",
        "syncd/http/client.py",
        "error.message = one_line(self.redactor.text(error.message))",
        "error.message = one_line(error.message)",
        (f"{_SECURITY}test_x2_x3_what_is_quoted_from_a_member_of_an_answer_is_made_safe_too",),
    ),
    Guard(
        "X3",
        "a stranger's text is one line, without colours",
        "syncd/http/redact.py",
        "return _UNSAFE.sub(_escaped, text)",
        "return text",
        (
            f"{_REDACT}test_x3_a_strangers_text_stays_on_one_line_and_colours_nothing",
            f"{_LOG}test_x3_one_line_per_event_whatever_a_vendor_writes",
            f"{_SECURITY}test_x3_a_vendors_text_cannot_forge_lines_or_colours",
        ),
    ),
    Guard(
        "X3",
        "a stranger's text is text on the page",
        "syncd/web/app.py",
        "autoescape=True",
        "autoescape=False",
        ("tests/web/test_guard.py::test_x3_a_vendors_text_is_text",),
    ),
    Guard(
        "X4",
        "a file that everybody can read is told of",
        "syncd/secret.py",
        "return bool(file.stat().st_mode & stat.S_IROTH)",
        "return False",
        (
            f"{_SECRET}test_x4_a_literal_secret_in_a_file_that_others_can_read_is_a_warning",
            f"{_SECRET}test_x4_a_secret_file_that_others_can_read_is_a_warning",
            f"{_SECRET}test_x4_a_password_in_the_database_url_counts_as_a_secret",
        ),
    ),
    Guard(
        "X4",
        "a new database is its owner's alone",
        "syncd/store/engine.py",
        "os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600",
        "os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o644",
        ("tests/store/test_faults.py::test_x4_a_new_database_is_its_owner_s_alone",),
    ),
    Guard(
        "X4",
        "the lock's file is its owner's alone",
        "syncd/store/lock.py",
        "os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600",
        "os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644",
        ("tests/store/test_lock.py::test_x4_the_lock_file_is_its_owner_s_alone",),
    ),
    Guard(
        "X4",
        "the file of a session is its owner's alone",
        "syncd/http/session_file.py",
        "os.O_EXCL | os.O_NOFOLLOW, 0o600",
        "os.O_EXCL | os.O_NOFOLLOW, 0o644",
        ("tests/contract/test_http_sessions.py::test_x4_only_the_owner_can_read_the_session_and_no_password_is_in_it",),
    ),
    Guard(
        "X5",
        "credentials go over TLS, or stay on this machine",
        "syncd/config/addresses.py",
        '    if parts.scheme == "http" and not is_loopback(host):\n',
        "    if False:\n",
        (f"{_PROBLEMS}test_x5_a_base_url_that_credentials_must_not_go_to_is_refused",),
    ),
    Guard(
        "X5",
        "the last line before a secret would leave in the clear",
        "syncd/http/wire.py",
        '    if parts.scheme == "http" and not _is_loopback(parts.hostname):\n',
        "    if False:\n",
        (f"{_SECURITY}test_x5_only_https_or_this_machine_is_spoken_to",),
    ),
    Guard(
        "X5",
        "a subdomain names no other host",
        "syncd/config/connections.py",
        "if shape is not None and not shape.fullmatch(text):",
        "if False:",
        (f"{_PROBLEMS}test_x5_a_subdomain_cannot_name_another_host",),
    ),
    Guard(
        "X6",
        "values are bound, never written into a statement",
        "syncd/store/insertion.py",
        "            cursor.executemany(self._insert, rows)\n            return\n",
        "            for row in rows:\n"
        "                told = [str(one) if isinstance(one, int | float) else f\"'{one}'\" for one in row]\n"
        "                told = [one if one != \"'None'\" else 'NULL' for one in told]\n"
        "                cursor.execute(self._insert.partition('VALUES')[0] + f\"VALUES ({', '.join(told)})\")\n"
        "            return\n",
        ("tests/contract/test_trackops_records.py::test_x6_no_text_of_the_vendor_is_ever_a_statement",),
    ),
    Guard(
        "X7",
        "a known hole fails the audit",
        "tests/audit.py",
        "return HOLES if holes else 0",
        "return 0",
        (f"{_AUDIT}test_x7_every_pinned_package_is_asked_about_and_a_known_hole_fails",),
    ),
    Guard(
        "X7",
        "a service that cannot be asked is no clean answer",
        "tests/audit.py",
        "return 0 if offline_ok else NOT_ASKED",
        "return 0",
        (f"{_AUDIT}test_x7_a_service_that_cannot_be_asked_is_told_and_not_taken_for_an_answer",),
    ),
    Guard(
        "X7",
        "CI audits",
        ".ci/run",
        "make audit ",
        "true ",
        (f"{_AUDIT}test_x7_ci_audits_and_what_is_installed_is_held_to_hashes",),
    ),
    Guard(
        "X7",
        "what is installed is held to its hashes",
        "Makefile",
        "@$(pip_install) --require-hashes -r requirements/base.txt",
        "@$(pip_install) -r requirements/base.txt",
        (f"{_AUDIT}test_x7_ci_audits_and_what_is_installed_is_held_to_hashes",),
    ),
    Guard(
        "X8",
        "the unit may do little",
        "systemd/syncd.service",
        "\nCapabilityBoundingSet=\n",
        "\n",
        (f"{_UNIT}test_x8_systemd_calls_the_unit_hardly_exposed",),
    ),
    Guard(
        "X8",
        "every line of the unit is one that systemd knows",
        "systemd/syncd.service",
        "\nProtectHome=yes\n",
        "\nProtectHomes=yes\n",
        (f"{_UNIT}test_x8_systemd_understands_every_line_of_the_unit",),
    ),
)
