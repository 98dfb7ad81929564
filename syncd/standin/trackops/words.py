"""Words the invented account is made of: names, places, phrases, and the lookups every account sets up."""

FIRST_NAMES = (
    "Ida", "Jörg", "María José", "Seán", "Łukasz", "Aïcha", "Björn", "Zoë", "Nguyễn", "李", "Omar", "Priya", "Dmitri",
    "Ngozi",
    "Hannah", "Marcus", "Tamsin", "Ravi", "Chloé", "Anders", "Yuki", "Femi", "Inês", "Gustav", "Leila", "Tom", "Ruth",
    "Kofi",
)  # fmt: skip
LAST_NAMES = (
    "Øst", "Müller", "García Márquez", "O'Neill", "Kowalski", "Ben Youssef", "Ångström", "van der Berg", "Trần", "小明",
    "Haddad",
    "Raman", "Волков", "Okafor", "Weiss", "Bell", "Carew", "Iyer", "Lefèvre", "Nygård", "Tanaka", "Adeyemi", "Sá",
    "Holm", "Frost",
)  # fmt: skip
COMPANIES = (
    "ACME Insurance", "Meridian Mutual", "Harbor & Sons", "Nordlys Forsikring", "Blue Mesa Claims",
    "Sœur Marie Hôpital", "Cascade Legal",
    "Tidewater Freight", "Quarry Lane Holdings", "Übersee Handel", "Pine Ridge School District", "Kestrel Logistics",
    "Old Mill Bakery",
)  # fmt: skip
COMPANY_FORMS = ("Inc.", "LLC", "GmbH", "Ltd", "AG", "Group", "& Co.")
STREETS = (
    "Main St",
    "Elm Street",
    "Rue de l'Église",
    "Hauptstraße",
    "County Road 12",
    "Harbor Blvd",
    "5th Ave",
    "Calle Mayor",
)
PLACES = (
    ("Springfield", "IL", "62704", "US"), ("Portland", "ME", "04101", "US"), ("Boston", "MA", "02108", "US"),
    ("Tucson", "AZ", "85701", "US"),
    ("Köln", None, "50667", "DE"), ("Montréal", "QC", "H2Y 1C6", "CA"), ("Galway", None, None, "IE"), ("São Paulo",
    "SP", "01000-000", "BR"),
)  # fmt: skip
PHRASES = (
    "Subject left the residence in a grey sedan and returned after forty minutes.",
    "No activity was seen; the blinds stayed closed throughout.",
    "Spoke with the adjuster, who asks for two more days of surveillance.",
    "Records at the county court show two earlier filings (see attachment).",
    "Café « Chez Léa » — meeting at 14:00, photographs taken from the car park.",
    "Neighbour confirms the claimant lifts boxes without help. 📦",
    "Mileage: I-70 west, exit 12; tolls paid in cash.",
    "الشاهد غير متاح حتى يوم الأحد",
    'Please do not call before 9 a.m. — the client\'s rule, see "policies".',
    "Invoice only after the final report has been approved & sent.",
)
TITLES = (
    "Surveillance day",
    "Interview",
    "Court search",
    "Scene visit",
    "Final report",
    "Client call",
    "Records request",
    "Canvass",
)
FILE_STEMS = ("report", "photo set", "Vidéo (jour 1)", "statement", "receipt", "court record", "map/plan", "résumé")
MIME_TYPES = (
    ("pdf", "application/pdf"),
    ("jpg", "image/jpeg"),
    ("mp4", "video/mp4"),
    ("docx", "application/msword"),
    ("txt", "text/plain"),
)

LOOKUPS: dict[str, tuple[str, ...]] = {
    "case_types": ("Surveillance", "Workers' Comp", "Background check", "Domestic", "Asset search", "Fraud / SIU"),
    "case_statuses": (
        "New", "Assigned", "Accepted", "Scheduled", "In progress", "Surveillance", "Waiting for records",
        "Waiting for client", "Interviewing",
        "Report draft", "Report review", "Report approved", "Report sent", "Invoicing", "Invoice review", "Invoiced",
        "Partially paid", "Paid",
        "Closed", "Archived",
    ),
    "case_regions": ("North", "South-East", "Île-de-France", "Mountain"),
    "case_services": ("Surveillance", "Interview", "Database search", "Court run", "Photography"),
    "case_flags": ("Rush", "VIP", "Litigation", "Do not contact"),
    "company_locations": ("Head office", "Denver branch", "Zürich"),
    "subject_types": ("Claimant", "Witness", "Vehicle", "Business"),
    "access_groups": ("Internal", "Client", "Investigators", "Everybody"),
    "calendars": ("Field work", "Office", "Court dates"),
    "roles": ("Administrator", "Case manager", "Investigator", "Sales", "Adjuster", "Billing"),
    "tracking_categories": ("East", "West", "Overhead"),
}  # fmt: skip
FINANCE_ITEMS = ("Hourly work", "Mileage", "Tolls", "Database fee", "Photographs", "Report writing", "Credit")

FIELD_KINDS = (
    "ADDRESS", "COUNTRY", "DATE", "BIRTHDAY", "EMAIL", "LONG", "INPUT", "CURRENCY", "SELECT", "RADIO", "NAME",
    "NUMBER", "LINK", "YESNO", "YESNONA",
)  # fmt: skip
FIELD_NAMES = {
    "ADDRESS": "Home address", "COUNTRY": "Country of birth", "DATE": "Date of loss", "BIRTHDAY": "Birthday",
    "EMAIL": "Private e-mail",
    "LONG": "Description", "INPUT": "Licence plate", "CURRENCY": "Reserve", "SELECT": "Hair colour", "RADIO": "Build",
    "NAME": "Alias",
    "NUMBER": "Height (cm)", "LINK": "Profile", "YESNO": "Represented?", "YESNONA": "Armed?",
}  # fmt: skip
