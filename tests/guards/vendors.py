"""What keeps the promises about vendors: V1 to V24."""

from __future__ import annotations

from tests.guards.guard import Guard

CLIENT, PACE, RETRY = "syncd/http/client.py", "syncd/http/pace.py", "syncd/http/retry.py"
SESSIONS, PAGING, PLAN, WALK = "syncd/http/sessions.py", "syncd/paging.py", "syncd/plan.py", "syncd/walk.py"
WINDOWED, WINDOWS, SERIES, PARSE = "syncd/windowed.py", "syncd/windows.py", "syncd/series.py", "syncd/parse.py"
OF_TRACKOPS = "syncd/vendors/trackops/protocol.py"

VENDOR = "tests/contract/test_http_vendor.py"
TRACKOPS = "tests/contract/test_trackops_faults.py"
READING, RECORDS = "tests/contract/test_trackops_reading.py", "tests/contract/test_trackops_records.py"
FLEET, FLEETS = "tests/contract/test_fleet_faults.py", "tests/contract/test_fleets_faults.py"
CHANGES, CUT = "tests/contract/test_trackunit_changes.py", "tests/contract/test_trackunit_windows.py"
OF_SESSIONS, KEEPING = "tests/contract/test_http_sessions.py", "tests/daemon/test_daemon_keeping.py"
UNIT_WALK, UNIT_PAGING = "tests/unit/test_walk.py", "tests/unit/test_paging.py"
UNIT_PACE, UNIT_PLAN = "tests/unit/test_pace.py", "tests/unit/test_plan.py"
OF_ITRACK, LIMITS = "tests/contract/test_itrack_sessions.py", "tests/contract/test_itrack_limits.py"
WALKS, UNIT_ITRACK = "tests/property/test_walk_properties.py", "tests/unit/test_itrack_windows.py"
FLEETS_RECORDS, DELETION = "tests/contract/test_fleets_records.py", f"{UNIT_PLAN}::TestDeletion"

