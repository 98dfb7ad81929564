"""What keeps the promises about the process and the configuration: P1 to P13, K1 to K7."""

from __future__ import annotations

from tests.guards.guard import Guard

_SIGNALS = "tests/daemon/test_daemon_signals.py::"
_KEEPING = "tests/daemon/test_daemon_keeping.py::"
_RELOAD = "tests/daemon/test_daemon_reload.py::"
_NOTIFY = "tests/daemon/test_notify.py::"
_LIMITS = "tests/daemon/test_limits.py::"
_LOCK = "tests/store/test_lock.py::"
_VENDOR = "tests/contract/test_http_vendor.py::"
_STEPS = "tests/contract/test_trackops_steps.py::"
_PACE = "tests/unit/test_pace.py::"
_PROBLEMS = "tests/unit/test_config_problems.py::"
_SECRET = "tests/unit/test_secret.py::"
_EXAMPLE = "tests/unit/test_config_example.py::"

GUARDS: tuple[Guard, ...] = (
    Guard(
        "P1",
        "whoever asks it to stop has everything under way cancelled",
        "syncd/daemon/supervise.py",
        "        work.cancel()\n",
        "        pass\n",
        (
            f"{_SIGNALS}test_p1_an_idle_daemon_ends_with_0_when_asked",
            f"{_SIGNALS}test_p1_in_a_walk_nothing_more_is_sent_and_the_run_says_interrupted",
        ),
    ),
    Guard(
        "P1",
        "a run that was stopped says so",
        "syncd/run.py",
        'ended = RunResult(number, collection.name, request.kind, "interrupted")',
        'ended = RunResult(number, collection.name, request.kind, "failed")',
        (f"{_SIGNALS}test_p1_in_a_walk_nothing_more_is_sent_and_the_run_says_interrupted",),
    ),
    Guard(
        "P1",
        "the commit in hand is finished",
        "syncd/daemon/stop.py",
        "        deadline.start()\n        stop.set()",
        "        os._exit(0)",
        (f"{_SIGNALS}test_p1_a_commit_in_hand_is_finished",),
    ),
    Guard(
        "P2",
        "a second signal ends the process on the spot",
        "syncd/daemon/stop.py",
        "        for number in SIGNALS:\n            loop.remove_signal_handler(number)\n            # The",
        "        for number in ():\n            loop.remove_signal_handler(number)\n            # The",
        (f"{_SIGNALS}test_p2_a_second_signal_ends_it_at_once_and_the_copy_stays_whole",),
    ),
    Guard(
        "P2",
        "what has not ended by the deadline is ended",
        "syncd/daemon/stop.py",
        "        deadline.start()\n",
        "",
        (f"{_SIGNALS}test_p2_what_has_not_ended_by_the_deadline_is_ended_and_the_copy_stays_whole",),
    ),
    Guard(
        "P3",
        "the configuration is read anew",
        "syncd/daemon/reload.py",
        "new = await asyncio.to_thread(self.fresh)",
        "new = self.config",
        (f"{_RELOAD}test_p3_a_secret_that_was_exchanged_is_used_after_sighup",),
    ),
    Guard(
        "P3",
        "one with problems leaves the one before in force",
        "syncd/daemon/reload.py",
        "        except ConfigError as error:\n",
        "        except UnicodeError as error:\n",
        (f"{_RELOAD}test_p3_a_configuration_with_problems_is_refused_whole",),
    ),
    Guard(
        "P3",
        "one that takes a restart is refused",
        "syncd/daemon/reload.py",
        "if (refused := refusal(self.config, new)) is not None:",
        "if (refused := None) is not None:",
        (f"{_RELOAD}test_p3_another_database_takes_a_restart",),
    ),
    Guard(
        "P4",
        "one process has the file",
        "syncd/store/lock.py",
        "fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        "fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)",
        (
            f"{_LOCK}test_p4_the_second_daemon_is_refused_and_told_by_whom",
            f"{_SIGNALS}test_p4_a_second_daemon_is_refused_and_told_who_has_the_database",
        ),
    ),
    Guard(
        "P4",
        "one process has the connection",
        "syncd/store/lock.py",
        "SELECT pg_try_advisory_lock(%s, %s)",
        "SELECT pg_try_advisory_lock_shared(%s, %s)",
        (
            f"{_LOCK}test_p4_the_second_daemon_is_refused_and_told_by_whom",
            "tests/daemon/test_daemon_sharing.py::test_p4_on_postgresql_a_second_daemon_keeps_the_connections_that_are_free",
        ),
    ),
    Guard(
        "P5",
        "the lock is looked at before every commit",
        "syncd/store/desk.py",
        "            lock.keep()",
        "            pass",
        (
            f"{_LOCK}test_p5_a_lost_lock_is_taken_again_before_the_next_commit",
            f"{_LOCK}test_p5_nothing_is_written_once_another_has_the_lock",
        ),
    ),
    Guard(
        "P5",
        "the lock is looked at while nothing is written",
        "syncd/daemon/supervise.py",
        "await service.store.keep_locks()",
        "pass",
        (f"{_SIGNALS}test_p5_a_daemon_whose_lock_went_to_another_ends_with_3",),
    ),
    Guard(
        "P6",
        "a part that ends has the process end",
        "syncd/daemon/supervise.py",
        "group.create_task(_for_ever(name, part), name=name)",
        "group.create_task(asyncio.wait({asyncio.ensure_future(part)}), name=name)",
        (f"{_SIGNALS}test_p6_a_part_that_dies_ends_all_others",),
    ),
    Guard(
        "P6",
        "a process that lost a part says so by its exit code",
        "syncd/daemon/supervise.py",
        "DIED = 1\n",
        "DIED = 0\n",
        (
            f"{_SIGNALS}test_p6_a_part_that_dies_ends_all_others",
            f"{_SIGNALS}test_p6_a_daemon_that_lost_a_part_ends_with_1",
        ),
    ),
    Guard(
        "P7",
        "the watchdog is fed only while everything goes forward",
        "syncd/daemon/notify.py",
        "            if not missing:\n",
        "            if True:\n",
        (f"{_NOTIFY}test_p7_one_part_that_does_not_go_forward_starves_the_watchdog",),
    ),
    Guard(
        "P7",
        "a run that cannot be given up is no sign of life",
        "syncd/daemon/supervise.py",
        '"runs": lambda: not any(keeper.overdue(WRITER_ANSWERS_S) for keeper in keepers.values()),',
        '"runs": lambda: True,',
        (f"{_NOTIFY}test_p7_a_run_that_not_even_giving_it_up_ends_starves_the_watchdog",),
    ),
    Guard(
        "P7",
        "a run without a page is given up",
        "syncd/daemon/keeper.py",
        "async with asyncio.timeout(self.timing.stall_s) as deadline:",
        "async with asyncio.timeout(None) as deadline:",
        (f"{_KEEPING}test_p7_a_run_without_a_page_is_given_up_and_the_others_go_on",),
    ),
    Guard(
        "P8",
        "the next run is due an interval after the end of the one before",
        "syncd/run.py",
        "changes = _outlook(reader, collection, ended, failures, now)",
        "changes = _outlook(reader, collection, ended, failures, before.next_due_at or now)",
        (f"{_KEEPING}test_p8_a_run_longer_than_its_interval_is_followed_by_one_and_no_more",),
    ),
    Guard(
        "P8",
        "a collection that is being read is not read a second time beside that",
        "syncd/daemon/keeper.py",
        "        self._busy[collection.name] = part\n"
        "        try:\n"
        "            result = await self._in_time(collection, request)\n"
        "        finally:\n"
        "            del self._busy[collection.name]\n",
        "        try:\n            result = await self._in_time(collection, request)\n        finally:\n",
        (f"{_KEEPING}test_p8_no_collection_is_read_twice_at_the_same_time",),
    ),
    Guard(
        "P9",
        "a page is stored before the next is asked for",
        "syncd/walk.py",
        "            async for batch in self._pass(position):\n",
        "            for batch in [each async for each in self._pass(position)]:\n",
        (f"{_LIMITS}test_p9_memory_is_flat_however_many_records_come",),
    ),
    Guard(
        "P10",
        "what the system refuses is a vendor out of reach, not a crash",
        "syncd/http/client.py",
        "except (TimeoutError, aiohttp.ClientError, OSError) as error:",
        "except TimeoutError as error:",
        (f"{_LIMITS}test_p10_a_process_without_files_to_open_fails_its_runs_and_goes_on_later",),
    ),
    Guard(
        "P11",
        "the first request waits for its turn as if one had just been sent",
        "syncd/http/pace.py",
        "self._schedule = Schedule(clock.monotonic() + self._base_s)",
        "self._schedule = Schedule(clock.monotonic())",
        (
            f"{_PACE}test_p11_the_first_request_waits_one_gap_after_the_start",
            f"{_VENDOR}test_p11_a_crash_loop_does_not_burst",
            f"{_KEEPING}test_p11_a_crash_loop_sends_no_faster_than_the_rate",
        ),
    ),
    Guard(
        "P12",
        "an error is of the run it came in",
        "syncd/run.py",
        '        ended = replace(ended, state="failed", error=_of_a_list(error))',
        "        raise",
        (f"{_KEEPING}test_p12_one_collection_that_always_fails_keeps_no_other_waiting[400]",),
    ),
    Guard(
        "P13",
        "a run that is cancelled while it begins does not go on saying that it runs",
        "syncd/run.py",
        '        await reader.store.end_run(await starting, "interrupted", at)\n',
        "",
        (f"{_STEPS}test_p13_a_run_cancelled_at_any_await_loses_no_row_no_turn_and_no_connection",),
    ),
    Guard(
        "P13",
        "a turn that was granted to whoever was cancelled goes on to the next",
        "syncd/http/pace.py",
        "            self._withdraw(waiter)\n",
        "",
        (f"{_PACE}test_p13_cancelled_at_any_await_no_turn_is_lost",),
    ),
    Guard(
        "P13",
        "a request whose end is not known counts twice",
        "syncd/http/pace.py",
        "            answered = False\n",
        "",
        (
            "tests/contract/test_http_vendor.py::test_p13_a_cancelled_question_leaves_the_client_usable_and_the_gap_doubled",
        ),
    ),
    Guard(
        "K1",
        "a key that nobody knows is a problem",
        "syncd/config/reader.py",
        "            if name not in allowed:\n",
        "            if False:\n",
        (
            f"{_PROBLEMS}test_k1_every_problem_is_named_at_once_with_its_line",
            f"{_PROBLEMS}test_k1_each_unusable_key_is_one_problem_that_says_what_is_allowed",
        ),
    ),
    Guard(
        "K1",
        "every problem is told, not the first",
        "syncd/config/reader.py",
        'self.problems.append(f"{self.source.where(path)}: {says}")',
        'self.problems[1:] = [f"{self.source.where(path)}: {says}"]',
        (f"{_PROBLEMS}test_k1_every_problem_is_named_at_once_with_its_line",),
    ),
    Guard(
        "K1",
        "the nearest name is suggested",
        "syncd/config/reader.py",
        "cutoff=0.6",
        "cutoff=1.0",
        (f"{_PROBLEMS}test_k1_every_problem_is_named_at_once_with_its_line",),
    ),
    Guard(
        "K2",
        "an empty secret is none",
        "syncd/secret.py",
        "    if not text.strip():\n",
        "    if False:\n",
        (f"{_SECRET}test_k2_an_unusable_secret_names_its_source_and_never_its_value",),
    ),
    Guard(
        "K2",
        "a secret that is not there is a problem",
        "syncd/config/reader.py",
        "note = self.problem if self.secrets else self.warn",
        "note = self.warn",
        (f"{_SECRET}test_k2_an_unusable_secret_names_its_source_and_never_its_value",),
    ),
    Guard(
        "K2",
        "a problem names the source and never the value",
        "syncd/secret.py",
        'f"{what} holds a line break or another control character.",',
        'f"{text!r} holds a line break or another control character.",',
        (f"{_SECRET}test_k2_an_unusable_secret_names_its_source_and_never_its_value",),
    ),
    Guard(
        "K3",
        "an account has one connection",
        "syncd/config/connections.py",
        "        if account in accounts:\n",
        "        if False:\n",
        (f"{_PROBLEMS}test_k3_two_connections_with_one_account_are_refused",),
    ),
    Guard(
        "K4",
        "what is stored of a connection is shown, configured or not",
        "syncd/status.py",
        "for name in sorted((stored.keys() | states.keys()) - names):",
        "for name in ():",
        (
            "tests/store/test_cli_status.py::test_k4_a_connection_that_left_the_configuration_keeps_its_rows_and_is_told",
        ),
    ),
    Guard(
        "K5",
        "the example has every key",
        "config.example.toml",
        "# rate_share = ",
        "# rate_part = ",
        (
            f"{_EXAMPLE}test_k5_the_example_has_every_key",
            f"{_EXAMPLE}test_k5_every_option_of_the_example_can_be_switched_on",
        ),
    ),
    Guard(
        "K5",
        "what is generated from the declarations is current",
        "syncd/config/keys.py",
        "time between two full passes, which also find deletions",
        "time between two passes",
        ("tests/daemon/test_docs.py::test_k5_the_schema_of_the_configuration_is_current",),
    ),
    Guard(
        "K6",
        "an interval has bounds",
        "syncd/config/keys.py",
        "        if not low <= found <= high:\n",
        "        if False:\n",
        (f"{_PROBLEMS}test_k6_an_absurd_interval_is_refused_with_its_bounds",),
    ),
    Guard(
        "K7",
        "a URL that is none is refused",
        "syncd/config/addresses.py",
        "    if scheme not in POSTGRESQL or not rest:\n",
        "    if not rest:\n",
        (f"{_PROBLEMS}test_k7_a_database_url_that_cannot_be_one_is_refused_without_its_password",),
    ),
    Guard(
        "K7",
        "an old server is refused",
        "syncd/store/engine.py",
        "        if version < _OLDEST_POSTGRES:\n",
        "        if False:\n",
        ("tests/store/test_faults.py::test_k7_an_old_server_is_refused_with_both_versions",),
    ),
    Guard(
        "K7",
        "a wrong encoding is refused",
        "syncd/store/engine.py",
        'if encoding != "UTF8":',
        "if False:",
        ("tests/store/test_faults.py::test_k7_an_unusable_server_is_named_without_the_password",),
    ),
    Guard(
        "K7",
        "missing rights are named",
        "syncd/store/engine.py",
        '(("42501",), ',
        '(("42502",), ',
        ("tests/store/test_faults.py::test_k7_a_user_without_rights_is_told_so",),
    ),
)
