"""The tables of Trackier."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "trackier_0001"
down_revision = None
branch_labels = ("trackier",)
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
        "trackier_accounts",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column(
            "id", INTEGER, nullable=False, comment="short id, which managers of advertisers and publishers refer to"
        ),
        sa.Column("hash_id", TEXT, comment="long id, 24 hexadecimal characters"),
        sa.Column("name", TEXT, comment="name of the team member"),
        sa.Column("email", TEXT, comment="e-mail address"),
        sa.Column("status", TEXT, comment="active, and others"),
        sa.Column("type", TEXT, comment="role, as subadmin"),
        sa.Column("reporting_manager_id", INTEGER, comment="whom the member reports to"),
        sa.Column("reporting_manager_name", TEXT, comment="name of that manager"),
        sa.Column("reporting_manager_email", TEXT, comment="e-mail address of that manager"),
        sa.Column("created", INSTANT, comment="when it was made (UTC)"),
        sa.Column("modified", INSTANT, comment="when it last changed (UTC)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="The team: users of the network itself.",
    )
    op.create_index(
        "ix_trackier_accounts_reporting_manager_id", "trackier_accounts", ["connection", "reporting_manager_id"]
    )
    op.create_table(
        "trackier_advertiser_managers",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("advertiser_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("id", INTEGER, nullable=False, comment="the manager"),
        sa.Column("name", TEXT, comment="name of the manager"),
        sa.Column("email", TEXT, comment="e-mail address of the manager"),
        sa.PrimaryKeyConstraint("connection", "advertiser_id", "id"),
        comment="managers of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trackier_advertiser_managers_id", "trackier_advertiser_managers", ["connection", "id"])
    op.create_table(
        "trackier_advertiser_tags",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("advertiser_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("position", INTEGER, nullable=False, comment="place in the list, from 0"),
        sa.Column("value", TEXT, comment="a tag"),
        sa.PrimaryKeyConstraint("connection", "advertiser_id", "position"),
        comment="tags of their parent",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trackier_advertisers",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="short id, which logs and reports refer to"),
        sa.Column("hash_id", TEXT, comment="long id, which campaigns, coupons and payouts refer to"),
        sa.Column("name", TEXT, comment="name of the advertiser"),
        sa.Column("username", TEXT, comment="login name"),
        sa.Column("company", TEXT, comment="firm"),
        sa.Column("email", TEXT, comment="e-mail address"),
        sa.Column("phone", TEXT, comment="telephone number"),
        sa.Column("status", TEXT, comment="active, pending, disabled, rejected"),
        sa.Column("currency", TEXT, comment="ISO 4217 code; region_currency may be another"),
        sa.Column("region_currency", TEXT, comment="currency of its region"),
        sa.Column("region_lang", TEXT, comment="language"),
        sa.Column("region_zone", TEXT, comment="time zone"),
        sa.Column("region_country", TEXT, comment="country"),
        sa.Column("region_address", TEXT, comment="address"),
        sa.Column("region_city", TEXT, comment="town"),
        sa.Column("region_state", TEXT, comment="state"),
        sa.Column("region_zipcode", TEXT, comment="postal code"),
        sa.Column("login", INSTANT, comment="last login to the panel (UTC)"),
        sa.Column("login_attempts", INTEGER, comment="failed attempts to log in"),
        sa.Column("signup_ip", TEXT, comment="internet address it signed up from; null unless included"),
        sa.Column("created", INSTANT, comment="when it was made (UTC); 1970 occurs"),
        sa.Column("modified", INSTANT, comment="when it last changed (UTC)"),
        sa.Column("meta_afields", JSON, comment="answers of the sign-up form, free keys (JSON)"),
        sa.Column("meta_bank", JSON, comment="bank account (JSON); null unless included"),
        sa.Column("redirect_type", TEXT, comment="how visitors are redirected"),
        sa.Column("fallback_url", TEXT, comment="where visitors go that no campaign takes"),
        sa.Column("unique_conv_ip", TEXT, comment="whether one address converts once"),
        sa.Column("check_links", TEXT, comment="whether its links are checked"),
        sa.Column("tags", JSON, comment="tags (JSON), each also in a row of its own"),
        sa.Column("blocked_pubs", JSON, comment="ids of publishers that are blocked (JSON)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Who pays the network.",
    )
    op.create_table(
        "trackier_publisher_managers",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("publisher_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("id", INTEGER, nullable=False, comment="the manager"),
        sa.Column("name", TEXT, comment="name of the manager"),
        sa.Column("email", TEXT, comment="e-mail address of the manager"),
        sa.PrimaryKeyConstraint("connection", "publisher_id", "id"),
        comment="managers of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trackier_publisher_managers_id", "trackier_publisher_managers", ["connection", "id"])
    op.create_table(
        "trackier_publisher_tags",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("publisher_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("position", INTEGER, nullable=False, comment="place in the list, from 0"),
        sa.Column("value", TEXT, comment="a tag"),
        sa.PrimaryKeyConstraint("connection", "publisher_id", "position"),
        comment="tags of their parent",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trackier_publishers",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="short id, which logs and reports refer to"),
        sa.Column("hash_id", TEXT, comment="long id, which campaigns, coupons and payouts refer to"),
        sa.Column("name", TEXT, comment="name of the publisher"),
        sa.Column("username", TEXT, comment="login name"),
        sa.Column("company", TEXT, comment="firm"),
        sa.Column("email", TEXT, comment="e-mail address"),
        sa.Column("phone", TEXT, comment="telephone number"),
        sa.Column("status", TEXT, comment="active, pending, disabled, rejected"),
        sa.Column("currency", TEXT, comment="ISO 4217 code; region_currency may be another"),
        sa.Column("region_currency", TEXT, comment="currency of its region"),
        sa.Column("region_lang", TEXT, comment="language"),
        sa.Column("region_zone", TEXT, comment="time zone"),
        sa.Column("region_country", TEXT, comment="country"),
        sa.Column("region_address", TEXT, comment="address"),
        sa.Column("region_city", TEXT, comment="town"),
        sa.Column("region_state", TEXT, comment="state"),
        sa.Column("region_zipcode", TEXT, comment="postal code"),
        sa.Column("login", INSTANT, comment="last login to the panel (UTC)"),
        sa.Column("login_attempts", INTEGER, comment="failed attempts to log in"),
        sa.Column("signup_ip", TEXT, comment="internet address it signed up from; null unless included"),
        sa.Column("created", INSTANT, comment="when it was made (UTC); 1970 occurs"),
        sa.Column("modified", INSTANT, comment="when it last changed (UTC)"),
        sa.Column("meta_afields", JSON, comment="answers of the sign-up form, free keys (JSON)"),
        sa.Column("meta_bank", JSON, comment="bank account (JSON); null unless included"),
        sa.Column("manager_id", TEXT, comment="manager, by the long id"),
        sa.Column("tier_id", TEXT, comment="tier"),
        sa.Column("ref_by", TEXT, comment="publisher that referred it, by the long id"),
        sa.Column("unsubscribe", BOOLEAN, comment="gets no mails"),
        sa.Column("is_demo", BOOLEAN, comment="a demo account"),
        sa.Column("hide_camp", JSON, comment="campaigns hidden from it (JSON)"),
        sa.Column("conversions_pending", INTEGER, comment="its conversions wait for approval (0 or 1)"),
        sa.Column("macro", JSON, comment="default values of p1 to p10, source, app_name, app_id, gaid (JSON)"),
        sa.Column("tags", JSON, comment="tags (JSON), each also in a row of its own"),
        sa.Column("whitelist_adv", JSON, comment="ids of the only advertisers it works for (JSON)"),
        sa.Column("blocked_sources", JSON, comment="sources that are blocked (JSON)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Whom the network pays.",
    )
    op.create_index("ix_trackier_publishers_manager_id", "trackier_publishers", ["connection", "manager_id"])
    op.create_index("ix_trackier_publishers_ref_by", "trackier_publishers", ["connection", "ref_by"])
    op.create_table(
        "trackier_categories",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="long id"),
        sa.Column("name", TEXT, comment="name, by which campaigns refer to it"),
        sa.Column("created", INSTANT, comment="when it was made (UTC)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Categories, to which campaigns refer by name.",
    )
    op.create_table(
        "trackier_campaign_payouts",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("campaign_id", INTEGER, comment="of the parent"),
        sa.Column("id", TEXT, nullable=False, comment="long id"),
        sa.Column("campaign_long_id", TEXT, comment="campaign, by its long id"),
        sa.Column("goal_id", TEXT, comment="goal; null means the default goal"),
        sa.Column("model", TEXT, comment="cpa, cpi and so on"),
        sa.Column("payout_model", TEXT, comment="fixed, revshare, hybrid"),
        sa.Column("payout", NUMERIC, comment="what the publisher gets; of a percentage the percent, not money"),
        sa.Column("revenue", NUMERIC, comment="what the advertiser pays; of a percentage the percent, not money"),
        sa.Column("fixed_payout", NUMERIC, comment="fixed part, in currency"),
        sa.Column("currency", TEXT, comment="ISO 4217 code"),
        sa.Column("variable", TEXT, comment="value it depends on: p1 to p10, sub1 to sub10, source"),
        sa.Column("override_revenue", TEXT, comment="whether it replaces the revenue"),
        sa.Column("geo", JSON, comment='countries it holds for; ["ALL"] is everywhere (JSON)'),
        sa.Column("region", JSON, comment="regions (JSON)"),
        sa.Column("city", JSON, comment="towns (JSON)"),
        sa.Column("landing_pages", JSON, comment="landing pages (JSON)"),
        sa.Column("pub_ids", JSON, comment="publishers it is for; null means all (JSON)"),
        sa.Column("allowed_values", JSON, comment="values of variable it holds for (JSON)"),
        sa.Column("created", INSTANT, comment="when it was made (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="payouts of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_trackier_campaign_payouts_campaign_id", "trackier_campaign_payouts", ["connection", "campaign_id"]
    )
    op.create_index(
        "ix_trackier_campaign_payouts_campaign_long_id", "trackier_campaign_payouts", ["connection", "campaign_long_id"]
    )
    op.create_index("ix_trackier_campaign_payouts_goal_id", "trackier_campaign_payouts", ["connection", "goal_id"])
    op.create_table(
        "trackier_campaign_geo",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("campaign_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("position", INTEGER, nullable=False, comment="place in the list, from 0"),
        sa.Column("value", TEXT, comment="a country"),
        sa.PrimaryKeyConstraint("connection", "campaign_id", "position"),
        comment="geo of their parent",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trackier_campaign_categories",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("campaign_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("position", INTEGER, nullable=False, comment="place in the list, from 0"),
        sa.Column("value", TEXT, comment="a category, by its name; blanks at the end occur"),
        sa.PrimaryKeyConstraint("connection", "campaign_id", "position"),
        comment="categories of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trackier_campaign_categories_value", "trackier_campaign_categories", ["connection", "value"])
    op.create_table(
        "trackier_campaign_os",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("campaign_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("position", INTEGER, nullable=False, comment="place in the list, from 0"),
        sa.Column("value", TEXT, comment="an operating system"),
        sa.PrimaryKeyConstraint("connection", "campaign_id", "position"),
        comment="os of their parent",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trackier_campaign_device",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("campaign_id", INTEGER, nullable=False, comment="of the parent"),
        sa.Column("position", INTEGER, nullable=False, comment="place in the list, from 0"),
        sa.Column("value", TEXT, comment="a kind of device"),
        sa.PrimaryKeyConstraint("connection", "campaign_id", "position"),
        comment="device of their parent",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trackier_campaigns",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="short id, which logs and reports refer to"),
        sa.Column("hash_id", TEXT, comment="long id, 24 hexadecimal characters"),
        sa.Column("advertiser_long_id", TEXT, comment="long id, sometimes the digits of the short id"),
        sa.Column("title", TEXT, comment="title"),
        sa.Column("description", TEXT, comment="description, HTML"),
        sa.Column("url", TEXT, comment="landing page"),
        sa.Column("preview_url", TEXT, comment="preview"),
        sa.Column("iurl", TEXT, comment="link that counts impressions"),
        sa.Column("fallback_url", TEXT, comment="where visitors go that it does not take"),
        sa.Column("fallback_campaign", TEXT, comment="campaign for visitors that it does not take"),
        sa.Column("status", TEXT, comment="active, pending, paused, disabled, expired"),
        sa.Column("visibility", TEXT, comment="public, private, permission"),
        sa.Column("comm_model", TEXT, comment="cpa, cpi, cpl, cps, cpm, cpc"),
        sa.Column("payout_cal_param", TEXT, comment="base of payouts in percent: revenue, sale_amount, sub1 to sub10"),
        sa.Column(
            "currency", TEXT, comment="ISO 4217 code of its payouts, conversions and report rows; null means USD"
        ),
        sa.Column("categories", JSON, comment="categories by name (JSON), each also in a row of its own"),
        sa.Column("geo", JSON, comment="countries (JSON), each also in a row of its own"),
        sa.Column("device", JSON, comment="kinds of devices (JSON), each also in a row of its own"),
        sa.Column("os", JSON, comment="operating systems (JSON), each also in a row of its own"),
        sa.Column("os_ver", JSON, comment="least and greatest version for each operating system (JSON)"),
        sa.Column("region", JSON, comment="regions (JSON)"),
        sa.Column("cities", JSON, comment="towns (JSON)"),
        sa.Column("cities_exclude", JSON, comment="towns left out (JSON)"),
        sa.Column("isps", JSON, comment="internet providers (JSON)"),
        sa.Column("flow", JSON, comment="flow (JSON)"),
        sa.Column("tags", JSON, comment="tags (JSON)"),
        sa.Column("traffic_channels", JSON, comment="channels of traffic (JSON)"),
        sa.Column("sub_ids_allowed", JSON, comment="only these sub-ids (JSON)"),
        sa.Column("sub_ids_blocked", JSON, comment="not these sub-ids (JSON)"),
        sa.Column("blocked_pubs", JSON, comment="ids of publishers that are blocked (JSON)"),
        sa.Column("blacklist_postback_pubs", JSON, comment="ids of publishers whose postbacks are not sent (JSON)"),
        sa.Column(
            "whitelist_postback_pubs", JSON, comment="ids of the only publishers whose postbacks are sent (JSON)"
        ),
        sa.Column("app_name", TEXT, comment="mobile app: its name"),
        sa.Column("app_id", TEXT, comment="mobile app: its id"),
        sa.Column("erid", TEXT, comment="id in the register of advertising"),
        sa.Column("default_goal_name", TEXT, comment="what the default goal is called in logs and reports"),
        sa.Column("default_lp_name", TEXT, comment="what the default landing page is called"),
        sa.Column("conv_tracking", TEXT, comment="postback, iframe_https, image_https"),
        sa.Column("conv_tracking_domain", TEXT, comment="domain of the conversion tracking"),
        sa.Column("redirect_type", TEXT, comment="'302', '302_hrf', '200', '200_hrf'"),
        sa.Column("track_multi_conv", INTEGER, comment="several conversions of one click count (0 or 1)"),
        sa.Column("allow_spillover_conv", INTEGER, comment="conversions above a cap count (0 or 1)"),
        sa.Column("enforce_lp_targeting", INTEGER, comment="targeting of landing pages is enforced (0 or 1)"),
        sa.Column("cancel_fallback_conv", INTEGER, comment="conversions of fallbacks are cancelled (0 or 1)"),
        sa.Column("show_global_targeting", INTEGER, comment="global targeting is shown (0 or 1)"),
        sa.Column("allow_imp", INTEGER, comment="impressions are counted (0 or 1)"),
        sa.Column("cancel_blocked_pb_conv", INTEGER, comment="conversions of blocked postbacks are cancelled (0 or 1)"),
        sa.Column("allow_lp_traffic_split", INTEGER, comment="traffic is split between landing pages (0 or 1)"),
        sa.Column("hops", INTEGER, comment="redirects in between"),
        sa.Column("conv_pending", INTEGER, comment="conversions wait for approval (0 or 1)"),
        sa.Column("attribution_window", INTEGER, comment="time from click to conversion that counts"),
        sa.Column("schedule_zone", TEXT, comment="time zone of its schedule"),
        sa.Column("schdule_start_hour", INTEGER, comment="hour from which it runs (the vendor's spelling)"),
        sa.Column("schedule_end_hour", INTEGER, comment="hour to which it runs"),
        sa.Column("start_date", INSTANT, comment="start (UTC)"),
        sa.Column("end_date", INSTANT, comment="end (UTC)"),
        sa.Column("account_manager_long_id", TEXT, comment="account manager, by the long id"),
        sa.Column("account_manager_name", TEXT, comment="name of the account manager"),
        sa.Column("account_manager_email", TEXT, comment="e-mail address of the account manager"),
        sa.Column("sales_manager_long_id", TEXT, comment="sales manager, by the long id"),
        sa.Column("sales_manager_name", TEXT, comment="name of the sales manager"),
        sa.Column("sales_manager_email", TEXT, comment="e-mail address of the sales manager"),
        sa.Column("inactive_reason", TEXT, comment="why it is not active"),
        sa.Column("primary_tracking_domain", TEXT, comment="domain of its tracking links"),
        sa.Column("duplicate_click_action", TEXT, comment="what happens with a click that comes twice"),
        sa.Column("unique_click_session_variable", TEXT, comment="what makes a click unique"),
        sa.Column("allowed_tracking_link_format", TEXT, comment="form of tracking links"),
        sa.Column("override_creative_name", TEXT, comment="name for creatives"),
        sa.Column("custom_fields", JSON, comment="the account's own fields, free keys (JSON)"),
        sa.Column("sub_id_override", JSON, comment="sub-ids that are replaced (JSON)"),
        sa.Column("conv_lc_flow", JSON, comment="life of a conversion (JSON)"),
        sa.Column("created", INSTANT, comment="when it was made (UTC)"),
        sa.Column(
            "modified",
            INSTANT,
            comment="when it last changed (UTC); whether an edit of its goals moves it is not documented",
        ),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="The offers. Read whole in every cycle; those whose modified moved have their goals read.",
    )
    op.create_index(
        "ix_trackier_campaigns_account_manager_long_id", "trackier_campaigns", ["connection", "account_manager_long_id"]
    )
    op.create_index(
        "ix_trackier_campaigns_advertiser_long_id", "trackier_campaigns", ["connection", "advertiser_long_id"]
    )
    op.create_index(
        "ix_trackier_campaigns_sales_manager_long_id", "trackier_campaigns", ["connection", "sales_manager_long_id"]
    )
    op.create_table(
        "trackier_goal_payouts",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("goal_id", TEXT, comment="of the parent"),
        sa.Column("id", TEXT, nullable=False, comment="long id"),
        sa.Column("payout", NUMERIC, comment="what the publisher gets; of a percentage the percent, not money"),
        sa.Column("revenue", NUMERIC, comment="what the advertiser pays; of a percentage the percent, not money"),
        sa.Column("currency", TEXT, comment="ISO 4217 code"),
        sa.Column("payout_model", TEXT, comment="fixed, percentage"),
        sa.Column("geo", JSON, comment='countries it holds for; ["ALL"] is everywhere (JSON)'),
        sa.Column("created", INSTANT, comment="when it was made (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="payouts of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trackier_goal_payouts_goal_id", "trackier_goal_payouts", ["connection", "goal_id"])
    op.create_table(
        "trackier_campaign_goals",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="long id"),
        sa.Column("campaign_long_id", TEXT, comment="campaign, by its long id"),
        sa.Column("title", TEXT, comment="name, as logs and reports show it"),
        sa.Column("value", TEXT, comment="name of the event as advertisers send it"),
        sa.Column("type", TEXT, comment="public, private, pub_specific"),
        sa.Column("track_multi_conv", INTEGER, comment="several conversions of one click count (0 or 1)"),
        sa.Column("dcs", TEXT, comment="status of new conversions: approved, pending, cancelled, rejected"),
        sa.Column("blacklist_postback_pubs", JSON, comment="publishers whose postbacks are not sent (JSON)"),
        sa.Column("whitelist_postback_pubs", JSON, comment="the only publishers whose postbacks are sent (JSON)"),
        sa.Column("created", INSTANT, comment="when it was made (UTC)"),
        sa.Column("modified", INSTANT, comment="when it last changed (UTC)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Further events of a campaign that are paid for; the default goal is not among them.",
    )
    op.create_index(
        "ix_trackier_campaign_goals_campaign_long_id", "trackier_campaign_goals", ["connection", "campaign_long_id"]
    )
    op.create_table(
        "trackier_campaign_access",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="long id"),
        sa.Column("type", TEXT, comment="private, permission"),
        sa.Column("status", TEXT, comment="approved, pending, denied"),
        sa.Column("campaign_long_id", TEXT, comment="campaign, by its long id"),
        sa.Column("publisher_long_id", TEXT, comment="publisher, by its long id"),
        sa.Column("campaign_id", INTEGER, comment="campaign"),
        sa.Column("campaign_title", TEXT, comment="title of the campaign"),
        sa.Column("campaign_status", TEXT, comment="status of the campaign"),
        sa.Column("publisher_id", INTEGER, comment="publisher"),
        sa.Column("publisher_name", TEXT, comment="name of the publisher"),
        sa.Column("publisher_company", TEXT, comment="firm of the publisher"),
        sa.Column("created", INSTANT, comment="when it was made (UTC)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Which publisher may run which campaign; only of private campaigns and those with permission.",
    )
    op.create_index(
        "ix_trackier_campaign_access_campaign_id", "trackier_campaign_access", ["connection", "campaign_id"]
    )
    op.create_index(
        "ix_trackier_campaign_access_campaign_long_id", "trackier_campaign_access", ["connection", "campaign_long_id"]
    )
    op.create_index(
        "ix_trackier_campaign_access_publisher_id", "trackier_campaign_access", ["connection", "publisher_id"]
    )
    op.create_index(
        "ix_trackier_campaign_access_publisher_long_id", "trackier_campaign_access", ["connection", "publisher_long_id"]
    )
    op.create_table(
        "trackier_coupon_publishers",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("coupon_id", TEXT, nullable=False, comment="of the parent"),
        sa.Column("publisher_long_id", TEXT, comment="publisher, by the long id"),
        sa.Column("position", INTEGER, nullable=False, comment="place in its list, from 0"),
        sa.Column("excluded", BOOLEAN, nullable=False, comment="false from publisherIds, true from excludedPubIds"),
        sa.PrimaryKeyConstraint("connection", "coupon_id", "excluded", "position"),
        comment="publisherIds of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_trackier_coupon_publishers_publisher_long_id",
        "trackier_coupon_publishers",
        ["connection", "publisher_long_id"],
    )
    op.create_table(
        "trackier_coupons",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="long id"),
        sa.Column("org_id", TEXT, comment="the network"),
        sa.Column("av", TEXT, comment="advertiser, by the long id"),
        sa.Column("campaign_long_id", TEXT, comment="campaign, by its long id"),
        sa.Column("code", TEXT, comment="the code"),
        sa.Column("description", TEXT, comment="description"),
        sa.Column("type", TEXT, comment="generic, exclusive, one_time"),
        sa.Column("status", TEXT, comment="active, pending, expired; expires without an event"),
        sa.Column("start_date", INSTANT, comment="valid from (UTC)"),
        sa.Column("end_date", INSTANT, comment="valid to (UTC)"),
        sa.Column("created", INSTANT, comment="when it was made (UTC)"),
        sa.Column("created_by", TEXT, comment="who made it"),
        sa.Column("publisher_ids", JSON, comment="long ids of publishers (JSON), each also in a row of its own"),
        sa.Column(
            "excluded_pub_ids", JSON, comment="long ids of publishers left out (JSON), each also in a row of its own"
        ),
        sa.Column("payouts", JSON, comment="payouts with their rules (JSON)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Coupon codes and whom they are for.",
    )
    op.create_index("ix_trackier_coupons_av", "trackier_coupons", ["connection", "av"])
    op.create_index("ix_trackier_coupons_campaign_long_id", "trackier_coupons", ["connection", "campaign_long_id"])
    op.create_table(
        "trackier_invoices",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("hash_id", TEXT, nullable=False, comment="long id"),
        sa.Column("id", INTEGER, comment="number as shown"),
        sa.Column("utype", TEXT, comment="whose invoice it is, as it was asked for"),
        sa.Column("status", TEXT, comment="draft, approved, paid; drafts change and vanish"),
        sa.Column("item", TEXT, comment="who it is for, as text"),
        sa.Column("item_id", TEXT, comment="publisher or advertiser (by utype), by the long id"),
        sa.Column("from_date", DATE, comment="first day (in the network's time zone)"),
        sa.Column("to_date", DATE, comment="last day (in the network's time zone)"),
        sa.Column("currency", TEXT, comment="ISO 4217 code"),
        sa.Column("amount", NUMERIC, comment="amount, in currency"),
        sa.Column("created", INSTANT, comment="when it was made (UTC)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "hash_id"),
        comment="Invoices of publishers and of advertisers.",
    )
    op.create_index("ix_trackier_invoices_created", "trackier_invoices", ["connection", "created"])
    op.create_table(
        "trackier_conversions",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="id, 24 hexadecimal characters"),
        sa.Column("click_id", TEXT, comment="click; one may have many conversions"),
        sa.Column("campaign_id", INTEGER, comment="campaign"),
        sa.Column("campaign_long_id", TEXT, comment="campaign, by its long id"),
        sa.Column("campaign_name", TEXT, comment="name of the campaign then"),
        sa.Column("external_offer_id", TEXT, comment="number of the campaign in another system"),
        sa.Column("publisher_id", INTEGER, comment="publisher"),
        sa.Column("publisher_long_id", TEXT, comment="publisher, by its long id"),
        sa.Column("publisher_name", TEXT, comment="name of the publisher then"),
        sa.Column("publisher_company", TEXT, comment="firm of the publisher then"),
        sa.Column("publisher_manager_id", INTEGER, comment="manager of the publisher"),
        sa.Column("publisher_manager_name", TEXT, comment="name of that manager"),
        sa.Column("advertiser_id", INTEGER, comment="advertiser"),
        sa.Column("advertiser_long_id", TEXT, comment="advertiser, by its long id"),
        sa.Column("advertiser_name", TEXT, comment="name of the advertiser then"),
        sa.Column("advertiser_manager_id", INTEGER, comment="manager of the advertiser"),
        sa.Column("advertiser_manager_name", TEXT, comment="name of that manager"),
        sa.Column("goal_id", TEXT, comment="goal; null means the campaign's default goal"),
        sa.Column("goal_name", TEXT, comment="name of the goal"),
        sa.Column("goal_value", TEXT, comment="event of the goal"),
        sa.Column("url_id", INTEGER, comment="landing page"),
        sa.Column("url_long_id", TEXT, comment="landing page, by its long id"),
        sa.Column("url_title", TEXT, comment="title of the landing page"),
        sa.Column("status", TEXT, comment="approved, pending, cancelled, rejected, extended; changes for weeks"),
        sa.Column("currency", TEXT, comment="ISO 4217 code"),
        sa.Column("payout", NUMERIC, comment="what the network pays the publisher, in currency"),
        sa.Column("revenue", NUMERIC, comment="what the advertiser pays the network, in currency"),
        sa.Column("sale", NUMERIC, comment="amount of the sale, in currency"),
        sa.Column("created", INSTANT, comment="when it happened (UTC); imports bring past times"),
        sa.Column("click_time", INSTANT, comment="when the click was (UTC)"),
        sa.Column("modified", INSTANT, comment="when it last changed (UTC); null if it never did"),
        sa.Column("elapsed_time", INTEGER, comment="seconds from click to conversion"),
        sa.Column("method", TEXT, comment="how it was reported"),
        sa.Column(
            "txn_id", TEXT, comment="number of the transaction, as the advertiser sends it; leading zeros matter"
        ),
        sa.Column("note", TEXT, comment="note"),
        sa.Column("coupon", TEXT, comment="coupon code"),
        sa.Column("user_id", TEXT, comment="user, as the advertiser names it"),
        sa.Column("source", TEXT, comment="source of the traffic, as the publisher names it"),
        sa.Column("p1", TEXT, comment="the publisher's own value 1"),
        sa.Column("p2", TEXT, comment="the publisher's own value 2"),
        sa.Column("p3", TEXT, comment="the publisher's own value 3"),
        sa.Column("p4", TEXT, comment="the publisher's own value 4"),
        sa.Column("p5", TEXT, comment="the publisher's own value 5"),
        sa.Column("p6", TEXT, comment="the publisher's own value 6"),
        sa.Column("p7", TEXT, comment="the publisher's own value 7"),
        sa.Column("p8", TEXT, comment="the publisher's own value 8"),
        sa.Column("p9", TEXT, comment="the publisher's own value 9"),
        sa.Column("p10", TEXT, comment="the publisher's own value 10"),
        sa.Column("sub1", TEXT, comment="the advertiser's own value 1"),
        sa.Column("sub2", TEXT, comment="the advertiser's own value 2"),
        sa.Column("sub3", TEXT, comment="the advertiser's own value 3"),
        sa.Column("sub4", TEXT, comment="the advertiser's own value 4"),
        sa.Column("sub5", TEXT, comment="the advertiser's own value 5"),
        sa.Column("sub6", TEXT, comment="the advertiser's own value 6"),
        sa.Column("sub7", TEXT, comment="the advertiser's own value 7"),
        sa.Column("sub8", TEXT, comment="the advertiser's own value 8"),
        sa.Column("sub9", TEXT, comment="the advertiser's own value 9"),
        sa.Column("sub10", TEXT, comment="the advertiser's own value 10"),
        sa.Column("country", TEXT, comment="country"),
        sa.Column("region", TEXT, comment="region"),
        sa.Column("city", TEXT, comment="city"),
        sa.Column("isp", TEXT, comment="internet provider"),
        sa.Column("lat", DOUBLE, comment="latitude, degrees"),
        sa.Column("long", DOUBLE, comment="longitude, degrees"),
        sa.Column("conn", TEXT, comment="kind of connection to the internet"),
        sa.Column("os", TEXT, comment="operating system"),
        sa.Column("browser", TEXT, comment="browser"),
        sa.Column("device", TEXT, comment="kind of device"),
        sa.Column("brand", TEXT, comment="brand of the device"),
        sa.Column("dl", TEXT, comment="deep link"),
        sa.Column("app_id", TEXT, comment="mobile app: its id"),
        sa.Column("app_name", TEXT, comment="mobile app: its name"),
        sa.Column("cr_name", TEXT, comment="creative"),
        sa.Column("sl", TEXT, comment="smart link"),
        sa.Column("gaid", TEXT, comment="advertising id (Android); null unless included"),
        sa.Column("idfa", TEXT, comment="advertising id (Apple); null unless included"),
        sa.Column("android_id", TEXT, comment="id of the Android device; null unless included"),
        sa.Column("device_id", TEXT, comment="id of the device; null unless included"),
        sa.Column("ipaddr", TEXT, comment="internet address of the conversion; null unless included"),
        sa.Column("click_ip", TEXT, comment="internet address of the click; null unless included"),
        sa.Column("click_ua", TEXT, comment="browser of the click as it names itself; null unless included"),
        sa.Column("referer", TEXT, comment="page it came from"),
        sa.Column("click_ref", TEXT, comment="page the click came from"),
        sa.Column("utms", TEXT, comment="utm_source"),
        sa.Column("utmd", TEXT, comment="utm_medium"),
        sa.Column("utmc", TEXT, comment="utm_campaign"),
        sa.Column("epcat", TEXT, comment="category of the event"),
        sa.Column("vta", INTEGER, comment="view-through (0 or 1)"),
        sa.Column("is_postback_fired", BOOLEAN, comment="the publisher was told of it"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="What visitors did that is paid for. Status and amounts change for weeks, and nothing tells of it.",
    )
    op.create_index("ix_trackier_conversions_advertiser_id", "trackier_conversions", ["connection", "advertiser_id"])
    op.create_index(
        "ix_trackier_conversions_advertiser_manager_id", "trackier_conversions", ["connection", "advertiser_manager_id"]
    )
    op.create_index("ix_trackier_conversions_campaign_id", "trackier_conversions", ["connection", "campaign_id"])
    op.create_index("ix_trackier_conversions_click_id", "trackier_conversions", ["connection", "click_id"])
    op.create_index("ix_trackier_conversions_created", "trackier_conversions", ["connection", "created"])
    op.create_index("ix_trackier_conversions_goal_id", "trackier_conversions", ["connection", "goal_id"])
    op.create_index("ix_trackier_conversions_publisher_id", "trackier_conversions", ["connection", "publisher_id"])
    op.create_index(
        "ix_trackier_conversions_publisher_manager_id", "trackier_conversions", ["connection", "publisher_manager_id"]
    )
    op.create_table(
        "trackier_clicks",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="id, 24 hexadecimal characters"),
        sa.Column("org_id", TEXT, comment="the network"),
        sa.Column("campaign_id", INTEGER, comment="campaign"),
        sa.Column("campaign_long_id", TEXT, comment="campaign, by its long id"),
        sa.Column("campaign_name", TEXT, comment="name of the campaign then"),
        sa.Column("publisher_id", INTEGER, comment="publisher"),
        sa.Column("publisher_long_id", TEXT, comment="publisher, by its long id"),
        sa.Column("publisher_name", TEXT, comment="name of the publisher then"),
        sa.Column("advertiser_id", INTEGER, comment="advertiser"),
        sa.Column("advertiser_long_id", TEXT, comment="advertiser, by its long id"),
        sa.Column("advertiser_name", TEXT, comment="name of the advertiser then"),
        sa.Column("landing_page_id", TEXT, comment="landing page"),
        sa.Column("landing_page_long_id", TEXT, comment="landing page, by its long id"),
        sa.Column("landing_page_name", TEXT, comment="name of the landing page"),
        sa.Column("created", INSTANT, comment="when it happened (UTC: so it is asked for)"),
        sa.Column("source", TEXT, comment="source of the traffic, as the publisher names it"),
        sa.Column("p1", TEXT, comment="the publisher's own value 1"),
        sa.Column("p2", TEXT, comment="the publisher's own value 2"),
        sa.Column("p3", TEXT, comment="the publisher's own value 3"),
        sa.Column("p4", TEXT, comment="the publisher's own value 4"),
        sa.Column("p5", TEXT, comment="the publisher's own value 5"),
        sa.Column("p6", TEXT, comment="the publisher's own value 6"),
        sa.Column("p7", TEXT, comment="the publisher's own value 7"),
        sa.Column("p8", TEXT, comment="the publisher's own value 8"),
        sa.Column("p9", TEXT, comment="the publisher's own value 9"),
        sa.Column("p10", TEXT, comment="the publisher's own value 10"),
        sa.Column("country", TEXT, comment="country"),
        sa.Column("region", TEXT, comment="region"),
        sa.Column("city", TEXT, comment="city"),
        sa.Column("isp", TEXT, comment="internet provider"),
        sa.Column("lat", DOUBLE, comment="latitude, degrees"),
        sa.Column("long", DOUBLE, comment="longitude, degrees"),
        sa.Column("conn", TEXT, comment="kind of connection to the internet"),
        sa.Column("device", TEXT, comment="kind of device"),
        sa.Column("brand", TEXT, comment="brand of the device"),
        sa.Column("os", TEXT, comment="operating system"),
        sa.Column("browser", TEXT, comment="browser"),
        sa.Column("device_lang", TEXT, comment="language of the device"),
        sa.Column("user_agent", TEXT, comment="browser as it names itself; null unless included"),
        sa.Column("referer", TEXT, comment="page it came from"),
        sa.Column("ipaddr", TEXT, comment="internet address; null unless included"),
        sa.Column("is_unique", INTEGER, comment="the first of its visitor (0 or 1)"),
        sa.Column("is_rejected", INTEGER, comment="rejected (0 or 1)"),
        sa.Column("is_bot", INTEGER, comment="by a machine (0 or 1)"),
        sa.Column("payout", NUMERIC, comment="what the network pays the publisher, in curr"),
        sa.Column("revenue", NUMERIC, comment="what the advertiser pays the network, in curr"),
        sa.Column("curr", TEXT, comment="ISO 4217 code"),
        sa.Column("note", TEXT, comment="why it was rejected"),
        sa.Column("referrer_campaign", TEXT, comment="campaign it came from"),
        sa.Column("gaid", TEXT, comment="advertising id (Android); null unless included"),
        sa.Column("idfa", TEXT, comment="advertising id (Apple); null unless included"),
        sa.Column("android_id", TEXT, comment="id of the Android device; null unless included"),
        sa.Column("app_id", TEXT, comment="mobile app: its id"),
        sa.Column("app_name", TEXT, comment="mobile app: its name"),
        sa.Column("creative_name", TEXT, comment="creative"),
        sa.Column("smart_link", TEXT, comment="smart link"),
        sa.Column("pub_impression_id", TEXT, comment="impression, as the publisher numbers it"),
        sa.Column("pub_campaign_id", TEXT, comment="campaign, as the publisher numbers it"),
        sa.Column("sub_source", TEXT, comment="source within the source"),
        sa.Column("click_domain", TEXT, comment="domain of the link"),
        sa.Column("release_order_id", TEXT, comment="release order"),
        sa.Column("gclid", TEXT, comment="Google's id of the click"),
        sa.Column("rr", JSON, comment="release rules (JSON)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Every click: by far the largest table, hence off unless enabled.",
    )
    op.create_index("ix_trackier_clicks_advertiser_id", "trackier_clicks", ["connection", "advertiser_id"])
    op.create_index("ix_trackier_clicks_campaign_id", "trackier_clicks", ["connection", "campaign_id"])
    op.create_index("ix_trackier_clicks_created", "trackier_clicks", ["connection", "created"])
    op.create_index("ix_trackier_clicks_publisher_id", "trackier_clicks", ["connection", "publisher_id"])
    op.create_table(
        "trackier_report_daily",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("created", DATE, nullable=False, comment="day, in the network's time zone"),
        sa.Column("campaign_id", INTEGER, nullable=False, comment="campaign"),
        sa.Column("publisher_id", INTEGER, nullable=False, comment="publisher"),
        sa.Column("advertiser_id", INTEGER, nullable=False, comment="advertiser; 0 where the row names none"),
        sa.Column("goal_id", TEXT, nullable=False, comment="goal; '' for the default goal"),
        sa.Column(
            "goal_name",
            TEXT,
            nullable=False,
            comment="name of the goal; '' where the row names none; one goal may have two",
        ),
        sa.Column("currency", TEXT, nullable=False, comment="ISO 4217 code of every amount in the row"),
        sa.Column("unique_clicks", INTEGER, comment="clicks, each visitor once; on the row of the default goal"),
        sa.Column("rejected_clicks", INTEGER, comment="clicks that were rejected"),
        sa.Column("clicks", INTEGER, comment="clicks; on the row of the default goal only"),
        sa.Column("gross_clicks", INTEGER, comment="clicks, rejected ones too"),
        sa.Column("approved_conversions", INTEGER, comment="conversions approved"),
        sa.Column("pending_conversions", INTEGER, comment="conversions pending"),
        sa.Column("cancelled_conversions", INTEGER, comment="conversions cancelled"),
        sa.Column("rejected_conversions", INTEGER, comment="conversions rejected"),
        sa.Column("ext_conversions", INTEGER, comment="conversions extended"),
        sa.Column("gross_conversions", INTEGER, comment="conversions of every status"),
        sa.Column("impressions", INTEGER, comment="impressions; on the row of the default goal only"),
        sa.Column("campaign_payout", NUMERIC, comment="payout as the campaign has it"),
        sa.Column("campaign_revenue", NUMERIC, comment="revenue as the campaign has it"),
        sa.Column("payout", NUMERIC, comment="paid to the publisher, for approved conversions"),
        sa.Column("revenue", NUMERIC, comment="paid by the advertiser, for approved conversions"),
        sa.Column("profit", NUMERIC, comment="revenue less payout"),
        sa.Column("sale_amount", NUMERIC, comment="sales, of approved conversions"),
        sa.Column("pending_payout", NUMERIC, comment="payout of pending conversions"),
        sa.Column("pending_sale_amount", NUMERIC, comment="sales of pending conversions"),
        sa.Column("ext_payout", NUMERIC, comment="payout of extended conversions"),
        sa.Column("ext_sale_amount", NUMERIC, comment="sales of extended conversions"),
        sa.Column("ext_revenue", NUMERIC, comment="revenue of extended conversions"),
        sa.Column("cancelled_revenue", NUMERIC, comment="revenue of cancelled conversions"),
        sa.Column("rejected_revenue", NUMERIC, comment="revenue of rejected conversions"),
        sa.Column("gross_revenue", NUMERIC, comment="revenue of conversions of every status"),
        sa.Column("gross_profit", NUMERIC, comment="profit of conversions of every status"),
        sa.Column("gross_sale_amount", NUMERIC, comment="sales of conversions of every status"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint(
            "connection", "created", "campaign_id", "publisher_id", "advertiser_id", "goal_id", "goal_name", "currency"
        ),
        comment="Counts and sums of a day. They may be adjusted by hand, so that sums over logs can differ.",
    )
    op.create_index("ix_trackier_report_daily_advertiser_id", "trackier_report_daily", ["connection", "advertiser_id"])
    op.create_index("ix_trackier_report_daily_campaign_id", "trackier_report_daily", ["connection", "campaign_id"])
    op.create_index("ix_trackier_report_daily_goal_id", "trackier_report_daily", ["connection", "goal_id"])
    op.create_index("ix_trackier_report_daily_publisher_id", "trackier_report_daily", ["connection", "publisher_id"])
    op.create_table(
        "trackier_campaign_caps",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="long id"),
        sa.Column("campaign_long_id", TEXT, comment="campaign, by its long id"),
        sa.Column("goal_id", TEXT, comment="goal; null means all, or the default goal"),
        sa.Column("publisher_ids", JSON, comment="publishers it holds for (JSON)"),
        sa.Column("pub_cap_type", TEXT, comment="each, group"),
        sa.Column("landing_page_ids", JSON, comment="landing pages it holds for (JSON)"),
        sa.Column("type", TEXT, comment="what is capped: conversion, click, payout, revenue and others"),
        sa.Column("hourly", NUMERIC, comment="cap of an hour; null means none"),
        sa.Column("daily", NUMERIC, comment="cap of a day; null means none"),
        sa.Column("monthly", NUMERIC, comment="cap of a month; null means none"),
        sa.Column("lifetime", NUMERIC, comment="cap for ever; null means none"),
        sa.Column("enable_per_minute_cap", INTEGER, comment="spread over minutes (0 or 1)"),
        sa.Column("pause_resources", INTEGER, comment="pauses what it caps (0 or 1)"),
        sa.Column("visibility", TEXT, comment="who sees it"),
        sa.Column("geo", JSON, comment='countries it holds for; ["ALL"] is everywhere (JSON)'),
        sa.Column("redirect", TEXT, comment="where visitors above it go"),
        sa.Column("created", INSTANT, comment="when it was made (UTC)"),
        sa.Column("modified", INSTANT, comment="when it last changed (UTC)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Limits of a campaign, for an hour, a day, a month or for ever.",
    )
    op.create_index(
        "ix_trackier_campaign_caps_campaign_long_id", "trackier_campaign_caps", ["connection", "campaign_long_id"]
    )
    op.create_index("ix_trackier_campaign_caps_goal_id", "trackier_campaign_caps", ["connection", "goal_id"])
    op.create_table(
        "trackier_landing_pages",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("campaign_id", INTEGER, comment="campaign that was asked for"),
        sa.Column("id", TEXT, nullable=False, comment="long id"),
        sa.Column("display_id", INTEGER, comment="number as shown"),
        sa.Column("title", TEXT, comment="title"),
        sa.Column("url", TEXT, comment="address"),
        sa.Column("preview_link", TEXT, comment="preview"),
        sa.Column("lp_type", TEXT, comment="landing, prelanding, targeting_group"),
        sa.Column("description", TEXT, comment="description"),
        sa.Column("rule_variable", TEXT, comment="value its rule looks at"),
        sa.Column("rule_value", TEXT, comment="value its rule wants"),
        sa.Column("urls", JSON, comment="addresses with their percentages (JSON)"),
        sa.Column("status", TEXT, comment="active, paused"),
        sa.Column("created", INSTANT, comment="when it was made (UTC)"),
        sa.Column("modified", INSTANT, comment="when it last changed (UTC)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Where visitors of a campaign arrive.",
    )
    op.create_index("ix_trackier_landing_pages_campaign_id", "trackier_landing_pages", ["connection", "campaign_id"])
    op.create_table(
        "trackier_postback_sent_logs",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("postback_id", TEXT, nullable=False, comment="postback that was sent"),
        sa.Column("campaign", TEXT, comment="campaign, as text: (ID: 23) name"),
        sa.Column("publisher", TEXT, comment="publisher, as text: (ID: 31) name"),
        sa.Column("conversion_id", TEXT, nullable=False, comment="conversion it told of"),
        sa.Column("status", TEXT, comment="status of HTTP, as text"),
        sa.Column("attempts", INTEGER, nullable=False, comment="number of the attempt"),
        sa.Column("request_url", TEXT, comment="address that was called"),
        sa.Column("server_message", TEXT, comment="what it answered"),
        sa.Column("latency", TEXT, comment="how long that took, as text: 40 ms"),
        sa.Column("created", INSTANT, nullable=False, comment="when it was sent (UTC)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "conversion_id", "postback_id", "created", "attempts"),
        comment="Calls that told publishers of conversions.",
    )
    op.create_index("ix_trackier_postback_sent_logs_created", "trackier_postback_sent_logs", ["connection", "created"])
    op.create_index(
        "ix_trackier_postback_sent_logs_postback_id", "trackier_postback_sent_logs", ["connection", "postback_id"]
    )
    op.create_table(
        "trackier_impressions",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="id, 24 hexadecimal characters"),
        sa.Column("campaign_id", INTEGER, comment="campaign"),
        sa.Column("campaign_long_id", TEXT, comment="campaign, by its long id"),
        sa.Column("campaign_name", TEXT, comment="name of the campaign then"),
        sa.Column("publisher_id", INTEGER, comment="publisher"),
        sa.Column("publisher_long_id", TEXT, comment="publisher, by its long id"),
        sa.Column("publisher_name", TEXT, comment="name of the publisher then"),
        sa.Column("publisher_company", TEXT, comment="firm of the publisher then"),
        sa.Column("advertiser_id", INTEGER, comment="advertiser"),
        sa.Column("advertiser_long_id", TEXT, comment="advertiser, by its long id"),
        sa.Column("advertiser_name", TEXT, comment="name of the advertiser then"),
        sa.Column("external_offer_id", TEXT, comment="number of the campaign in another system"),
        sa.Column("source", TEXT, comment="source of the traffic, as the publisher names it"),
        sa.Column("url_id", TEXT, comment="landing page"),
        sa.Column("url_long_id", TEXT, comment="landing page, by its long id"),
        sa.Column("url_title", TEXT, comment="title of the landing page"),
        sa.Column("p1", TEXT, comment="the publisher's own value 1"),
        sa.Column("p2", TEXT, comment="the publisher's own value 2"),
        sa.Column("p3", TEXT, comment="the publisher's own value 3"),
        sa.Column("p4", TEXT, comment="the publisher's own value 4"),
        sa.Column("p5", TEXT, comment="the publisher's own value 5"),
        sa.Column("p6", TEXT, comment="the publisher's own value 6"),
        sa.Column("p7", TEXT, comment="the publisher's own value 7"),
        sa.Column("p8", TEXT, comment="the publisher's own value 8"),
        sa.Column("p9", TEXT, comment="the publisher's own value 9"),
        sa.Column("p10", TEXT, comment="the publisher's own value 10"),
        sa.Column("country", TEXT, comment="country"),
        sa.Column("region", TEXT, comment="region"),
        sa.Column("city", TEXT, comment="city"),
        sa.Column("isp", TEXT, comment="internet provider"),
        sa.Column("lat", DOUBLE, comment="latitude, degrees"),
        sa.Column("long", DOUBLE, comment="longitude, degrees"),
        sa.Column("os", TEXT, comment="operating system"),
        sa.Column("device", TEXT, comment="kind of device"),
        sa.Column("browser", TEXT, comment="browser"),
        sa.Column("brand", TEXT, comment="brand of the device"),
        sa.Column("conn", TEXT, comment="kind of connection to the internet"),
        sa.Column("ua", TEXT, comment="browser as it names itself; null unless included"),
        sa.Column("referer", TEXT, comment="page it came from"),
        sa.Column("ipaddr", TEXT, comment="internet address; null unless included"),
        sa.Column("currency", TEXT, comment="ISO 4217 code"),
        sa.Column("payout", NUMERIC, comment="what the network pays the publisher, in currency"),
        sa.Column("revenue", NUMERIC, comment="what the advertiser pays the network, in currency"),
        sa.Column("gaid", TEXT, comment="advertising id (Android); null unless included"),
        sa.Column("idfa", TEXT, comment="advertising id (Apple); null unless included"),
        sa.Column("app_id", TEXT, comment="mobile app: its id"),
        sa.Column("app_name", TEXT, comment="mobile app: its name"),
        sa.Column("android_id", TEXT, comment="id of the Android device; null unless included"),
        sa.Column("cr_name", TEXT, comment="creative"),
        sa.Column("sl", TEXT, comment="smart link"),
        sa.Column("created", INSTANT, comment="when it was seen (UTC)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Every view of an advertisement.",
    )
    op.create_index("ix_trackier_impressions_created", "trackier_impressions", ["connection", "created"])
    op.create_table(
        "trackier_deal_publishers",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("deal_id", TEXT, nullable=False, comment="of the parent"),
        sa.Column("id", INTEGER, nullable=False, comment="publisher"),
        sa.Column("hash_id", TEXT, comment="publisher, by its long id"),
        sa.Column("name", TEXT, comment="name of the publisher"),
        sa.Column("company", TEXT, comment="firm of the publisher"),
        sa.PrimaryKeyConstraint("connection", "deal_id", "id"),
        comment="publishers of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trackier_deal_publishers_id", "trackier_deal_publishers", ["connection", "id"])
    op.create_table(
        "trackier_deals",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="long id"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("url", TEXT, comment="address"),
        sa.Column("campaign_id", INTEGER, comment="campaign"),
        sa.Column("campaign_name", TEXT, comment="name of the campaign"),
        sa.Column("inc_exc_pubs", TEXT, comment="whether the publishers are meant or left out"),
        sa.Column("start_date", INSTANT, comment="from (UTC)"),
        sa.Column("end_date", INSTANT, comment="to (UTC)"),
        sa.Column("status", TEXT, comment="active, inactive, pending, expired"),
        sa.Column("description", TEXT, comment="description"),
        sa.Column("terms_conditions", TEXT, comment="terms and conditions"),
        sa.Column("created", INSTANT, comment="when it was made (UTC)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Agreements for a time.",
    )
    op.create_index("ix_trackier_deals_campaign_id", "trackier_deals", ["connection", "campaign_id"])
    op.create_table(
        "trackier_postbacks",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="long id"),
        sa.Column("event", TEXT, comment="event it tells of"),
        sa.Column("event_id", TEXT, comment="goal it tells of"),
        sa.Column("type", TEXT, comment="kind"),
        sa.Column("data", TEXT, comment="address that is called"),
        sa.Column("status", TEXT, comment="status"),
        sa.Column("allowed_conv_status", TEXT, comment="status of conversions it is sent for"),
        sa.Column("publisher_long_id", TEXT, comment="publisher, by the long id (inferred)"),
        sa.Column("campaign_long_id", TEXT, comment="campaign, by the long id (inferred)"),
        sa.Column("block_zero_payout_pb", BOOLEAN, comment="not sent without a payout"),
        sa.Column("http", JSON, comment="method, headers and body of the call (JSON)"),
        sa.Column("created", INSTANT, comment="when it was made (UTC)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Calls that tell publishers of conversions. The addresses may hold secrets of the publishers.",
    )
    op.create_table(
        "trackier_smart_link_campaigns",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("smart_link_id", TEXT, nullable=False, comment="of the parent"),
        sa.Column("id", TEXT, nullable=False, comment="campaign, by its long id"),
        sa.Column("percentage", NUMERIC, comment="share of the traffic, percent"),
        sa.Column("num", INTEGER, comment="share of the traffic: numerator"),
        sa.Column("denom", INTEGER, comment="share of the traffic: denominator"),
        sa.PrimaryKeyConstraint("connection", "smart_link_id", "id"),
        comment="campaigns of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trackier_smart_link_campaigns_id", "trackier_smart_link_campaigns", ["connection", "id"])
    op.create_table(
        "trackier_smart_links",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="long id"),
        sa.Column("short_id", TEXT, comment="short id"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("description", TEXT, comment="description"),
        sa.Column("type", TEXT, comment="kind"),
        sa.Column("model", TEXT, comment="payout model"),
        sa.Column("status", TEXT, comment="status"),
        sa.Column("pb", BOOLEAN, comment="postbacks are sent"),
        sa.Column("append_url", TEXT, comment="added to the address"),
        sa.Column("allowed_pubs", JSON, comment="publishers that may use it (JSON)"),
        sa.Column("blocked_pubs", JSON, comment="publishers that may not (JSON)"),
        sa.Column("categories", JSON, comment="categories (JSON)"),
        sa.Column("excluded_offers", JSON, comment="campaigns left out (JSON)"),
        sa.Column("created", INSTANT, comment="when it was made (UTC)"),
        sa.Column("modified", INSTANT, comment="when it last changed (UTC)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Links that choose among campaigns.",
    )
    op.create_table(
        "trackier_tracking_domains",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="long id"),
        sa.Column("host", TEXT, comment="name of the host"),
        sa.Column("protocol", TEXT, comment="http or https"),
        sa.Column("visibility", TEXT, comment="who sees it"),
        sa.Column("type", TEXT, comment="kind"),
        sa.Column("status", TEXT, comment="status"),
        sa.Column("is_default", INTEGER, comment="the default one (0 or 1)"),
        sa.Column("pubs", JSON, comment="publishers it is for (JSON)"),
        sa.Column("created", INSTANT, comment="when it was made (UTC)"),
        sa.Column("modified", INSTANT, comment="when it last changed (UTC)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Hosts of tracking links.",
    )
    op.create_table(
        "trackier_campaign_timelines",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("campaign_long_id", TEXT, nullable=False, comment="campaign, by its long id"),
        sa.Column("event", TEXT, nullable=False, comment="what changed"),
        sa.Column("created", INSTANT, nullable=False, comment="when (UTC)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "campaign_long_id", "event", "created"),
        comment="What changed in campaigns, and when.",
    )
    op.create_index("ix_trackier_campaign_timelines_created", "trackier_campaign_timelines", ["connection", "created"])
    op.create_table(
        "trackier_publisher_transactions",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("publisher_id", INTEGER, comment="publisher that was asked for"),
        sa.Column("id", TEXT, nullable=False, comment="long id"),
        sa.Column("user_id", TEXT, comment="the publisher, by the long id"),
        sa.Column("org_id", TEXT, comment="the network"),
        sa.Column("type", TEXT, comment="kind"),
        sa.Column("credit", NUMERIC, comment="amount in the publisher's favour, in its currency (inferred)"),
        sa.Column("debit", NUMERIC, comment="amount against the publisher, in its currency (inferred)"),
        sa.Column("system", TEXT, comment="what it belongs to"),
        sa.Column("note", TEXT, comment="note"),
        sa.Column("live", BOOLEAN, comment="in force"),
        sa.Column("created", INSTANT, comment="when it was made (UTC)"),
        sa.Column("modified", INSTANT, comment="when it last changed (UTC)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="What stands in publishers' accounts with the network.",
    )
    op.create_index(
        "ix_trackier_publisher_transactions_publisher_id",
        "trackier_publisher_transactions",
        ["connection", "publisher_id"],
    )
    op.create_index(
        "ix_trackier_publisher_transactions_user_id", "trackier_publisher_transactions", ["connection", "user_id"]
    )
    op.create_table(
        "trackier_publisher_payments",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("publisher_id", INTEGER, comment="publisher that was asked for"),
        sa.Column("id", TEXT, nullable=False, comment="long id"),
        sa.Column("user_id", TEXT, comment="the publisher, by the long id"),
        sa.Column("utype", TEXT, comment="kind of user"),
        sa.Column("type", TEXT, comment="how it was paid"),
        sa.Column("amount", NUMERIC, comment="amount, in the publisher's currency (inferred)"),
        sa.Column("invoices", JSON, comment="invoices it pays (JSON)"),
        sa.Column("live", BOOLEAN, comment="in force"),
        sa.Column("meta_refer_id", TEXT, comment="number of the payment elsewhere"),
        sa.Column("meta_note", TEXT, comment="note"),
        sa.Column("modified", INSTANT, comment="when it last changed (UTC)"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="What publishers were paid. Comes in the same answer as publisher_transactions.",
    )
    op.create_index(
        "ix_trackier_publisher_payments_publisher_id", "trackier_publisher_payments", ["connection", "publisher_id"]
    )
    op.create_index("ix_trackier_publisher_payments_user_id", "trackier_publisher_payments", ["connection", "user_id"])


def downgrade() -> None:
    op.drop_table("trackier_publisher_payments")
    op.drop_table("trackier_publisher_transactions")
    op.drop_table("trackier_campaign_timelines")
    op.drop_table("trackier_tracking_domains")
    op.drop_table("trackier_smart_links")
    op.drop_table("trackier_smart_link_campaigns")
    op.drop_table("trackier_postbacks")
    op.drop_table("trackier_deals")
    op.drop_table("trackier_deal_publishers")
    op.drop_table("trackier_impressions")
    op.drop_table("trackier_postback_sent_logs")
    op.drop_table("trackier_landing_pages")
    op.drop_table("trackier_campaign_caps")
    op.drop_table("trackier_report_daily")
    op.drop_table("trackier_clicks")
    op.drop_table("trackier_conversions")
    op.drop_table("trackier_invoices")
    op.drop_table("trackier_coupons")
    op.drop_table("trackier_coupon_publishers")
    op.drop_table("trackier_campaign_access")
    op.drop_table("trackier_campaign_goals")
    op.drop_table("trackier_goal_payouts")
    op.drop_table("trackier_campaigns")
    op.drop_table("trackier_campaign_device")
    op.drop_table("trackier_campaign_os")
    op.drop_table("trackier_campaign_categories")
    op.drop_table("trackier_campaign_geo")
    op.drop_table("trackier_campaign_payouts")
    op.drop_table("trackier_categories")
    op.drop_table("trackier_publishers")
    op.drop_table("trackier_publisher_tags")
    op.drop_table("trackier_publisher_managers")
    op.drop_table("trackier_advertisers")
    op.drop_table("trackier_advertiser_tags")
    op.drop_table("trackier_advertiser_managers")
    op.drop_table("trackier_accounts")
