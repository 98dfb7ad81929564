"""What keeps the promises about the network: N1 to N12."""

from __future__ import annotations

from tests.guards.guard import Guard

CLIENT, WIRE = "syncd/http/client.py", "syncd/http/wire.py"
HTTP, FLEETS, TRACKOPS = (
    "tests/contract/test_http_network.py",
    "tests/contract/test_fleet_faults.py",
    "tests/contract/test_trackops_faults.py",
)
SECURITY, KEEPING = "tests/contract/test_http_security.py", "tests/daemon/test_daemon_keeping.py"

GUARDS: tuple[Guard, ...] = (
    Guard(
        "N1",
        "who is not there is asked again, a few times, by itself",
        CLIENT,
        """\
            except Unavailable as error:
                await self._wait_before_retry(asking, error)
""",
        """\
            except Unavailable:
                raise
""",
        (
            f"{HTTP}::test_n1_a_vendor_that_is_not_there_is_unavailable_and_comes_back_by_itself",
            f"{HTTP}::test_n1_a_name_that_does_not_resolve_is_tried_three_times_and_says_what_to_check",
        ),
    ),
    Guard(
        "N1",
        "waits between tries are drawn by chance, and grow no longer than a minute",
        "syncd/http/retry.py",
        "return random * min(CAP_S, BASE_S * 2.0 ** min(attempt - 1, 16))",
        "return BASE_S * 2.0 ** min(attempt - 1, 16)",
        ("tests/unit/test_retry.py::test_n1_waits_grow_twofold_up_to_a_minute_with_full_jitter",),
    ),
    Guard(
        "N1",
        "a connection is given up after five runs in a row that reached nobody",
        "syncd/http/retry.py",
        "BREAKER_OPENS_AFTER = 5",
        "BREAKER_OPENS_AFTER = 50",
        ("tests/daemon/test_daemon_tasks.py::test_n1_a_vendor_that_is_away_is_given_up_after_five_runs",),
    ),
    Guard(
        "N2",
        "a connection that hangs ends at its own time",
        WIRE,
        "sock_connect=connect_s",
        "sock_connect=None",
        (f"{HTTP}::test_n2_a_connection_that_hangs_ends_at_its_time",),
    ),
    Guard(
        "N3",
        "an answer that never starts ends at the configured time",
        CLIENT,
        "self._timeout_s = options.timeout_s or vendor.timeout_s",
        "self._timeout_s = 20 * (options.timeout_s or vendor.timeout_s)",
        (f"{HTTP}::test_n3_an_answer_that_never_starts_ends_at_the_time_out",),
    ),
    Guard(
        "N4",
        "the time covers the whole body, however it drips",
        CLIENT,
        "async with asyncio.timeout(self._timeout_s):",
        "async with asyncio.timeout(None):",
        (f"{HTTP}::test_n4_a_body_that_drips_for_ever_ends_at_the_time_out",),
    ),
    Guard(
        "N5",
        "an answer that breaks off is a failure of the vendor's, asked for again",
        CLIENT,
        "except (TimeoutError, aiohttp.ClientError, OSError) as error:",
        "except (TimeoutError, aiohttp.ClientConnectionError, OSError) as error:",
        (
            f"{HTTP}::test_n5_a_body_cut_anywhere_is_never_taken_for_an_answer[content-length-closed]",
            f"{HTTP}::test_n5_a_wrong_content_length_is_asked_again",
            f"{TRACKOPS}::test_n5_a_body_cut_anywhere_is_asked_for_again_and_nothing_of_it_is_stored[cut_body-sqlite]",
            f"{FLEETS}::test_n5_a_body_cut_anywhere_is_asked_for_again_and_nothing_of_it_is_stored[windows]",
        ),
    ),
    Guard(
        "N6",
        "an answer knows whether anything but the closing of the connection told its end",
        WIRE,
        """\
        "Content-Length" in response.headers
        or "chunked" in response.headers.get("Transfer-Encoding", "").lower()
        or response.status in {204, 304}
""",
        """\
        response.status >= 200
""",
        (
            f"{HTTP}::test_n6_an_answer_whose_end_only_the_closing_told_is_marked[http 1.0]",
            f"{TRACKOPS}::test_n6_a_page_of_changes_cut_at_a_record_by_a_closed_connection_is_not_all_that_changed",
        ),
    ),
    Guard(
        "N6",
        "a short page whose end nobody marked is no end before a second answer says so",
        "syncd/walk.py",
        "if answer.framed or len(records) >= position.size:",
        "if answer.framed or records is not None:",
        (
            "tests/unit/test_walk.py::TestGarbled::test_n6_a_short_page_whose_end_nobody_marked_is_asked_again",
            f"{TRACKOPS}::test_n6_a_page_of_changes_cut_at_a_record_by_a_closed_connection_is_not_all_that_changed",
        ),
    ),
    Guard(
        "N6",
        "a window's answer whose end nobody marked is asked for twice",
        "syncd/crew.py",
        "    if answer.framed:\n",
        "    if answer is not None:\n",
        (f"{FLEETS}::test_n6_sound_json_without_a_length_is_asked_for_again_before_it_counts[windows]",),
    ),
    Guard(
        "N7",
        "what the library sends again waits for its turn",
        CLIENT,
        "                await turn.again()\n",
        "",
        (f"{HTTP}::test_n7_the_librarys_own_resend_is_paced_and_counted",),
    ),
    Guard(
        "N7",
        "what the library sends again is counted",
        CLIENT,
        "            meter.requests += 1\n",
        "            meter.requests += sendings == 1\n",
        (
            f"{HTTP}::test_n7_the_librarys_own_resend_is_paced_and_counted",
            f"{FLEETS}::test_n7_a_request_that_the_library_sends_again_is_counted[each]",
        ),
    ),
    Guard(
        "N8",
        "certificates are verified",
        WIRE,
        "verify: ssl.SSLContext | bool = True",
        "verify: ssl.SSLContext | bool = False",
        (f"{SECURITY}::test_n8_a_certificate_that_does_not_verify_stops_the_question_and_no_secret_leaves",),
    ),
    Guard(
        "N9",
        "a redirect is not followed",
        CLIENT,
        "allow_redirects=False,",
        "allow_redirects=True,",
        (f"{HTTP}::test_n9_a_redirect_is_refused_and_nothing_reaches_the_other_host",),
    ),
    Guard(
        "N10",
        "the library reads no proxy and no netrc from the environment",
        WIRE,
        "trust_env=False,",
        "trust_env=True,",
        (f"{HTTP}::test_n10_proxy_and_netrc_of_the_environment_are_ignored",),
    ),
    Guard(
        "N10",
        "a proxy of the environment is used only where that is configured",
        CLIENT,
        "(wire.environment_proxy(self._base_url) if options.trust_env else None)",
        "wire.environment_proxy(self._base_url)",
        (f"{HTTP}::test_n10_proxy_and_netrc_of_the_environment_are_ignored",),
    ),
    Guard(
        "N11",
        "a vendor that was away for a day was hardly asked meanwhile",
        "syncd/http/retry.py",
        "return self.failures >= BREAKER_OPENS_AFTER",
        "return self.failures >= 100 * BREAKER_OPENS_AFTER",
        (f"{KEEPING}::test_n11_after_a_day_without_network_each_collection_is_read_once",),
    ),
    Guard(
        "N12",
        "what unpacks beyond the bound is left there",
        WIRE,
        """\
            if len(body) > most:
                break
""",
        "",
        (
            f"{HTTP}::test_n12_the_bound_is_exact[100001]",
            f"{SECURITY}::test_n12_a_gzip_bomb_is_malformed_at_the_bound_and_memory_stays_below_twice_it",
        ),
    ),
    Guard(
        "N12",
        "what is announced as larger than the bound is not even read",
        WIRE,
        "if (response.content_length or 0) <= most:",
        "if most:",
        (f"{HTTP}::test_n12_a_body_above_the_bound_is_malformed_before_it_is_read",),
    ),
)
