"""What happens on a case: updates and their notifications, events, tasks, files."""

from __future__ import annotations

from syncd.collection import Collection, UpdatedSince, boolean, date, instant, integer, text
from syncd.vendors.trackops.shared import STAMPS, changed, links

CASE_UPDATES = Collection(
    name="case_updates",
    table="trackops_case_updates",
    path="/case/updates",
    one="/case/updates/{id}",
    key=("id",),
    strategy=changed(),
    drops=("AccessGroup", "CreatedBy"),
    columns=(
        integer("id", "numeric id of the update", required=True),
        integer("casefile_id", "case", required=True, references="trackops_cases.id"),
        integer("subject_id", "subject", references="trackops_subjects.id"),
        integer("event_id", "event or task", references="trackops_events.id"),
        integer(
            "access_group_id",
            "access group",
            required=True,
            aliases="AccessGroup.id",
            references="trackops_access_groups.id",
        ),
        integer("thread_id", "thread: the first update and its replies"),
        text("title", "title"),
        text("body", "body, may hold HTML, can be very long"),
        instant("activity_at", "when the activity took place"),
        boolean("is_valid", "validated by a manager", required=True),
        instant("validated_at", "when validated"),
        integer("validated_by", "validator; a user: id of staff or client_contacts"),
        integer(
            "created_by", "author: staff OR contact; a user: id of staff or client_contacts", aliases="CreatedBy.id"
        ),
        *STAMPS,
    ),
    children=(
        links(
            "case_update_files",
            "Files",
            "update_id",
            "trackops_case_updates",
            "file_id",
            "trackops_files.id",
            volatile=("url",),
        ),
    ),
)

CASE_UPDATE_NOTIFICATIONS = Collection(
    name="case_update_notifications",
    table="trackops_case_update_notifications",
    path="/case/update/notifications",
    one="/case/update/notifications/{update_id}/{notification_id}",
    key=("update_id", "notification_id"),
    strategy=UpdatedSince(since="from", made="sent_at", made_from="from", made_to="to"),
    drops=("SentBy", "SentTo"),
    columns=(
        integer("update_id", "case update", required=True, references="trackops_case_updates.id"),
        integer("notification_id", "notification", required=True),
        integer("casefile_id", "case", required=True, references="trackops_cases.id"),
        integer("access_group_id", "access group", references="trackops_access_groups.id"),
        integer("sent_by", "sender; a user: id of staff or client_contacts", aliases="SentBy.id"),
        integer("sent_to", "recipient; a user: id of staff or client_contacts", aliases="SentTo.id"),
        instant("sent_at", "when sent", required=True),
    ),
)

EVENTS = Collection(
    name="events",
    table="trackops_events",
    path="/events",
    one="/events/{id}",
    key=("id",),
    strategy=changed(),
    drops=("Calendar",),
    columns=(
        integer("id", "numeric id of the event", required=True),
        text("title", "title", required=True),
        integer("calendar_id", "calendar", required=True, aliases="Calendar.id", references="trackops_calendars.id"),
        integer("casefile_id", "case, if any", references="trackops_cases.id"),
        integer("subject_id", "subject, if any", references="trackops_subjects.id"),
        boolean("is_allday", "all-day event", required=True),
        instant("start_at", "start", required=True),
        instant("end_at", "end"),
        instant("alert_at", "alert scheduled"),
        instant("alert_sent_at", "alert delivered"),
        text("address", "place"),
        text("notes", "notes"),
        integer("created_by", "user; a user: id of staff or client_contacts"),
        *STAMPS,
    ),
    children=(links("event_users", "Users", "event_id", "trackops_events", "user_id", ""),),
)

TASKS = Collection(
    name="tasks",
    table="trackops_tasks",
    path="/tasks",
    one="/tasks/{id}",
    key=("id",),
    strategy=changed(),
    drops=("Calendar",),
    columns=(
        integer("id", "numeric id of the task", required=True),
        text("title", "title", required=True),
        integer("calendar_id", "calendar", required=True, aliases="Calendar.id", references="trackops_calendars.id"),
        integer("casefile_id", "case, if any", references="trackops_cases.id"),
        integer("subject_id", "subject, if any", references="trackops_subjects.id"),
        integer("case_service_id", "service", references="trackops_case_services.id"),
        text("status", "status", required=True, values=("none", "needs_action", "in_progress", "complete")),
        date("due_on", "due date"),
        instant("completed_at", "when completed"),
        instant("alert_at", "alert scheduled"),
        instant("alert_sent_at", "alert delivered"),
        text("address", "place"),
        text("notes", "notes"),
        integer("created_by", "user; a user: id of staff or client_contacts"),
        *STAMPS,
    ),
    children=(links("task_users", "Users", "task_id", "trackops_tasks", "user_id", ""),),
)

FILES = Collection(
    name="files",
    table="trackops_files",
    path="/files",
    one="/files/{id}",
    key=("id",),
    strategy=changed(),
    drops=("AccessGroup",),
    columns=(
        integer("id", "numeric id of the file or folder", required=True),
        text("name", "name shown", required=True),
        text("filename", "raw file name with extension"),
        integer("casefile_id", "case", references="trackops_cases.id"),
        text("mime_type", "MIME type (null for a folder)"),
        integer("size", "bytes; can pass 2^31"),
        integer("access_group_id", "access group", aliases="AccessGroup.id", references="trackops_access_groups.id"),
        boolean("is_folder", "folder rather than file"),
        integer("created_by", "user; a user: id of staff or client_contacts"),
        *STAMPS,
        text("url", "secret download link, dead after 15 minutes: DO NOT store or log", sensitive=True, volatile=True),
    ),
)
