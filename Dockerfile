# syncd in a container: docker build --tag syncd . (docs/operations.md says how to run it).
#
# The base is pinned by its exact tag. A digest pins harder, but has to be looked up at the registry where the image is
# built: docker buildx imagetools inspect python:3.13.15-slim-trixie

# --- build: a virtual environment of pinned packages, and syncd in it as a wheel ---------------------------------------
FROM python:3.13.15-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# What changes rarely comes first: a change of the code alone leaves these layers as they are.
COPY requirements/base.txt requirements/
RUN python -m venv /opt/syncd \
 && /opt/syncd/bin/python -m pip install --require-hashes --requirement requirements/base.txt
COPY LICENSE README.md config.example.toml pyproject.toml ./
COPY migrations migrations
COPY systemd systemd
COPY syncd syncd
RUN /opt/syncd/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir /tmp/wheels . \
 && /opt/syncd/bin/python -m pip install --no-deps --no-index /tmp/wheels/*.whl \
 && rm -r /tmp/wheels
# What only building needs, and at last pip itself: nothing in the image can install anything.
RUN /opt/syncd/bin/python -m pip uninstall --yes \
      editables hatchling packaging pathspec pluggy setuptools tomlkit trove-classifiers \
 && /opt/syncd/bin/python -m pip uninstall --yes pip \
 && mkdir -p /var/lib/syncd

# --- the image --------------------------------------------------------------------------------------------------------
FROM python:3.13.15-slim-trixie
# The base's own pip, and the copy of it that makes virtual environments.
RUN rm -rf /usr/local/lib/python3*/site-packages/* /usr/local/lib/python3*/ensurepip /usr/local/bin/pip*
COPY --from=build /opt/syncd /opt/syncd
# A new volume takes its owner from here.
COPY --from=build --chown=10001:10001 /var/lib/syncd /var/lib/syncd
ENV HOME=/var/lib/syncd \
    PATH=/opt/syncd/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STATE_DIRECTORY=/var/lib/syncd \
    SYNCD_CONFIG=/etc/syncd/config.toml
# A number, so that whoever runs it can see that it is not root.
USER 10001:10001
WORKDIR /var/lib/syncd
VOLUME ["/var/lib/syncd"]
EXPOSE 8787
# SIGTERM finishes the page in hand; give it a minute (--stop-timeout 60).
STOPSIGNAL SIGTERM
# The daemon's own word that it lives. A start may first bring the schema of a large database up to date.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30m --start-interval=5s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8787/healthz', timeout=5)"]
ENTRYPOINT ["syncd"]
CMD ["run"]
