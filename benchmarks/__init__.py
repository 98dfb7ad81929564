"""What is claimed about speed, re-runnable: ``make bench``, or ``python -m benchmarks --help``.

syncd and a hand-written program that does only this one job (``floor.py``) read the same records in turn from the same
server (``server.py``, its own process, pages prepared in memory, no limit) into SQLite and PostgreSQL. What counts is
the ratio of the two in one run on one machine; absolute figures say more about the machine.
"""
