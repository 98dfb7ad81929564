"""The words of an invented rental fleet in northern Europe."""

MODELS = (
    ("Machine", "Trackunit", "ME501"), ("Machine", "Trackunit", "ME301"), ("Machine", "Trackunit", "ME201"),
    ("Car", "Trackunit", "TU500"), ("Machine", "Dual ID", "DUAL-2"),
)  # fmt: skip
MACHINES = (
    "Läufer", "Teleskoplader", "Minibagger", "Radlader", "Gravemaskine", "Sakselift", "Bomlift", "Dumper", "Kompressor",
    "Generator 60 kVA", "Varevogn", "Hjullæsser", "Teleskoptruck", "Vibrationsplade XL",
)  # fmt: skip
NOTES = (
    "", None, "Leased until spring", "Key box: left door\r\nAsk for Jørgen", "Serviced ✔ — next at 1 500 h",
    "Größe S; nicht über 2,5 t", "Long note. " * 220, "<b>do not move</b> & call",
)  # fmt: skip
CATEGORIES = ("Excavators", "Loaders", "Lifts", "Dumpers", "Power", "Vans", None, "Øvrigt")
CLIENTS = (
    "Nordhavn Byg A/S", "Søndergaard & Sønner", "Tiefbau Keller GmbH", "Åkerlund Anläggning AB", "Havnens Maskiner",
    "Van der Meer B.V.", "Łódź Budowa", "Fjord Entreprenør AS", "Brückenbau Nord",
)  # fmt: skip
FIRST_NAMES = ("Anne", "Jørgen", "Željko", "Søren", "Marta", "Björn", "Łukasz", "Inès", "Ole", "Kirsten")
LAST_NAMES = ("Holm", "Nygaard", "Krüger", "Åberg", "Kowalska", "de Vries", "O'Brien", "Lindström")
STREETS = ("Havnegade", "Industrivej", "Lange Straße", "Storgatan", "Kanaalweg", "Åvej")
PLACES = (  # country, zip code, city, latitude, longitude
    ("DK", "9000", "Aalborg", 57.0482, 9.9194), ("DK", "8000", "Aarhus C", 56.1629, 10.2039),
    ("DE", "24937", "Flensburg", 54.7833, 9.4333), ("SE", "211 20", "Malmö", 55.605, 13.0038),
    ("NO", "4006", "Stavanger", 58.969, 5.7331), ("NL", "9711", "Groningen", 53.2194, 6.5665),
    ("GB", "EC1A 1BB", "London", 51.5074, -0.1278), ("PL", "90-001", "Łódź", 51.7592, 19.456),
)  # fmt: skip
GROUPS = ("North", "South", "Rental", "Own fleet", "Winter service", "Müll & Recycling", "Empty group")
ZONES = ("Yard", "Harbour site", "Tunnel", "Baustelle 7", "Grusgrav", "Airport")
POINTS = ("Workshop", "Fuel depot", "Head office", "Kran 3")
KEY_VALID = ("30sec", "60sec", "90sec")
KEY_EXPIRE = (
    "0sec",
    "15sec",
    "30sec",
    "60sec",
    "2min",
    "5min",
    "10min",
    "15min",
    "1hour",
    "2hours",
    "8hours",
    "16hours",
)
ALARM_TYPES = (
    "ByZoneEnter", "ByZoneLeave", "ByWorkTime", "ByTemperature", "ByPointEnter", "ByInput", "ByPowerLevel",
    "ByBatteryLevel", "ByNoData", "ByCustomPoint", "ByADVoltage", "ByZoneArrival", "ByPointArrival",
    "ByPointLeave", "ByNoGpsFix", "ByAcceleration",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FAULTS = (  # spn, fmi, name, description
    (100, 1, "Engine oil pressure", "Data valid but below normal operational range - most severe level"),
    (110, 16, "Engine coolant temperature", "Data valid but above normal operational range - moderately severe"),
    (168, 18, "Battery potential", "Data valid but below normal — moderately severe level. " * 12),
    (94, 3, "Fuel delivery pressure", None), (524_287, 31, None, "Condition exists"), (639, 2, "J1939 network #1", ""),
)  # fmt: skip
# id, name, unit of measure, kind of value; the name and unit of some changed on the way
VARIABLES = (
    (190, "Engine Speed", "rpm", "number"), (247, "Engine Total Hours of Operation", "h", "decimal"),
    (96, "Fuel Level", "%", "range"), (110, "Engine Coolant Temperature", "°C", "range"),
    (250, "Total Fuel Used", "l", "decimal"), (91, "Accelerator Pedal Position", "%", "number"),
    (168, "Battery Potential", "V", "range"), (234, "Software Identification", None, "text"),
    (1761, "AdBlue Tank Level", "%", "number"), (588, "Serial Number", None, "text"),
    (899, "Engine Torque Mode", None, "status"), (184, "Instantaneous Fuel Economy", "km/l", "decimal"),
)  # fmt: skip
EARLIER = {96: ("Fuel Level 1", "pct"), 1761: ("Catalyst Tank Level", "%")}
TEXTS = ("ECU 4.11-b7", "*SN-00471*", "V2.0 (beta)…", "1.2.3")
