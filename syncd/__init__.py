"""A local caching sync daemon: a typed SQL copy of what an account holds at its vendors."""

__version__ = "0.1.0"
