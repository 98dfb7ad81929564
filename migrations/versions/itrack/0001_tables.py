"""The tables of iTrack."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "itrack_0001"
down_revision = None
branch_labels = ("itrack",)
depends_on = None

# The types as they were when this was written: a later change of the program must not change what is made here.
INTEGER = sa.BigInteger()
TEXT = sa.Text()
NUMERIC = sa.Numeric()
DOUBLE: sa.Double[float] = sa.Double()
BOOLEAN = sa.Boolean()
DATE = sa.Date()
INSTANT = sa.DateTime(timezone=True)
JSON = JSONB().with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "itrack_user",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="user id"),
        sa.Column("login", TEXT, comment="login"),
        sa.Column("title", TEXT, comment="person or company name"),
        sa.Column("first_name", TEXT, comment="given name"),
        sa.Column("middle_name", TEXT, comment="middle name"),
        sa.Column("last_name", TEXT, comment="family name"),
        sa.Column("legal_name", TEXT, comment="name of the firm"),
        sa.Column("legal_type", TEXT, comment="legal_entity · individual · sole_trader"),
        sa.Column("phone", TEXT, comment="telephone"),
        sa.Column("creation_date", INSTANT, comment="when made"),
        sa.Column("balance", NUMERIC, comment="ignore for sub-users"),
        sa.Column("bonus", NUMERIC, comment="ignore for sub-users"),
        sa.Column("locale", TEXT, comment="language and country, as en_US"),
        sa.Column("demo", BOOLEAN, comment="a demo account"),
        sa.Column("verified", BOOLEAN, comment="the user was verified"),
        sa.Column("time_zone", TEXT, comment="IANA name; THE zone of every plain date/time in this API"),
        sa.Column("measurement_system", TEXT, comment="metric · imperial · us · metric_gal_us · nautical"),
        sa.Column("date_format", TEXT, comment="how dates are shown to the user"),
        sa.Column("hour_mode", TEXT, comment="12 or 24 hours, as shown to the user"),
        sa.Column("default_geocoder", TEXT, comment="service that finds addresses"),
        sa.Column("route_provider", TEXT, comment="service that finds routes"),
        sa.Column("tin", TEXT, comment="taxpayer number"),
        sa.Column("iec", TEXT, comment="industrial enterprises classifier"),
        sa.Column("post_country", TEXT, comment="postal address: country"),
        sa.Column("post_region", TEXT, comment="postal address: region"),
        sa.Column("post_index", TEXT, comment="postal address: postal code"),
        sa.Column("post_city", TEXT, comment="postal address: city"),
        sa.Column("post_street_address", TEXT, comment="postal address: street"),
        sa.Column("registered_country", TEXT, comment="registered address: country"),
        sa.Column("registered_region", TEXT, comment="registered address: region"),
        sa.Column("registered_index", TEXT, comment="registered address: postal code"),
        sa.Column("registered_city", TEXT, comment="registered address: city"),
        sa.Column("registered_street_address", TEXT, comment="registered address: street"),
        sa.Column("paas_id", INTEGER, comment="dealer id; `paas_id` beside user_info in the reply"),
        sa.Column("master_id", INTEGER, comment="only for a sub-user: `master.id` beside user_info in the reply"),
        sa.Column(
            "rights",
            JSON,
            comment="only for a sub-user: `privileges.rights` beside user_info in the reply, array of text",
        ),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="user as the vendor has them",
    )
    op.create_table(
        "itrack_tracker_tags",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("tracker_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("tag_id", INTEGER, nullable=False, comment="tag"),
        sa.Column("ordinal", INTEGER, comment="1 to 5, unique per tracker"),
        sa.PrimaryKeyConstraint("connection", "tracker_id", "tag_id"),
        comment="tag_bindings of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_itrack_tracker_tags_tag_id", "itrack_tracker_tags", ["connection", "tag_id"])
    op.create_table(
        "itrack_trackers",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="tracker id = object id"),
        sa.Column("label", TEXT, comment="name shown"),
        sa.Column(
            "clone",
            BOOLEAN,
            comment="a clone shares another tracker's source, so probably its tracks and track ids too (inferred)",
        ),
        sa.Column("group_id", INTEGER, comment="0 = no group"),
        sa.Column("avatar_file_name", TEXT, comment="absent when unset"),
        sa.Column("source_id", INTEGER, comment="data-source id (shared by clones)"),
        sa.Column(
            "source_device_id", TEXT, comment="IMEI or serial; appears as JSON number in one doc example, store as text"
        ),
        sa.Column("source_model", TEXT, comment="model of the device"),
        sa.Column("source_blocked", BOOLEAN, comment="tariff-blocked; per-tracker calls answer 208"),
        sa.Column("source_tariff_id", INTEGER, comment="tariff"),
        sa.Column("source_status_listing_id", INTEGER, comment="listing of the statuses it may have"),
        sa.Column("source_creation_date", DATE, comment="day the device was registered"),
        sa.Column("source_tariff_end_date", DATE, comment="last day of the tariff"),
        sa.Column("source_phone", TEXT, comment="number of the SIM card"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="trackers as the vendor has them",
    )
    op.create_index("ix_itrack_trackers_group_id", "itrack_trackers", ["connection", "group_id"])
    op.create_index(
        "ix_itrack_trackers_source_status_listing_id", "itrack_trackers", ["connection", "source_status_listing_id"]
    )
    op.create_index("ix_itrack_trackers_source_tariff_id", "itrack_trackers", ["connection", "source_tariff_id"])
    op.create_table(
        "itrack_tracker_groups",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("title", TEXT, comment="1 to 60 chars"),
        sa.Column("color", TEXT, comment="RGB hex without #"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="The group 0 (no group) is never listed.",
    )
    op.create_table(
        "itrack_tags",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("color", TEXT, comment="RGB hex"),
        sa.Column("avatar_file_name", TEXT, comment="file of the picture"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="tags as the vendor has them",
    )
    op.create_table(
        "itrack_tracker_state_fields",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("tracker_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("key", TEXT, nullable=False, comment="depends on the model, e.g. hardware_key"),
        sa.Column("value", TEXT, comment="may exceed 64 bits"),
        sa.Column("updated", INSTANT, comment="when told"),
        sa.PrimaryKeyConstraint("connection", "tracker_id", "key"),
        comment="additional of their parent",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "itrack_tracker_states",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("tracker_id", INTEGER, nullable=False, comment="tracker"),
        sa.Column("source_id", INTEGER, comment="data source (shared by clones)"),
        sa.Column("gps_updated", INSTANT, comment="when the position was fixed"),
        sa.Column("gps_signal_level", INTEGER, comment="%"),
        sa.Column("gps_location_lat", DOUBLE, comment="latitude"),
        sa.Column("gps_location_lng", DOUBLE, comment="longitude"),
        sa.Column("gps_heading", INTEGER, comment="0 to 360"),
        sa.Column("gps_speed", INTEGER, comment="km/h"),
        sa.Column("gps_alt", INTEGER, comment="m"),
        sa.Column("gps_precision", INTEGER, comment="m, absent if unknown"),
        sa.Column("gps_gsm_lbs", BOOLEAN, comment="absent unless cell-tower fix"),
        sa.Column(
            "connection_status", TEXT, comment="signal_lost · just_registered · just_replaced · offline · idle · active"
        ),
        sa.Column("movement_status", TEXT, comment="moving · stopped · parked"),
        sa.Column("movement_status_update", INSTANT, comment="when movement_status changed"),
        sa.Column("ignition", BOOLEAN, comment="ignition is on"),
        sa.Column("ignition_update", INSTANT, comment="when ignition changed"),
        sa.Column("gsm_updated", INSTANT, comment="gsm itself may be null"),
        sa.Column("gsm_signal_level", INTEGER, comment="%"),
        sa.Column("gsm_network_name", TEXT, comment="mobile network"),
        sa.Column("gsm_roaming", BOOLEAN, comment="roaming"),
        sa.Column("last_update", INSTANT, comment="when the device last reported"),
        sa.Column("battery_level", INTEGER, comment="%"),
        sa.Column("battery_update", INSTANT, comment="when battery_level was told"),
        sa.Column("inputs", JSON, comment="states of the discrete inputs, in order"),
        sa.Column("inputs_update", INSTANT, comment="when inputs were told"),
        sa.Column("outputs", JSON, comment="states of the outputs, in order"),
        sa.Column("outputs_update", INSTANT, comment="when outputs were told"),
        sa.Column(
            "actual_track_update",
            INSTANT,
            comment="last movement; use it to decide whether track/list is worth calling",
        ),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "tracker_id"),
        comment="tracker_states as the vendor has them",
    )
    op.create_table(
        "itrack_sensors",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("tracker_id", INTEGER, comment="of our request"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("type", TEXT, comment="metering · discrete · virtual"),
        sa.Column(
            "sensor_type", TEXT, comment="what it measures, as fuel, temperature, ignition, door, virtual_ignition"
        ),
        sa.Column("name", TEXT, comment="≤ 100"),
        sa.Column("input_name", TEXT, comment="metering and virtual"),
        sa.Column("input_number", INTEGER, comment="discrete, 1 to 8"),
        sa.Column("group_type", TEXT, comment="group of sensors"),
        sa.Column("divider", DOUBLE, comment="metering"),
        sa.Column("accuracy", DOUBLE, comment="metering"),
        sa.Column("units", TEXT, comment="unit shown"),
        sa.Column("units_type", TEXT, comment="unit of the value"),
        sa.Column("custom_field_name", BOOLEAN, comment="the input is a field of its own name"),
        sa.Column(
            "parameters",
            JSON,
            comment="parent_ids[], min, max, volume, calc_method, range_from/to, bit_index, value_titles[] …",
        ),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="sensors as the vendor has them",
    )
    op.create_index("ix_itrack_sensors_tracker_id", "itrack_sensors", ["connection", "tracker_id"])
    op.create_table(
        "itrack_reading_composites",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("tracker_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("kind", TEXT, nullable=False, comment="of the parent"),
        sa.Column("key", TEXT, nullable=False, comment="of the parent"),
        sa.Column("composite_sensor_id", INTEGER, nullable=False, comment="sensor this one is made of"),
        sa.Column("sensor_id", INTEGER, comment="sensor_id of the parent reading"),
        sa.PrimaryKeyConstraint("connection", "tracker_id", "kind", "key", "composite_sensor_id"),
        comment="composite_sensor_ids of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_itrack_reading_composites_composite_sensor_id",
        "itrack_reading_composites",
        ["connection", "composite_sensor_id"],
    )
    op.create_index("ix_itrack_reading_composites_sensor_id", "itrack_reading_composites", ["connection", "sensor_id"])
    op.create_table(
        "itrack_readings",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("tracker_id", INTEGER, nullable=False, comment="tracker"),
        sa.Column(
            "kind", TEXT, nullable=False, comment="which of the four arrays: inputs, states, virtual_sensors, counters"
        ),
        sa.Column(
            "key",
            TEXT,
            nullable=False,
            comment="of an input or virtual sensor its sensor_id (else name), of a state its field, "
            "of a counter its type",
        ),
        sa.Column("sensor_id", INTEGER, comment="sensor"),
        sa.Column("name", TEXT, comment="name of the input or field"),
        sa.Column("label", TEXT, comment="name shown"),
        sa.Column("type", TEXT, comment="kind of sensor or counter"),
        sa.Column("value", TEXT, comment="number, string or bool; keep a text and a numeric column"),
        sa.Column("units", TEXT, comment="unit shown"),
        sa.Column("units_type", TEXT, comment="unit of the value"),
        sa.Column("min_value", DOUBLE, comment="smallest value shown"),
        sa.Column("max_value", DOUBLE, comment="largest value shown"),
        sa.Column("converted_units_type", TEXT, comment="unit of the user's system"),
        sa.Column("converted_value", DOUBLE, comment="value in that unit"),
        sa.Column("update_time", INSTANT, comment="when measured"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "tracker_id", "kind", "key"),
        comment="readings as the vendor has them",
    )
    op.create_index("ix_itrack_readings_sensor_id", "itrack_readings", ["connection", "sensor_id"])
    op.create_table(
        "itrack_counters",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("tracker_id", INTEGER, nullable=False, comment="tracker"),
        sa.Column("type", TEXT, nullable=False, comment="odometer · engine_hours (older docs also fuel_consumed)"),
        sa.Column("value", DOUBLE, comment="km or hours"),
        sa.Column("update_time", INSTANT, comment="when measured"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "tracker_id", "type"),
        comment="counters as the vendor has them",
    )
    op.create_table(
        "itrack_tracks",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("tracker_id", INTEGER, nullable=False, comment="tracker"),
        sa.Column("id", INTEGER, nullable=False, comment="track id"),
        sa.Column("type", TEXT, comment="regular · single_report · merged · cluster"),
        sa.Column("start_date", INSTANT, comment="start of the trip"),
        sa.Column("start_address", TEXT, comment='"" when unknown'),
        sa.Column("end_date", INSTANT, comment="not on single_report"),
        sa.Column("end_address", TEXT, comment="address of the end"),
        sa.Column("length", DOUBLE, comment="km"),
        sa.Column("points", INTEGER, comment="on cluster an array of {lat,lng}"),
        sa.Column("max_speed", INTEGER, comment="km/h"),
        sa.Column("avg_speed", INTEGER, comment="km/h"),
        sa.Column("event_count", INTEGER, comment="only with count_events"),
        sa.Column(
            "norm_fuel_consumed", DOUBLE, comment="litres; only if a vehicle with norm_avg_fuel_consumption is bound"
        ),
        sa.Column("gsm_lbs", BOOLEAN, comment="position of cell towers"),
        sa.Column("precision", INTEGER, comment="single_report, cluster"),
        sa.Column("bounds_nw_lat", DOUBLE, comment="north-west corner: latitude"),
        sa.Column("bounds_nw_lng", DOUBLE, comment="north-west corner: longitude"),
        sa.Column("bounds_se_lat", DOUBLE, comment="south-east corner: latitude"),
        sa.Column("bounds_se_lng", DOUBLE, comment="south-east corner: longitude"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "tracker_id", "id"),
        comment="tracks as the vendor has them",
    )
    op.create_index(
        "ix_itrack_tracks_tracker_id_start_date", "itrack_tracks", ["connection", "tracker_id", "start_date"]
    )
    op.create_table(
        "itrack_track_points",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("tracker_id", INTEGER, nullable=False, comment="tracker"),
        sa.Column("lat", DOUBLE, comment="latitude"),
        sa.Column("seq", INTEGER, nullable=False, comment="place within the same second, in reply order"),
        sa.Column("lng", DOUBLE, comment="longitude"),
        sa.Column("alt", INTEGER, comment="m"),
        sa.Column("satellites", INTEGER, comment="satellites in view"),
        sa.Column("mileage", DOUBLE, comment="km (since 2023)"),
        sa.Column("get_time", INSTANT, nullable=False, comment="GPS time"),
        sa.Column("address", TEXT, comment='"" mostly'),
        sa.Column("heading", INTEGER, comment="degrees, 0 to 360"),
        sa.Column("speed", INTEGER, comment="km/h"),
        sa.Column("precision", INTEGER, comment="m"),
        sa.Column("gsm_lbs", BOOLEAN, comment="position of cell towers"),
        sa.Column("parking", BOOLEAN, comment="point outside any trip"),
        sa.Column("buffered", BOOLEAN, comment="was kept in the device and sent later"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "tracker_id", "get_time", "seq"),
        comment="track_points as the vendor has them",
    )
    op.create_table(
        "itrack_event_places",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("event_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("place_id", INTEGER, nullable=False, comment="place"),
        sa.PrimaryKeyConstraint("connection", "event_id", "place_id"),
        comment="extra.place_ids of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_itrack_event_places_place_id", "itrack_event_places", ["connection", "place_id"])
    op.create_table(
        "itrack_event_zones",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("event_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("zone_id", INTEGER, nullable=False, comment="zone"),
        sa.Column("zone_label", TEXT, comment="the element of extra.zone_labels at the same place"),
        sa.PrimaryKeyConstraint("connection", "event_id", "zone_id"),
        comment="extra.zone_ids of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_itrack_event_zones_zone_id", "itrack_event_zones", ["connection", "zone_id"])
    op.create_table(
        "itrack_events",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="may exceed 2^53, never use floats"),
        sa.Column("type", TEXT, comment="tracker (socket, camera, common: old)"),
        sa.Column("is_read", BOOLEAN, comment="mutable"),
        sa.Column("message", TEXT, comment="≤ 256 chars, full text in extra.full_message"),
        sa.Column("time", INSTANT, comment="when it happened"),
        sa.Column("event", TEXT, comment="see history/type/list"),
        sa.Column("tracker_id", INTEGER, comment="tracker"),
        sa.Column("rule_id", INTEGER, comment="rule that raised it"),
        sa.Column("track_id", INTEGER, comment="0 = none"),
        sa.Column("location_lat", DOUBLE, comment="latitude"),
        sa.Column("location_lng", DOUBLE, comment="longitude"),
        sa.Column("location_precision", INTEGER, comment="precision of the position, m"),
        sa.Column("address", TEXT, comment='"" when none'),
        sa.Column("extra_task_id", INTEGER, comment="task"),
        sa.Column("extra_parent_task_id", INTEGER, comment="route of the task"),
        sa.Column("extra_counter_id", INTEGER, comment="counter"),
        sa.Column("extra_service_task_id", INTEGER, comment="service task"),
        sa.Column("extra_checkin_id", INTEGER, comment="check-in"),
        sa.Column("extra_employee_id", INTEGER, comment="employee"),
        sa.Column("extra_proximity_object_id", INTEGER, comment="object that came near"),
        sa.Column("extra_sensor_id", INTEGER, comment="sensor"),
        sa.Column("extra_sensor_name", TEXT, comment="name of the sensor"),
        sa.Column("extra_sensor_calculated_value", TEXT, comment="value of the sensor"),
        sa.Column("extra_tracker_label", TEXT, comment="name of the tracker then"),
        sa.Column("extra_full_message", TEXT, comment="message without the cut at 256 characters"),
        sa.Column("extra_last_known_location", BOOLEAN, comment="the position is the last known one"),
        sa.Column("extra_emergency", BOOLEAN, comment="an emergency"),
        sa.Column("extra_places_total_count", INTEGER, comment="number of places near"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="events as the vendor has them",
    )
    op.create_index("ix_itrack_events_rule_id", "itrack_events", ["connection", "rule_id"])
    op.create_index("ix_itrack_events_time", "itrack_events", ["connection", "time"])
    op.create_index("ix_itrack_events_track_id", "itrack_events", ["connection", "track_id"])
    op.create_index("ix_itrack_events_tracker_id", "itrack_events", ["connection", "tracker_id"])
    op.create_table(
        "itrack_event_types",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("type", TEXT, nullable=False, comment="kind of event"),
        sa.Column("description", TEXT, comment="localised"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "type"),
        comment="event_types as the vendor has them",
    )
    op.create_table(
        "itrack_zone_points",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("zone_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("seq", INTEGER, nullable=False, comment="ours, order"),
        sa.Column("lat", DOUBLE, comment="latitude"),
        sa.Column("lng", DOUBLE, comment="longitude"),
        sa.Column("node", BOOLEAN, comment="a node of the line rather than a point in between"),
        sa.PrimaryKeyConstraint("connection", "zone_id", "seq"),
        comment="points of their parent",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "itrack_zone_tags",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("zone_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("tag_id", INTEGER, nullable=False, comment="tag"),
        sa.PrimaryKeyConstraint("connection", "zone_id", "tag_id"),
        comment="tags of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_itrack_zone_tags_tag_id", "itrack_zone_tags", ["connection", "tag_id"])
    op.create_table(
        "itrack_zones",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("type", TEXT, comment="circle · polygon · sausage (corridor)"),
        sa.Column("label", TEXT, comment="name shown"),
        sa.Column("address", TEXT, comment="address"),
        sa.Column("color", TEXT, comment="colour, RGB in hex"),
        sa.Column("radius", INTEGER, comment="m; circle and sausage"),
        sa.Column("center_lat", DOUBLE, comment="circle"),
        sa.Column("center_lng", DOUBLE, comment="circle"),
        sa.Column("bounds_nw_lat", DOUBLE, comment="north-west corner: latitude"),
        sa.Column("bounds_nw_lng", DOUBLE, comment="north-west corner: longitude"),
        sa.Column("bounds_se_lat", DOUBLE, comment="south-east corner: latitude"),
        sa.Column("bounds_se_lng", DOUBLE, comment="south-east corner: longitude"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="zones as the vendor has them",
    )
    op.create_table(
        "itrack_rule_trackers",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("rule_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("tracker_id", INTEGER, nullable=False, comment="tracker"),
        sa.PrimaryKeyConstraint("connection", "rule_id", "tracker_id"),
        comment="trackers of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_itrack_rule_trackers_tracker_id", "itrack_rule_trackers", ["connection", "tracker_id"])
    op.create_table(
        "itrack_rule_zones",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("rule_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("zone_id", INTEGER, nullable=False, comment="zone"),
        sa.PrimaryKeyConstraint("connection", "rule_id", "zone_id"),
        comment="zone_ids of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_itrack_rule_zones_zone_id", "itrack_rule_zones", ["connection", "zone_id"])
    op.create_table(
        "itrack_rule_schedule",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("rule_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("interval_id", INTEGER, nullable=False, comment="interval of the schedule"),
        sa.Column("type", TEXT, comment="weekly · fixed"),
        sa.Column("from_time", JSON, comment="weekly {weekday 1 to 7, time HH:mm:ss}; fixed date/time"),
        sa.Column("to_time", JSON, comment="weekly {weekday 1 to 7, time HH:mm:ss}; fixed date/time"),
        sa.PrimaryKeyConstraint("connection", "rule_id", "interval_id"),
        comment="schedule of their parent",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "itrack_rules",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("type", TEXT, comment="one of about 55 kinds, as inoutzone, speedup, offline, sensor_range"),
        sa.Column("description", TEXT, comment="description"),
        sa.Column("primary_text", TEXT, comment="text of the notification"),
        sa.Column("secondary_text", TEXT, comment="text when the condition ends"),
        sa.Column("param", INTEGER, comment="threshold, meaning depends on type"),
        sa.Column("suspended", BOOLEAN, comment="switched off for now"),
        sa.Column("auto_created", BOOLEAN, comment="made by the platform"),
        sa.Column("alerts_push_enabled", BOOLEAN, comment="push notifications"),
        sa.Column("alerts_emails", JSON, comment="addresses that get a mail"),
        sa.Column("alerts_sms_phones", JSON, comment="numbers that get an SMS"),
        sa.Column("alerts_phones", JSON, comment="numbers that are called"),
        sa.Column("extended_params", JSON, comment="settings of this kind of rule"),
        sa.Column("zone_id", INTEGER, comment="old, deprecated"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="rules as the vendor has them",
    )
    op.create_table(
        "itrack_place_tags",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("place_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("tag_id", INTEGER, nullable=False, comment="tag"),
        sa.PrimaryKeyConstraint("connection", "place_id", "tag_id"),
        comment="tags of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_itrack_place_tags_tag_id", "itrack_place_tags", ["connection", "tag_id"])
    op.create_table(
        "itrack_place_fields",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("place_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("field_id", TEXT, nullable=False, comment="field"),
        sa.Column("type", TEXT, comment="kind of value"),
        sa.Column("value", TEXT, comment="value"),
        sa.PrimaryKeyConstraint("connection", "place_id", "field_id"),
        comment="values of the account's own fields",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_itrack_place_fields_field_id", "itrack_place_fields", ["connection", "field_id"])
    op.create_table(
        "itrack_places",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("label", TEXT, comment="name shown"),
        sa.Column("description", TEXT, comment="description"),
        sa.Column("external_id", TEXT, comment="≤ 32"),
        sa.Column("icon_id", INTEGER, comment="1 to 255"),
        sa.Column("avatar_file_name", TEXT, comment="file of the picture"),
        sa.Column("location_lat", DOUBLE, comment="latitude"),
        sa.Column("location_lng", DOUBLE, comment="longitude"),
        sa.Column("location_address", TEXT, comment="≤ 255"),
        sa.Column("location_radius", INTEGER, comment="1 to 300,000 m"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="places as the vendor has them",
    )
    op.create_table(
        "itrack_custom_fields",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("label", TEXT, comment="label of the field"),
        sa.Column("type", TEXT, comment="kind of value"),
        sa.Column("required", BOOLEAN, comment="must be filled in"),
        sa.Column("description", TEXT, comment="description"),
        sa.Column("params", JSON, comment="settings of the field"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="custom_fields as the vendor has them",
    )
    op.create_table(
        "itrack_vehicle_tags",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("vehicle_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("tag_id", INTEGER, nullable=False, comment="tag"),
        sa.PrimaryKeyConstraint("connection", "vehicle_id", "tag_id"),
        comment="tags of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_itrack_vehicle_tags_tag_id", "itrack_vehicle_tags", ["connection", "tag_id"])
    op.create_table(
        "itrack_vehicles",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("tracker_id", INTEGER, comment="tracker"),
        sa.Column("tracker_label", TEXT, comment="name of the tracker"),
        sa.Column("label", TEXT, comment="name shown"),
        sa.Column("type", TEXT, comment="truck · car · bus · special"),
        sa.Column("subtype", TEXT, comment="body or kind within the type"),
        sa.Column("model", TEXT, comment="make and model"),
        sa.Column("garage_id", INTEGER, comment="garage"),
        sa.Column("garage_organization_name", TEXT, comment="name of the garage's firm"),
        sa.Column("trailer", TEXT, comment="trailer"),
        sa.Column("color", TEXT, comment="colour, RGB in hex"),
        sa.Column("additional_info", TEXT, comment="remarks"),
        sa.Column("manufacture_year", INTEGER, comment="year of manufacture"),
        sa.Column("reg_number", TEXT, comment="registration plate"),
        sa.Column("vin", TEXT, comment="vehicle identification number"),
        sa.Column("chassis_number", TEXT, comment="number of the chassis"),
        sa.Column("frame_number", TEXT, comment="number of the frame"),
        sa.Column("max_speed", INTEGER, comment="km/h"),
        sa.Column("passengers", INTEGER, comment="seats"),
        sa.Column("tyres_number", INTEGER, comment="number of tyres"),
        sa.Column("payload_weight", INTEGER, comment="kg"),
        sa.Column("gross_weight", INTEGER, comment="kg"),
        sa.Column("payload_height", NUMERIC, comment="height of the load"),
        sa.Column("payload_length", NUMERIC, comment="length of the load"),
        sa.Column("payload_width", NUMERIC, comment="width of the load"),
        sa.Column("fuel_type", TEXT, comment="petrol · diesel · gas"),
        sa.Column("fuel_grade", TEXT, comment="grade of the fuel"),
        sa.Column("norm_avg_fuel_consumption", NUMERIC, comment="l per 100 km"),
        sa.Column("fuel_tank_volume", INTEGER, comment="l"),
        sa.Column("fuel_cost", NUMERIC, comment="per l"),
        sa.Column("wheel_arrangement", TEXT, comment="wheels and driven wheels, as 6x4"),
        sa.Column("tyre_size", TEXT, comment="size of the tyres"),
        sa.Column("liability_insurance_policy_number", TEXT, comment="liability insurance: policy"),
        sa.Column("free_insurance_policy_number", TEXT, comment="other insurance: policy"),
        sa.Column("liability_insurance_valid_till", DATE, comment="liability insurance: last day"),
        sa.Column("free_insurance_valid_till", DATE, comment="other insurance: last day"),
        sa.Column("icon_id", INTEGER, comment="picture shown"),
        sa.Column("avatar_file_name", TEXT, comment="file of the picture"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="vehicles as the vendor has them",
    )
    op.create_index("ix_itrack_vehicles_garage_id", "itrack_vehicles", ["connection", "garage_id"])
    op.create_index("ix_itrack_vehicles_tracker_id", "itrack_vehicles", ["connection", "tracker_id"])
    op.create_table(
        "itrack_garages",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("organization_name", TEXT, comment="name of the firm"),
        sa.Column("mechanic_name", TEXT, comment="mechanic"),
        sa.Column("dispatcher_name", TEXT, comment="dispatcher"),
        sa.Column("location_lat", DOUBLE, comment="latitude"),
        sa.Column("location_lng", DOUBLE, comment="longitude"),
        sa.Column("location_address", TEXT, comment="address"),
        sa.Column("location_radius", INTEGER, comment="radius, m"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="garages as the vendor has them",
    )
    op.create_table(
        "itrack_service_tasks",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("vehicle_id", INTEGER, comment="vehicle"),
        sa.Column("vehicle_label", TEXT, comment="name of the vehicle"),
        sa.Column("status", TEXT, comment="created · notified · expired · done"),
        sa.Column("description", TEXT, comment="≤ 255"),
        sa.Column("comment", TEXT, comment="≤ 255"),
        sa.Column("cost", NUMERIC, comment="cost"),
        sa.Column("repeat", BOOLEAN, comment="comes again when done"),
        sa.Column("unplanned", BOOLEAN, comment="not planned before"),
        sa.Column("completed_date", INSTANT, comment="when it was done"),
        sa.Column("start_mileage", INTEGER, comment="odometer at the start, km"),
        sa.Column("start_engine_hours", INTEGER, comment="engine hours at the start"),
        sa.Column("start_date", INSTANT, comment="start"),
        sa.Column("completion_mileage", INTEGER, comment="odometer when done, km"),
        sa.Column("completion_engine_hours", INTEGER, comment="engine hours when done"),
        sa.Column("completion_date", INSTANT, comment="when the values at completion were taken"),
        sa.Column("conditions_mileage_limit", INTEGER, comment="km"),
        sa.Column("conditions_mileage_notification_interval", INTEGER, comment="km"),
        sa.Column("conditions_mileage_repeat_interval", INTEGER, comment="km"),
        sa.Column("conditions_date_end", INSTANT, comment="due at"),
        sa.Column("conditions_date_notification_interval", INTEGER, comment="days"),
        sa.Column("conditions_date_repeat_interval", INTEGER, comment="days"),
        sa.Column("conditions_engine_hours_limit", INTEGER, comment="h"),
        sa.Column("conditions_engine_hours_notification_interval", INTEGER, comment="h"),
        sa.Column("conditions_engine_hours_repeat_interval", INTEGER, comment="h"),
        sa.Column("notifications", JSON, comment="who is told"),
        sa.Column("current_position_mileage", INTEGER, comment="odometer now, km"),
        sa.Column("current_position_engine_hours", INTEGER, comment="engine hours now"),
        sa.Column("current_position_date", INSTANT, comment="when these were taken"),
        sa.Column("prediction_end_date", INSTANT, comment="when it will probably be due"),
        sa.Column("prediction_wear_percentage", INTEGER, comment="how much of the interval is used, %"),
        sa.Column("file_ids", JSON, comment="ids of attached files"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="service_tasks as the vendor has them",
    )
    op.create_index("ix_itrack_service_tasks_vehicle_id", "itrack_service_tasks", ["connection", "vehicle_id"])
    op.create_table(
        "itrack_employee_tags",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("employee_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("tag_id", INTEGER, nullable=False, comment="tag"),
        sa.PrimaryKeyConstraint("connection", "employee_id", "tag_id"),
        comment="tags of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_itrack_employee_tags_tag_id", "itrack_employee_tags", ["connection", "tag_id"])
    op.create_table(
        "itrack_employees",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("tracker_id", INTEGER, comment="tracker"),
        sa.Column("first_name", TEXT, comment="given name"),
        sa.Column("middle_name", TEXT, comment="middle name"),
        sa.Column("last_name", TEXT, comment="family name"),
        sa.Column("email", TEXT, comment='may be ""'),
        sa.Column("phone", TEXT, comment='may be ""'),
        sa.Column("department_id", INTEGER, comment="department"),
        sa.Column("hardware_key", TEXT, comment="≤ 64"),
        sa.Column("driver_license_number", TEXT, comment="driving licence"),
        sa.Column("driver_license_cats", TEXT, comment="categories of the licence"),
        sa.Column("driver_license_issue_date", DATE, comment="licence issued"),
        sa.Column("driver_license_valid_till", DATE, comment="licence valid until"),
        sa.Column("personnel_number", TEXT, comment="≤ 15"),
        sa.Column("ssn", TEXT, comment="≤ 32, personal data: sensitive, left out unless asked for"),
        sa.Column("icon_id", INTEGER, comment="picture shown"),
        sa.Column("avatar_file_name", TEXT, comment="file of the picture"),
        sa.Column("location_lat", DOUBLE, comment="latitude"),
        sa.Column("location_lng", DOUBLE, comment="longitude"),
        sa.Column("location_address", TEXT, comment="address"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="employees as the vendor has them",
    )
    op.create_index("ix_itrack_employees_department_id", "itrack_employees", ["connection", "department_id"])
    op.create_index("ix_itrack_employees_tracker_id", "itrack_employees", ["connection", "tracker_id"])
    op.create_table(
        "itrack_departments",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("label", TEXT, comment="name shown"),
        sa.Column("location_lat", DOUBLE, comment="latitude"),
        sa.Column("location_lng", DOUBLE, comment="longitude"),
        sa.Column("location_address", TEXT, comment="address"),
        sa.Column("location_radius", INTEGER, comment="radius, m"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="departments as the vendor has them",
    )
    op.create_table(
        "itrack_driver_assignments",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("tracker_id", INTEGER, nullable=False, comment="tracker"),
        sa.Column("current_id", INTEGER, comment="employee assigned now"),
        sa.Column("last_change_new_employee_id", INTEGER, comment="employee after the last change"),
        sa.Column("last_change_changed", INSTANT, comment="when it last changed"),
        sa.Column("last_change_origin", TEXT, comment="supervisor · tracker"),
        sa.Column("last_change_hardware_key", TEXT, comment="key that was read"),
        sa.Column("last_change_location_lat", DOUBLE, comment="where it changed: latitude"),
        sa.Column("last_change_location_lng", DOUBLE, comment="where it changed: longitude"),
        sa.Column("last_change_location_address", TEXT, comment="where it changed: address"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "tracker_id"),
        comment="driver_assignments as the vendor has them",
    )
    op.create_index(
        "ix_itrack_driver_assignments_current_id", "itrack_driver_assignments", ["connection", "current_id"]
    )
    op.create_table(
        "itrack_task_tags",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("task_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("tag_id", INTEGER, nullable=False, comment="tag"),
        sa.PrimaryKeyConstraint("connection", "task_id", "tag_id"),
        comment="tags of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_itrack_task_tags_tag_id", "itrack_task_tags", ["connection", "tag_id"])
    op.create_table(
        "itrack_task_fields",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("task_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("field_id", TEXT, nullable=False, comment="field"),
        sa.Column("type", TEXT, comment="kind of value"),
        sa.Column("value", TEXT, comment="value"),
        sa.PrimaryKeyConstraint("connection", "task_id", "field_id"),
        comment="values of the account's own fields",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "itrack_tasks",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("user_id", INTEGER, comment="user"),
        sa.Column("tracker_id", INTEGER, comment="tracker"),
        sa.Column("type", TEXT, comment="task · route · checkpoint"),
        sa.Column("label", TEXT, comment="≤ 200"),
        sa.Column("description", TEXT, comment="≤ 1,024"),
        sa.Column("creation_date", INSTANT, comment="when made"),
        sa.Column("from_time", INSTANT, comment="start of the time it is planned for"),
        sa.Column("to_time", INSTANT, comment="end of the time it is planned for"),
        sa.Column("external_id", TEXT, comment="own reference"),
        sa.Column("status", TEXT, comment="unassigned · assigned · done · failed · delayed · arrived · faulty"),
        sa.Column("status_change_date", INSTANT, comment="when the status changed"),
        sa.Column("arrival_date", INSTANT, comment="when somebody arrived"),
        sa.Column("stay_duration", INTEGER, comment="s"),
        sa.Column("min_stay_duration", INTEGER, comment="min"),
        sa.Column("max_delay", INTEGER, comment="min"),
        sa.Column("origin", TEXT, comment="manual · scheduled · imported"),
        sa.Column("location_lat", DOUBLE, comment="a route has no location"),
        sa.Column("location_lng", DOUBLE, comment="longitude"),
        sa.Column("location_address", TEXT, comment="address"),
        sa.Column("location_radius", INTEGER, comment="radius, m"),
        sa.Column("form_template_id", INTEGER, comment="template of its form"),
        sa.Column("route_id", INTEGER, comment="ours: the route whose checkpoint_ids holds this checkpoint"),
        sa.Column("position", INTEGER, comment="ours: place of a checkpoint in its route's checkpoint_ids, from 0"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="tasks as the vendor has them",
    )
    op.create_index("ix_itrack_tasks_form_template_id", "itrack_tasks", ["connection", "form_template_id"])
    op.create_index("ix_itrack_tasks_from_time", "itrack_tasks", ["connection", "from_time"])
    op.create_index("ix_itrack_tasks_route_id", "itrack_tasks", ["connection", "route_id"])
    op.create_index("ix_itrack_tasks_tracker_id", "itrack_tasks", ["connection", "tracker_id"])
    op.create_table(
        "itrack_form_templates",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("label", TEXT, comment="name shown"),
        sa.Column("description", TEXT, comment="description"),
        sa.Column("version", INTEGER, comment="version"),
        sa.Column("created", INSTANT, comment="when made"),
        sa.Column("updated", INSTANT, comment="when last changed"),
        sa.Column("submit_in_zone", BOOLEAN, comment="may be handed in only at the place"),
        sa.Column("is_default", BOOLEAN, comment="the template taken unless another is chosen"),
        sa.Column("fields", JSON, comment="the fields, in order"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="form_templates as the vendor has them",
    )
    op.create_table(
        "itrack_checkin_files",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("checkin_id", INTEGER, comment="of the parent"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("storage_id", INTEGER, comment="where the file lies"),
        sa.Column("user_id", INTEGER, comment="user"),
        sa.Column("type", TEXT, comment="image · file"),
        sa.Column("created", INSTANT, comment="when made"),
        sa.Column("uploaded", INSTANT, comment="when sent"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("size", INTEGER, comment="bytes"),
        sa.Column("mime_type", TEXT, comment="MIME type"),
        sa.Column("metadata", JSON, comment="what the phone told of it"),
        sa.Column("state", TEXT, comment="created · in_progress · uploaded · deleted"),
        sa.Column("download_url", TEXT, comment="link to the file"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="files of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_itrack_checkin_files_checkin_id", "itrack_checkin_files", ["connection", "checkin_id"])
    op.create_table(
        "itrack_checkins",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("marker_time", INSTANT, comment="when"),
        sa.Column("user_id", INTEGER, comment="user"),
        sa.Column("tracker_id", INTEGER, comment="tracker"),
        sa.Column("employee_id", INTEGER, comment="employee"),
        sa.Column("location_lat", DOUBLE, comment="latitude"),
        sa.Column("location_lng", DOUBLE, comment="longitude"),
        sa.Column("location_address", TEXT, comment="address"),
        sa.Column("location_precision", INTEGER, comment="precision of the position, m"),
        sa.Column("comment", TEXT, comment="comment"),
        sa.Column("form_id", INTEGER, comment="form"),
        sa.Column("form_label", TEXT, comment="name of the form"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="checkins as the vendor has them",
    )
    op.create_index("ix_itrack_checkins_employee_id", "itrack_checkins", ["connection", "employee_id"])
    op.create_index("ix_itrack_checkins_marker_time", "itrack_checkins", ["connection", "marker_time"])
    op.create_index("ix_itrack_checkins_tracker_id", "itrack_checkins", ["connection", "tracker_id"])
    op.create_table(
        "itrack_form_fields",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("form_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("field_id", TEXT, nullable=False, comment="field"),
        sa.Column("label", TEXT, comment="label of the field"),
        sa.Column(
            "type",
            TEXT,
            comment="text checkbox_group dropdown radio_group date rating file photo signature separator …",
        ),
        sa.Column("required", BOOLEAN, comment="must be filled in"),
        sa.Column("options", JSON, comment="what can be chosen"),
        sa.PrimaryKeyConstraint("connection", "form_id", "field_id"),
        comment="fields of their parent",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "itrack_form_values",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("form_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("field_id", TEXT, nullable=False, comment="field"),
        sa.Column("type", TEXT, comment="kind of field"),
        sa.Column("value", JSON, comment="value, values[], value_index, file_ids[] or file_id by type"),
        sa.PrimaryKeyConstraint("connection", "form_id", "field_id"),
        comment="values of their parent",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "itrack_forms",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("label", TEXT, comment="name shown"),
        sa.Column("description", TEXT, comment="description"),
        sa.Column("task_id", INTEGER, comment="task"),
        sa.Column("checkin_id", INTEGER, comment="check-in"),
        sa.Column("template_id", INTEGER, comment="template"),
        sa.Column("template_version", INTEGER, comment="version of the template"),
        sa.Column("tracker_id", INTEGER, comment="tracker"),
        sa.Column("created", INSTANT, comment="when made"),
        sa.Column("submitted", INSTANT, comment="when handed in"),
        sa.Column("submit_in_zone", BOOLEAN, comment="may be handed in only at the place"),
        sa.Column("submit_location_lat", DOUBLE, comment="where it was handed in: latitude"),
        sa.Column("submit_location_lng", DOUBLE, comment="where it was handed in: longitude"),
        sa.Column("submit_location_address", TEXT, comment="where it was handed in: address"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="forms as the vendor has them",
    )
    op.create_index("ix_itrack_forms_checkin_id", "itrack_forms", ["connection", "checkin_id"])
    op.create_index("ix_itrack_forms_task_id", "itrack_forms", ["connection", "task_id"])
    op.create_index("ix_itrack_forms_template_id", "itrack_forms", ["connection", "template_id"])
    op.create_table(
        "itrack_mileage_daily",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("tracker_id", INTEGER, nullable=False, comment="tracker"),
        sa.Column("day", DATE, nullable=False, comment="in the user's zone"),
        sa.Column("mileage", DOUBLE, comment="km"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "tracker_id", "day"),
        comment="mileage_daily as the vendor has them",
    )
    op.create_table(
        "itrack_sensor_data",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("tracker_id", INTEGER, nullable=False, comment="tracker"),
        sa.Column("sensor_id", INTEGER, nullable=False, comment="sensor"),
        sa.Column("get_time", INSTANT, nullable=False, comment="when measured"),
        sa.Column("seq", INTEGER, nullable=False, comment="place within the same second, in reply order"),
        sa.Column("value", TEXT, comment="number or string"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "tracker_id", "sensor_id", "get_time", "seq"),
        comment="sensor_data as the vendor has them",
    )
    op.create_index("ix_itrack_sensor_data_sensor_id", "itrack_sensor_data", ["connection", "sensor_id"])
    op.create_table(
        "itrack_counter_data",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("tracker_id", INTEGER, nullable=False, comment="tracker"),
        sa.Column("type", TEXT, nullable=False, comment="of our request"),
        sa.Column("update_time", INSTANT, nullable=False, comment="the guide calls it get_time"),
        sa.Column("seq", INTEGER, nullable=False, comment="place within the same second, in reply order"),
        sa.Column("value", DOUBLE, comment="value"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "tracker_id", "type", "update_time", "seq"),
        comment="counter_data as the vendor has them",
    )
    op.create_index(
        "ix_itrack_counter_data_tracker_id_update_time",
        "itrack_counter_data",
        ["connection", "tracker_id", "update_time"],
    )
    op.create_table(
        "itrack_driver_journal",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("tracker_id", INTEGER, comment="tracker"),
        sa.Column("employee_id", INTEGER, comment="employee"),
        sa.Column("type", TEXT, comment="work, personal or other"),
        sa.Column("comment", TEXT, comment="comment"),
        sa.Column("start_date", INSTANT, comment="start"),
        sa.Column("end_date", INSTANT, comment="end"),
        sa.Column("start_location_lat", DOUBLE, comment="start: latitude"),
        sa.Column("start_location_lng", DOUBLE, comment="start: longitude"),
        sa.Column("end_location_lat", DOUBLE, comment="end: latitude"),
        sa.Column("end_location_lng", DOUBLE, comment="end: longitude"),
        sa.Column("start_location_address", TEXT, comment="start: address"),
        sa.Column("end_location_address", TEXT, comment="end: address"),
        sa.Column("length", DOUBLE, comment="km"),
        sa.Column("start_odometer", DOUBLE, comment="odometer at the start, km"),
        sa.Column("end_odometer", DOUBLE, comment="odometer at the end, km"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="driver_journal as the vendor has them",
    )
    op.create_index(
        "ix_itrack_driver_journal_tracker_id_start_date",
        "itrack_driver_journal",
        ["connection", "tracker_id", "start_date"],
    )
    op.create_table(
        "itrack_status_listings",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("label", TEXT, comment="name shown"),
        sa.Column("employee_controlled", BOOLEAN, comment="employees may set the status"),
        sa.Column("supervisor_controlled", BOOLEAN, comment="supervisors may set the status"),
        sa.Column("entries", JSON, comment="status ids in order"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="status_listings as the vendor has them",
    )
    op.create_table(
        "itrack_statuses",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("listing_id", INTEGER, comment="of our request"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("label", TEXT, comment="name shown"),
        sa.Column("color", TEXT, comment="colour, RGB in hex"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="statuses as the vendor has them",
    )
    op.create_index("ix_itrack_statuses_listing_id", "itrack_statuses", ["connection", "listing_id"])
    op.create_table(
        "itrack_tracker_statuses",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("tracker_id", INTEGER, nullable=False, comment="tracker"),
        sa.Column("current_status_id", INTEGER, comment="status now"),
        sa.Column("last_change_changed", INSTANT, comment="when it last changed"),
        sa.Column("last_change_origin", TEXT, comment="employee · supervisor"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "tracker_id"),
        comment="tracker_statuses as the vendor has them",
    )
    op.create_index(
        "ix_itrack_tracker_statuses_current_status_id", "itrack_tracker_statuses", ["connection", "current_status_id"]
    )
    op.create_table(
        "itrack_subuser_trackers",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("subuser_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("tracker_id", INTEGER, nullable=False, comment="tracker"),
        sa.PrimaryKeyConstraint("connection", "subuser_id", "tracker_id"),
        comment="trackers of their parent",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "itrack_subusers",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("login", TEXT, comment="login"),
        sa.Column("activated", BOOLEAN, comment="the login is active"),
        sa.Column("first_name", TEXT, comment="given name"),
        sa.Column("middle_name", TEXT, comment="middle name"),
        sa.Column("last_name", TEXT, comment="family name"),
        sa.Column("legal_type", TEXT, comment="legal_entity, individual or sole_trader"),
        sa.Column("legal_name", TEXT, comment="name of the firm"),
        sa.Column("phone", TEXT, comment="telephone"),
        sa.Column("security_group_id", INTEGER, comment="group of rights"),
        sa.Column("creation_date", INSTANT, comment="when made"),
        sa.Column("post_country", TEXT, comment="postal address: country"),
        sa.Column("post_index", TEXT, comment="postal address: postal code"),
        sa.Column("post_region", TEXT, comment="postal address: region"),
        sa.Column("post_city", TEXT, comment="postal address: city"),
        sa.Column("post_street_address", TEXT, comment="postal address: street"),
        sa.Column("registered_country", TEXT, comment="registered address: country"),
        sa.Column("registered_index", TEXT, comment="registered address: postal code"),
        sa.Column("registered_region", TEXT, comment="registered address: region"),
        sa.Column("registered_city", TEXT, comment="registered address: city"),
        sa.Column("registered_street_address", TEXT, comment="registered address: street"),
        sa.Column("tin", TEXT, comment="taxpayer number"),
        sa.Column("iec", TEXT, comment="industrial enterprises classifier"),
        sa.Column("state_reg_num", TEXT, comment="state registration number"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="subusers as the vendor has them",
    )
    op.create_index("ix_itrack_subusers_security_group_id", "itrack_subusers", ["connection", "security_group_id"])
    op.create_table(
        "itrack_security_groups",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("label", TEXT, comment="name shown"),
        sa.Column("privileges_rights", JSON, comment="what its members may do"),
        sa.Column("privileges_store_period", TEXT, comment="how far back its members see"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="security_groups as the vendor has them",
    )
    op.create_table(
        "itrack_tariffs",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("group_id", INTEGER, comment="group"),
        sa.Column("active", BOOLEAN, comment="can be chosen"),
        sa.Column("type", TEXT, comment="monthly · everyday · activeday"),
        sa.Column("price", NUMERIC, comment="price"),
        sa.Column("early_change_price", NUMERIC, comment="price of changing it early"),
        sa.Column("device_limit", INTEGER, comment="most devices"),
        sa.Column("has_reports", BOOLEAN, comment="includes reports"),
        sa.Column("paas_free", BOOLEAN, comment="free of charge for the dealer"),
        sa.Column("store_period", TEXT, comment="2h · 3d · 5m (months) · 1y: how far back history reaches"),
        sa.Column("features", JSON, comment="what it includes"),
        sa.Column("map_filter", JSON, comment="maps it includes or leaves out"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="tariffs as the vendor has them",
    )
    op.create_table(
        "itrack_transactions",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("timestamp", INSTANT, nullable=False, comment="when"),
        sa.Column("type", TEXT, nullable=False, comment="kind"),
        sa.Column("subtype", TEXT, nullable=False, comment="kind within the type"),
        sa.Column("description", TEXT, comment="description"),
        sa.Column("user_id", INTEGER, comment="user"),
        sa.Column("dealer_id", INTEGER, comment="dealer"),
        sa.Column("tracker_id", INTEGER, nullable=False, comment="0 = none"),
        sa.Column("amount", NUMERIC, nullable=False, comment="amount"),
        sa.Column("new_balance", NUMERIC, nullable=False, comment="balance after"),
        sa.Column("old_balance", NUMERIC, comment="balance before"),
        sa.Column("bonus_amount", NUMERIC, comment="amount of bonus"),
        sa.Column("new_bonus", NUMERIC, nullable=False, comment="bonus after"),
        sa.Column("old_bonus", NUMERIC, comment="bonus before"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint(
            "connection", "timestamp", "type", "subtype", "tracker_id", "amount", "new_balance", "new_bonus"
        ),
        comment="transactions as the vendor has them",
    )
    op.create_table(
        "itrack_audit_log",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id"),
        sa.Column("user_id", INTEGER, comment="the account's owner"),
        sa.Column("subuser_id", INTEGER, comment="user who did it"),
        sa.Column("entry_category", TEXT, comment="kind of thing"),
        sa.Column("action", TEXT, comment="what was done"),
        sa.Column("entry_id", INTEGER, comment="thing"),
        sa.Column("payload", JSON, comment="what was changed"),
        sa.Column("host", TEXT, comment="address it came from"),
        sa.Column("user_agent", TEXT, comment="program it came from"),
        sa.Column("action_date", INSTANT, comment="when"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="audit_log as the vendor has them",
    )
    op.create_index("ix_itrack_audit_log_action_date", "itrack_audit_log", ["connection", "action_date"])


def downgrade() -> None:
    op.drop_table("itrack_audit_log")
    op.drop_table("itrack_transactions")
    op.drop_table("itrack_tariffs")
    op.drop_table("itrack_security_groups")
    op.drop_table("itrack_subusers")
    op.drop_table("itrack_subuser_trackers")
    op.drop_table("itrack_tracker_statuses")
    op.drop_table("itrack_statuses")
    op.drop_table("itrack_status_listings")
    op.drop_table("itrack_driver_journal")
    op.drop_table("itrack_counter_data")
    op.drop_table("itrack_sensor_data")
    op.drop_table("itrack_mileage_daily")
    op.drop_table("itrack_forms")
    op.drop_table("itrack_form_values")
    op.drop_table("itrack_form_fields")
    op.drop_table("itrack_checkins")
    op.drop_table("itrack_checkin_files")
    op.drop_table("itrack_form_templates")
    op.drop_table("itrack_tasks")
    op.drop_table("itrack_task_fields")
    op.drop_table("itrack_task_tags")
    op.drop_table("itrack_driver_assignments")
    op.drop_table("itrack_departments")
    op.drop_table("itrack_employees")
    op.drop_table("itrack_employee_tags")
    op.drop_table("itrack_service_tasks")
    op.drop_table("itrack_garages")
    op.drop_table("itrack_vehicles")
    op.drop_table("itrack_vehicle_tags")
    op.drop_table("itrack_custom_fields")
    op.drop_table("itrack_places")
    op.drop_table("itrack_place_fields")
    op.drop_table("itrack_place_tags")
    op.drop_table("itrack_rules")
    op.drop_table("itrack_rule_schedule")
    op.drop_table("itrack_rule_zones")
    op.drop_table("itrack_rule_trackers")
    op.drop_table("itrack_zones")
    op.drop_table("itrack_zone_tags")
    op.drop_table("itrack_zone_points")
    op.drop_table("itrack_event_types")
    op.drop_table("itrack_events")
    op.drop_table("itrack_event_zones")
    op.drop_table("itrack_event_places")
    op.drop_table("itrack_track_points")
    op.drop_table("itrack_tracks")
    op.drop_table("itrack_counters")
    op.drop_table("itrack_readings")
    op.drop_table("itrack_reading_composites")
    op.drop_table("itrack_sensors")
    op.drop_table("itrack_tracker_states")
    op.drop_table("itrack_tracker_state_fields")
    op.drop_table("itrack_tags")
    op.drop_table("itrack_tracker_groups")
    op.drop_table("itrack_trackers")
    op.drop_table("itrack_tracker_tags")
    op.drop_table("itrack_user")