GUARDS: tuple[Guard, ...] = (
    # --- refusals and outages --------------------------------------------------------------------------------------
    Guard(
        "V1",
        "after a refusal nothing is sent for as long as it says",
        PACE,
        "self.hold(max(seconds, self.gap_s))",
        "self.hold(self.gap_s)",
        (
            f"{VENDOR}::test_v1_a_refusal_holds_the_connection_as_long_as_it_says",
            f"{VENDOR}::test_v1_while_held_nothing_of_any_lane_is_sent",
            f"{UNIT_PACE}::test_v1_a_refusal_holds_the_whole_connection_for_as_long_as_the_vendor_says",
        ),
    ),
    Guard(
        "V1",
        "no vendor is waited for longer than an hour, or less than nothing",
        RETRY,
        "return min(max(seconds, 0.0), MOST_HELD_S)",
        "return seconds",
        ("tests/unit/test_retry.py::test_v1_retry_after_is_read_in_every_form_and_never_beyond_an_hour",),
    ),
    Guard(
        "V1",
        "a refusal for going too fast is no failed attempt",
        CLIENT,
        """\
            except RateLimited as error:
                self._note_refusal(asking, error)
""",
        """\
            except RateLimited as error:
                await self._wait_before_retry(asking, Unavailable(error.message))
""",
        (
            f"{VENDOR}::test_v1_many_refusals_and_failures_of_one_question_are_survived",
            f"{FLEET}::test_v1_a_vendor_that_says_too_fast_hears_nothing_meanwhile_and_loses_no_attempt[{{}}-batch]",
        ),
    ),
    Guard(
        "V2",
        "what a vendor says in its body is believed, whatever the status",
        CLIENT,
        "error = self.vendor.explain(question, reply) or unexplained(question, reply)",
        "error = unexplained(question, reply)",
        (f"{VENDOR}::test_v2_a_limit_told_in_the_body_is_a_refusal_like_any_other",),
    ),
    Guard(
        "V2",
        "iTrack's code of a refusal counts in a success, too",
        "syncd/vendors/itrack/meanings.py",
        "    code = _code(value)\n",
        "    code = _code(value) if reply.status >= BAD_REQUEST else None\n",
        (f"{FLEET}::test_v2_too_fast_in_the_body_of_a_200_is_the_same[batch]",),
    ),
    Guard(
        "V3",
        "at a strict vendor the gap counts from the end of the previous answer",
        PACE,
        "            self.hold(self.gap_s if answered else 2 * self.gap_s)\n",
        "            self._schedule.take(self._clock.monotonic(), self.gap_s / 2, None)\n",
        (
            f"{VENDOR}::test_v3_against_a_strict_vendor_no_two_requests_arrive_closer_than_the_limit",
            f"{UNIT_PACE}::test_v3_the_gap_counts_from_the_end_of_the_previous_answer",
        ),
    ),
    Guard(
        "V3",
        "one request is in flight where the gap counts from its answer",
        PACE,
        "self._slots = 1 if after_answer else max(1, parallel)",
        "self._slots = max(1, parallel)",
        (f"{UNIT_PACE}::test_v3_only_one_request_is_in_flight_whatever_parallel_says",),
    ),
    Guard(
        "V3",
        "requests that are spaced keep a margin, or windows at the vendor overflow",
        "syncd/http/spacing.py",
        "return gap_s + min(gap_s * MARGIN, MOST_MARGIN_S)",
        "return gap_s",
        ("tests/unit/test_spacing.py::test_v3_however_late_and_however_idle_no_second_has_more_than_the_limit",),
    ),
    Guard(
        "V3",
        "connections to one address keep its limit together",
        PACE,
        "            self._host.take(self, now, self._host_gap_s, late_s)\n",
        "            self._host.leave(self)\n",
        (
            "tests/unit/test_spacing.py::test_v3_connections_to_one_address_keep_its_limit_together",
            f"{VENDOR}::test_v3_connections_to_one_host_share_what_it_allows_an_address",
        ),
    ),
    Guard(
        "V4",
        "one failure of the vendor is invisible",
        CLIENT,
        "            except Unavailable as error:\n                await self._wait_before_retry(asking, error)\n",
        "            except Unavailable:\n                raise\n",
        (
            f"{VENDOR}::test_v4_one_failure_is_invisible",
            f"{TRACKOPS}::test_v4_one_failure_of_the_vendor_is_invisible[503-sqlite]",
            f"{FLEET}::test_v4_one_failure_of_the_vendor_is_invisible[windows]",
        ),
    ),
    Guard(
        "V4",
        "a vendor in trouble gets a tenth more requests, not five times as many",
        CLIENT,
        " or not self._budget.spend()",
        "",
        (f"{VENDOR}::test_v4_a_vendor_that_stays_down_gets_a_tenth_more_requests_not_five_times",),
    ),
    Guard(
        "V4",
        "a vendor that stays down is probed, ever more rarely",
        RETRY,
        "return not self.is_open or now >= self.next_probe_at",
        "return True",
        (
            "tests/unit/test_retry.py::test_v4_an_open_breaker_lets_one_probe_through_per_interval_and_backs_off_to_an_hour",
        ),
    ),
    Guard(
        "V5",
        "a session that is over is opened once more, and the page asked again",
        CLIENT,
        "        return first\n",
        "        return False\n",
        (
            f"{OF_SESSIONS}::test_v5_a_session_that_ends_in_mid_walk_is_opened_again_and_the_page_asked_again",
            f"{OF_ITRACK}::test_v5_a_session_that_ends_in_mid_walk_is_opened_again_and_the_walk_goes_on",
        ),
    ),
    Guard(
        "V5",
        "a rotated secret is read again once",
        CLIENT,
        "return self._identity.refreshed()",
        "return False",
        (f"{VENDOR}::test_v5_a_rotated_secret_is_read_again_once_and_the_page_asked_again",),
    ),
    Guard(
        "V5",
        "two logins are five minutes apart, however sessions end",
        SESSIONS,
        "wait_s = self._gap_s - since_s",
        "wait_s = 0.0 - since_s",
        (
            f"{OF_SESSIONS}::test_v5_a_session_lost_soon_after_its_login_is_opened_again_once_and_no_more_for_five_minutes",
        ),
    ),
    Guard(
        "V5",
        "a refused connection stands still",
        "syncd/daemon/keeper.py",
        "            if not self.gate.refused:\n                await self.gate.refuse(error)\n",
        "            await self.gate.passed(self._class_of(collection))\n",
        (f"{KEEPING}::test_v5_a_new_secret_in_its_file_ends_the_standstill_at_once",),
    ),
    Guard(
        "V6",
        "whoever finds the session over waits for the one login that is under way",
        SESSIONS,
        "if self._work is None or self._work.done():",
        "if self._work is not False:",
        (f"{OF_SESSIONS}::test_v6_questions_whose_session_ends_together_open_one_new_session[in memory]",),
    ),
    Guard(
        "V6",
        "processes that start together log in once",
        SESSIONS,
        "await stack.enter_async_context(self._file.locked(self._clock))",
        "await asyncio.sleep(0)",
        ("tests/contract/test_http_session_logins.py::test_v6_two_processes_that_start_together_log_in_once",),
    ),
    Guard(
        "V6",
        "who was refused with a former secret does not read it again",
        CLIENT,
        "if asking.signed_with != self._identity.credentials:",
        "if asking.signed_with is None:",
        (f"{VENDOR}::test_v6_questions_refused_together_read_the_secret_again_once",),
    ),
    Guard(
        "V7",
        "a wrong request is not sent again",
        OF_TRACKOPS,
        'return Refused(f"Trackops refused {question.path} ({status}).{said}")',
        'return Unavailable(f"Trackops refused {question.path} ({status}).{said}")',
        (
            f"{VENDOR}::test_v7_a_wrong_request_is_not_sent_again_and_quotes_the_vendor",
            f"{TRACKOPS}::test_v7_a_refused_question_is_not_asked_again_and_quotes_the_vendor[422-sqlite]",
        ),
    ),
    # --- answers that are none -------------------------------------------------------------------------------------
    Guard(
        "V8",
        "a success that is not JSON is an outage, asked again",
        OF_TRACKOPS,
        "if reply.value is NOT_JSON:",
        "if reply.value is None:",
        (
            f"{VENDOR}::test_v8_one_maintenance_page_is_invisible",
            f"{VENDOR}::test_v8_what_is_not_json_is_asked_again_and_after_five_times_says_what_to_check",
        ),
    ),
    Guard(
        "V8",
        "an answer that is no list ends the walk",
        WALK,
        "            raise Malformed(msg)\n        return answer.value\n",
        "            return []\n        return answer.value\n",
        (f"{UNIT_WALK}::TestGarbled::test_v8_an_answer_that_is_no_list_is_malformed",),
    ),
    Guard(
        "V8",
        "after a re-read that is not proven nothing is gone, whoever allows it",
        PLAN,
        "if not absence.proven:",
        "if not absence.proven and not allowed:",
        (f"{DELETION}::test_v8_nothing_goes_after_a_re_read_that_is_not_proven",),
    ),
    Guard(
        "V9",
        "an error inside a success is one",
        OF_TRACKOPS,
        'if reply.value.get("success") is False or reply.value.keys() <=',
        "if not reply.value and reply.value.keys() <=",
        (
            f"{VENDOR}::test_v9_an_error_inside_a_success_means_what_the_vendor_means",
            "tests/unit/test_trackops_protocol.py::test_v8_v9_a_success_that_is_none_never_counts_as_an_answer",
        ),
    ),
    Guard(
        "V9",
        "what Trackier calls no success is none, without a code too",
        "syncd/vendors/trackier/meanings.py",
        'if value.get("success") is False:',
        'if value.get("success") is None:',
        ("tests/unit/test_trackier_protocol.py::test_v9_a_failure_inside_a_success_is_one",),
    ),
    Guard(
        "V10",
        "of an empty list nothing is concluded at once",
        PLAN,
        " and absence.count < absence.live:",
        ":",
        (f"{DELETION}::test_v10_v11_up_to_ten_rows_or_a_tenth_and_never_all_of_them_go_at_once",),
    ),
    Guard(
        "V10",
        "what a window's empty answer lacks is missed, not gone",
        WINDOWS,
        "if aim.allow_deletes or ordinary or found <= aged:",
        "if found:",
        (
            f"{FLEETS}::test_v10_an_empty_answer_to_a_window_that_had_rows_is_held[trackunit-unit_history]",
            f"{FLEETS}::test_v10_an_empty_answer_to_a_window_that_had_rows_is_held[itrack-tracks]",
        ),
    ),
    Guard(
        "V11",
        "more deletions than on an ordinary day are held back",
        PLAN,
        "return deletions <= max(10, live // 10)",
        "return deletions <= max(10, live)",
        (
            f"{DELETION}::test_v10_v11_up_to_ten_rows_or_a_tenth_and_never_all_of_them_go_at_once",
            f"{TRACKOPS}::test_v10_v11_an_empty_or_sharply_smaller_list_is_held_and_reported[fewer-sqlite]",
            f"{CHANGES}::test_v10_v11_many_erased_rows_are_held_until_a_second_look_an_hour_later",
        ),
    ),
    Guard(
        "V11",
        "what was held back goes only after an hour, and if a second look finds the same",
        PLAN,
        " and now - held.at >= HELD_FOR",
        "",
        (f"{DELETION}::test_v11_many_go_when_a_second_re_read_an_hour_later_finds_the_same_and_the_count_agrees",),
    ),
    Guard(
        "V11",
        "rows of a window that were missed are gone only after an hour, too",
        WINDOWS,
        "*(d.keys for d in doubts if aim.now - d.at >= HELD_FOR)",
        "*(d.keys for d in doubts)",
        (f"{CHANGES}::test_v10_v11_many_erased_rows_are_held_until_a_second_look_an_hour_later",),
    ),
    Guard(
        "V12",
        "a page that stood before ends the walk",
        PAGING,
        "if records and digest in self._seen:",
        "if records and digest is None:",
        (
            f"{UNIT_WALK}::TestGarbled::test_v12_a_repeating_page_is_malformed",
            f"{UNIT_PAGING}::TestRepeats::test_v12_the_same_keys_again_are_a_repeated_page_whatever_else_differs",
        ),
    ),
    Guard(
        "V12",
        "a walk ends after so many pages, whatever stands on them",
        PAGING,
        "if page > MOST_PAGES:",
        "if page > 10 * MOST_PAGES:",
        (f"{UNIT_PAGING}::TestRepeats::test_v12_a_walk_without_end_is_malformed",),
    ),
    Guard(
        "V12",
        "a token that was given before ends the walk",
        PAGING,
        "if token in self._tokens:",
        "if token is None:",
        ("tests/unit/test_paging_ways.py::test_v12_a_token_that_was_given_before_is_malformed",),
    ),
    Guard(
        "V12",
        "a last id that does not advance ends the walk",
        PAGING,
        """\
            raise Malformed(f"lastId does not advance beyond {self._last}", remedy=NOTHING_CONCLUDED)
""",
        """\
            return None
""",
        ("tests/unit/test_paging_ways.py::test_v12_a_last_id_that_does_not_advance_is_malformed_and_not_the_end",),
    ),
    # --- lists that move -------------------------------------------------------------------------------------------
    Guard(
        "V13",
        "a page that is exactly full is not the last",
        WALK,
        "full = len(records) >= position.size",
        "full = len(records) > position.size",
        (
            f"{READING}::test_v13_a_last_page_that_is_exactly_full_is_not_the_end_until_the_next_is_empty[clients]",
            f"{READING}::test_v13_a_walk_goes_to_the_end_at_every_size[200]",
        ),
    ),
    Guard(
        "V13",
        "pages smaller than asked for are not taken for the last",
        WALK,
        "full = await self._goes_on(position)",
        "full = False",
        (
            f"{READING}::test_v13_pages_smaller_than_asked_for_are_read_to_the_end[50]",
            f"{UNIT_WALK}::TestRequests::test_v13_pages_smaller_than_asked_for_are_noticed_and_remembered",
        ),
    ),
    Guard(
        "V14",
        "equal counts prove nothing without equal keys",
        PAGING,
        "position.before == after == staged_bounded",
        "position.before == after",
        (
            f"{UNIT_PAGING}::TestProof::test_v14_v18_equal_counts_need_equal_keys_and_a_pass_without_new_keys_needs_no_counts",
            f"{UNIT_WALK}::TestProof::test_v14_equal_counts_alone_prove_nothing",
        ),
    ),
    Guard(
        "V14",
        "a pass that brought new keys is no proof",
        PAGING,
        "by_passes = position.round > 1 and staged == position.base",
        "by_passes = staged >= position.base",
        (
            f"{UNIT_WALK}::TestProof::test_v14_a_row_that_slips_over_a_page_edge_is_found_by_the_second_pass",
            f"{WALKS}::test_v14_v15_a_proven_walk_of_everything_saw_every_row_that_was_there_all_the_time",
        ),
    ),
    Guard(
        "V15",
        "an answer that is full is known only up to before its last second",
        "syncd/vendors/itrack/history.py",
        "return min(resumed, end), True",
        "return min(resumed + SECOND, end), True",
        (f"{UNIT_ITRACK}::test_v15_a_full_answer_is_complete_to_its_last_second_and_the_rest_is_asked_from_there",),
    ),
    Guard(
        "V16",
        "what changed is asked for from a while before the cursor",
        PLAN,
        "since = timestamp(cursor.at - lookback)",
        "since = timestamp(cursor.at)",
        (f"{READING}::test_v16_a_late_row_is_found_within_the_lookback_and_later_by_the_daily_count[clients]",),
    ),
    Guard(
        "V16",
        "a unit that reported is read from a look-back before what is known",
        WINDOWS,
        "ledger = ledger.again((start - aim.lookback, anchor + ahead))",
        "ledger = ledger.again((start, anchor + ahead))",
        (f"{CHANGES}::test_v16_rows_that_come_late_are_found_within_the_look_back",),
    ),
    Guard(
        "V16",
        "a unit that was silent is read from when it was last heard",
        WINDOWS,
        "start = min(anchor, silent) if silent else anchor",
        "start = anchor",
        (f"{CHANGES}::test_v16_what_a_unit_kept_while_it_was_silent_is_read_when_it_reports",),
    ),
    Guard(
        "V16",
        "what is read again by the clock is read of silent units, too",
        WINDOWS,
        "    if any(ledger.tiers.get(_named(tier)) == aim.now for tier in aim.tiers):\n        yield aim.now\n",
        "",
        (f"{CHANGES}::test_v16_the_weekly_reading_asks_units_that_report_nothing_too_and_only_for_a_week",),
    ),
    Guard(
        "V17",
        "a walk whose order cannot be relied on is proven by what came, or concludes nothing",
        PAGING,
        "return by_counts or by_passes",
        "return position.round > 0",
        (f"{TRACKOPS}::test_v17_an_order_that_is_another_for_every_page_proves_nothing_and_is_read_again",),
    ),
    Guard(
        "V18",
        "a count that is wrong proves no walk",
        PAGING,
        "position.before == after == staged_bounded",
        "position.before == after",
        (f"{UNIT_WALK}::TestProof::test_v18_a_lying_count_costs_a_second_pass_and_decides_nothing",),
    ),
    Guard(
        "V18",
        "a list that stays shorter than its count is never called whole",
        "syncd/listed.py",
        "self.trusted = taken.trusted",
        "self.trusted = True",
        (
            f"{FLEETS_RECORDS}::test_v18_a_list_that_stays_shorter_than_its_count_is_stored_but_never_called_whole[itrack-places]",
        ),
    ),
    # --- records ---------------------------------------------------------------------------------------------------
    Guard(
        "V19",
        "of a key that comes twice in a page the last record wins",
        PARSE,
        "found.update(zip(keys, self._keyed(keys, readable), strict=True))",
        "found.update(reversed(list(zip(keys, self._keyed(keys, readable), strict=True))))",
        ("tests/unit/test_parse.py::TestKeys::test_v19_a_key_seen_twice_counts_once_and_the_later_record_wins",),
    ),
    Guard(
        "V20",
        "a record without a key is set aside, and never a row",
        PARSE,
        '            rejects.append(Reject(None, None, json_text(self._shown(record)), f"no readable key: {error}"))\n',
        "            del error\n",
        (f"{RECORDS}::test_v20_a_record_without_a_key_is_kept_whole_as_a_reject_and_deletes_nothing",),
    ),
    Guard(
        "V20",
        "many records without a key fail the run",
        PLAN,
        "return rejected > max(REJECTS_ALWAYS_BORNE, received // 100)",
        "return rejected > received",
        (
            f"{UNIT_PLAN}::TestTimes::test_v20_more_than_one_in_a_hundred_without_a_key_and_more_than_ten_is_too_many",
            f"{RECORDS}::test_v20_many_records_without_a_key_fail_the_run_before_its_cursor_moves",
            f"{FLEET}::test_v20_records_without_a_key_fail_the_run_before_its_ledger_moves[windows]",
        ),
    ),
    Guard(
        "V20",
        "a value that does not fit its column is told of",
        "syncd/fields.py",
        "                    aside.tell(place, self.column.name, str(error))\n",
        "                    del error\n",
        (
            "tests/unit/test_parse.py::TestValues::test_v20_a_value_that_does_not_parse_is_null_kept_unchanged_and_listed",
        ),
    ),
    Guard(
        "V20",
        "a value that does not fit its column is kept as it came",
        "syncd/fields.py",
        "                    aside.keep(place, self.find(page.records[place])[0], self.kept(value))\n",
        "                    pass\n",
        (
            "tests/unit/test_parse.py::TestValues::test_v20_a_value_that_does_not_parse_is_null_kept_unchanged_and_listed",
        ),
    ),
    Guard(
        "V21",
        "members that nobody knows are kept beside the row",
        PARSE,
        "                    aside.keep(place, path, value)\n",
        "                    pass\n",
        (
            f"{RECORDS}::test_v21_unknown_members_are_kept_beside_the_row[clients]",
            "tests/unit/test_parse.py::TestValues::test_v21_unknown_members_go_to_extra_as_they_came",
        ),
    ),
    Guard(
        "V22",
        "what the vendor announces of its calls is heard and said",
        CLIENT,
        'for name in ("Deprecation", "Sunset"):',
        'for name in ("Warning",):',
        (
            f"{VENDOR}::test_v22_announced_ends_of_calls_are_remembered_by_path_template",
            f"{TRACKOPS}::test_v22_an_announced_end_of_a_call_is_said_once_as_a_warning",
        ),
    ),
    # --- windows and parents ---------------------------------------------------------------------------------------
    Guard(
        "V23",
        "a window that is too much for the vendor is asked for in halves",
        SERIES,
        "        self.cap = self._shorter(window, most, why)\n        self._halve(window)\n",
        "        self.cap = self._shorter(window, most, why)\n        self.drop()\n",
        (
            f"{CUT}::test_v23_what_halved_is_remembered_for_its_unit_and_for_no_other",
            "tests/contract/test_trackier_cycles.py::test_v23_a_report_of_too_many_days_is_halved_and_remembered",
        ),
    ),
    Guard(
        "V23",
        "of a range that the vendor no longer keeps whole nothing is gone",
        WINDOWED,
        "judges = taken.trusted and start < end",
        "judges = start < end",
        (f"{LIMITS}::test_v23_what_the_tariff_no_longer_keeps_shows_as_a_gap_and_nothing_of_it_is_deleted",),
    ),
    Guard(
        "V23",
        "what was not read is not called known",
        SERIES,
        "            start = max(start, floor)\n",
        "",
        (f"{LIMITS}::test_v23_what_the_tariff_no_longer_keeps_shows_as_a_gap_and_nothing_of_it_is_deleted",),
    ),
    Guard(
        "V24",
        "one unit that always fails is left, and the others are read",
        WINDOWED,
        """\
                self.failures.note(error, of=min(series.ledgers, default=""))
                self._drop(series, "failed", error)
""",
        """\
                raise
""",
        (f"{CUT}::test_v24_one_unit_that_always_fails_stops_no_other_and_recovers",),
    ),
    Guard(
        "V24",
        "a run that left a unit says so",
        WINDOWED,
        """\
        if why == "failed":
            self.failures.errors.append(error)
""",
        "",
        (f"{CUT}::test_v24_one_unit_that_always_fails_stops_no_other_and_recovers",),
    ),
)
