"""What is handed out: wheel, sdist, image and compose file, made by their own steps and tried outside the checkout."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
import tomllib
import urllib.request
import zipfile
from pathlib import Path

import pytest
import yaml

from tests import dockerfile
from tests.configured import ACME, DATABASE

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"
# Names, as pip spells them, of everything that builds or installs.
TOOLS = {"pip", "setuptools", "wheel", "hatchling", "editables", "build"}
CLOSURE = """
import importlib.metadata as m, json, re
def plain(name): return re.sub(r"[-_.]+", "-", name).lower()
wanted, todo = set(), [("syncd", {"postgres"})]
while todo:
    name, extras = todo.pop()
    if (plain(name), tuple(sorted(extras))) in wanted: continue
    wanted.add((plain(name), tuple(sorted(extras))))
    for line in m.requires(name) or []:
        need, _, marker = line.partition(";")
        found = re.match(r"([\\w.-]+)(?:\\[([\\w,-]+)\\])?", need)
        extra = re.search(r"extra == ['\\"](\\w+)['\\"]", marker)
        if extra and extra[1] not in extras: continue
        try: m.distribution(found[1])
        except m.PackageNotFoundError: continue  # for another platform
        todo.append((found[1], set((found[2] or "").split(",")) - {""}))
print(json.dumps([sorted({n for n, _ in wanted}), sorted(plain(d.metadata["Name"]) for d in m.distributions())]))
"""


def build(source: Path, target: Path) -> dict[str, Path]:
    """Wheel and sdist of *source*, by the pinned build backend alone: nothing is fetched. By their ends."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", str(target)],
        cwd=source, env={**environ, "PIP_NO_INDEX": "1"}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return {file.suffix: file for file in target.iterdir()}


def test_wheel_and_sdist_are_built_offline_and_hold_the_same(tmp_path: Path) -> None:
    """The wheel made of an unpacked sdist is the wheel made of the checkout, name by name and byte by byte."""
    made = build(ROOT, tmp_path / "first")
    assert {".whl", ".gz"} == made.keys()
    with tarfile.open(made[".gz"]) as packed:
        packed.extractall(tmp_path / "unpacked", filter="data")
    [source] = (tmp_path / "unpacked").iterdir()
    again = build(source, tmp_path / "second")
    with zipfile.ZipFile(made[".whl"]) as first, zipfile.ZipFile(again[".whl"]) as second:
        assert sorted(first.namelist()) == sorted(second.namelist())
        assert [] == [name for name in first.namelist() if first.read(name) != second.read(name)]
        names = first.namelist()
        metadata = first.read(next(name for name in names if name.endswith(".dist-info/METADATA"))).decode()
    revisions = [file.relative_to(ROOT).as_posix() for file in (ROOT / "migrations").rglob("*.py")]
    assert len(revisions) > 4
    assert [] == [name for name in revisions if f"syncd/{name}" not in names]
    assert [] == [name for name in names if not re.match(r"syncd/|syncd-[\w.]+\.(dist-info|data)/", name)]
    for shared in ("syncd.service", "config.example.toml"):
        assert any(name.endswith(f".data/data/share/syncd/{shared}") for name in names)
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"Requires-Python: {declared['requires-python']}" in metadata
    assert "Provides-Extra: postgres" in metadata
    for name in ("Makefile", "Dockerfile", "compose.yaml", "tests/catalog.json", "docs/operations.md"):
        assert (source / name).is_file(), name


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """What is there, with size and time of change."""
    found = {}
    for file in folder.rglob("*"):
        about = file.lstat()
        found[file.relative_to(folder).as_posix()] = about.st_size, about.st_mtime_ns
    return found


def test_the_image_s_steps_make_an_environment_that_works_and_can_build_nothing(tmp_path: Path) -> None:
    image = dockerfile.build(DOCKERFILE, tmp_path)
    shutil.rmtree(tmp_path / "stage-build")  # nothing of it is in the image
    assert [] == [str(path) for path in image.root.rglob("*") if "site-packages" in path.parts and path.name == "pip"]
    assert [] == list((image.root / "usr/local").rglob("*pip*"))
    python, program = f"{image.root}/opt/syncd/bin/python", f"{image.root}/opt/syncd/bin/syncd"
    wanted, there = json.loads(image.run([python, "-c", CLOSURE]).stdout)
    # Exactly what syncd needs: a list of what to remove that has become stale leaves more.
    assert (set(), set()) == (set(there) - set(wanted), set(wanted) - set(there))
    assert set() == TOOLS & set(there)
    before = files(image.root / "opt")
    assert dockerfile.words(image.says["ENTRYPOINT"]) == ["syncd"]
    assert image.run([program, "--version"]).stdout.startswith("syncd ")
    done = image.run([program, "demo"])
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    # In the image's own working folder, where a volume is laid over it, and nowhere else.
    config = f"{image.root}/var/lib/syncd/syncd-demo/config.toml"
    done = image.run([program, "--config", config, "db", "current", "--json"])
    assert all(row["current"] for row in json.loads(done.stdout)), done.stderr
    assert len(json.loads(done.stdout)) >= 4
    assert before == files(image.root / "opt")
    assert (image.root / "opt/syncd/share/syncd/syncd.service").is_file()
    _healthy(image)


def _healthy(image: dockerfile.Stage) -> None:
    """The image's question whether it lives, put to the daemon that its entry point starts: yes, and then no."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = image.root / "var/lib/syncd/config.toml"
    nowhere = ACME.replace('subdomain = "mycompany"', 'base_url = "http://127.0.0.1:9/api/v1"')
    config.write_text(f"{DATABASE}{nowhere}[server]\nlisten = '127.0.0.1:{port}'\n")
    config.chmod(0o600)
    _, told = image.says["HEALTHCHECK"].split(" CMD ")
    first, *rest = (word.replace("8787", str(port)) for word in dockerfile.words(told))
    assert first == "python"
    asking = [f"{image.root}/opt/syncd/bin/python", *rest]
    assert 0 != image.run(asking).returncode
    entry = [f"{image.root}/opt/syncd/bin/syncd", "--config", str(config), *dockerfile.words(image.says["CMD"])]
    with subprocess.Popen(entry, **image.around(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as daemon:
        try:
            until = time.monotonic() + 60
            while image.run(asking).returncode:
                assert daemon.poll() is None
                assert time.monotonic() < until
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as page:
                assert "acme" in page.read().decode()  # templates and styles are in the wheel
        finally:
            daemon.send_signal(signal.SIGTERM)
        said = daemon.communicate(timeout=60)[0]
    assert 0 == daemon.returncode, said
    assert 0 != image.run(asking).returncode


def test_the_image_is_pinned_runs_as_nobody_in_particular_and_keeps_its_root_unwritten() -> None:
    steps = dockerfile.instructions(DOCKERFILE)
    bases = [rest.split(" AS ")[0] for keyword, rest in steps if keyword == "FROM"]
    assert 2 == len(bases)
    assert 1 == len(set(bases))
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+(@sha256:[0-9a-f]{64})?", bases[0])
    last = steps[max(i for i, (keyword, _) in enumerate(steps) if keyword == "FROM") :]
    said = dict(last)
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", said["USER"])
    assert f"--chown={said['USER']} /var/lib/syncd" in " ".join(rest for keyword, rest in last if keyword == "COPY")
    assert json.loads(said["VOLUME"]) == ["/var/lib/syncd"]
    assert said["WORKDIR"] == "/var/lib/syncd"
    assert "SIGTERM" == said["STOPSIGNAL"]
    # Hashes for all that is fetched, and nothing fetched beside it.
    fetched = [
        part for keyword, rest in steps if keyword == "RUN" for part in rest.split("&&") if "pip install" in part
    ]
    assert 2 == len(fetched)
    assert all("--require-hashes" in part or "--no-index" in part for part in fetched)
    assert "ADD" not in {keyword for keyword, _ in steps}


def test_hadolint_has_nothing_to_say_about_the_dockerfile(tmp_path: Path) -> None:
    tool = Path(sys.executable).with_name("hadolint")
    if not tool.exists():
        if os.environ.get("CI"):
            pytest.fail("CI needs hadolint: it comes with the dev extra on Linux, x86-64")
        pytest.skip("hadolint comes with the dev extra on Linux, x86-64 only")
    done = subprocess.run([tool, "--no-color", DOCKERFILE], capture_output=True, text=True, timeout=60, check=False)
    assert (0, "") == (done.returncode, done.stdout + done.stderr)
    loose = tmp_path / "Dockerfile"
    loose.write_text(DOCKERFILE.read_text().replace("python:3.13.15-slim-trixie", "python:latest"))
    assert "DL3007" in subprocess.run([tool, loose], capture_output=True, text=True, timeout=60, check=False).stdout


def test_the_build_is_given_what_it_takes_and_no_more() -> None:
    given = dockerfile.context(ROOT)
    tops = {name.split("/")[0] for name in given}
    one_by_one = {"LICENSE", "README.md", "config.example.toml", "pyproject.toml"}
    assert tops == one_by_one | {"migrations", "requirements", "syncd", "systemd"}
    assert ["requirements/base.txt"] == [name for name in given if name.startswith("requirements/")]
    assert [] == [name for name in given if "__pycache__" in name or name.endswith((".pyc", ".db"))]


def test_the_compose_file_fits_the_image_and_the_page_that_explains_it() -> None:
    found = yaml.safe_load((ROOT / "compose.yaml").read_text())
    syncd, server = found["services"]["syncd"], found["services"]["db"]
    said = dict(dockerfile.instructions(DOCKERFILE))
    assert syncd["read_only"] is True
    assert ["ALL"] == syncd["cap_drop"]
    assert f"127.0.0.1:{said['EXPOSE']}:{said['EXPOSE']}" in syncd["ports"]
    targets = {volume.split(":")[1] for volume in syncd["volumes"]}
    assert targets == {"/etc/syncd/config.toml", *json.loads(said["VOLUME"])}
    assert syncd["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert "pg_isready" in server["healthcheck"]["test"]
    assert re.fullmatch(r"postgres:\d+\.\d+-\w+", server["image"])
    # No secret in the file or in an environment: each comes from a file of its own, and all are explained.
    assert {*syncd["secrets"], *server["secrets"]} == found["secrets"].keys()
    assert [] == [name for name in server["environment"] if "PASSWORD" in name and not name.endswith("_FILE")]
    used = {volume.split(":")[0] for service in (syncd, server) for volume in service["volumes"]}
    assert found["volumes"].keys() == {name for name in used if not name.startswith(".")}
    page = (ROOT / "docs/operations.md").read_text()
    assert [] == [name for name in found["secrets"] if f"secrets/{name}" not in page]
