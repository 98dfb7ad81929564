"""A Dockerfile's steps taken on this machine: each stage in a folder that stands for the root of its file system.

What a container adds (a base image, namespaces) is not there; what the file itself says to copy, set and run is.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PLACES = ("opt", "src", "tmp", "var", "usr/local", "etc")
"""Folders of the image: paths that begin so are of the stage, others (/bin/sh) of this machine."""


@dataclass
class Stage:
    """One stage: what it was made from, what it says of itself, and where its files are."""

    base: str
    name: str
    root: Path
    environ: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    says: dict[str, str] = field(default_factory=dict)

    def inside(self, text: str) -> str:
        """*text* with the image's paths as they are on this machine."""
        return re.sub(rf"(?<![\w.*/])/(?={'|'.join(PLACES)})", f"{self.root}/", text)

    def path(self, name: str) -> Path:
        """A path of the image."""
        return self.root / self.folder.lstrip("/") / name if not name.startswith("/") else self.root / name.lstrip("/")

    def around(self) -> dict[str, Any]:
        """Folder and environment of what runs in the stage, for ``subprocess``."""
        foreign = re.compile(r"SYNCD_|PYTHON|VIRTUAL_ENV|COV")
        kept = {name: value for name, value in os.environ.items() if not foreign.match(name)}
        set_here = {name: self.inside(value) for name, value in self.environ.items()}
        path = f"{set_here.get('PATH', '')}:{self.root.parent}/bin:/usr/bin:/bin".lstrip(":")
        folder = self.root / self.folder.lstrip("/")
        folder.mkdir(parents=True, exist_ok=True)
        return {"cwd": folder, "env": {**kept, **set_here, "PATH": path}, "stdin": subprocess.DEVNULL, "text": True}

    def run(self, command: str | list[str]) -> subprocess.CompletedProcess[str]:
        """A command in the stage, to its end; a text goes through the shell."""
        words = ["/bin/sh", "-ec", self.inside(command)] if isinstance(command, str) else command
        return subprocess.run(words, **self.around(), capture_output=True, timeout=600, check=False)


def instructions(file: Path) -> list[tuple[str, str]]:
    """The file's instructions in order: keyword and the rest, joined lines and without comments."""
    lines = [line for line in file.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [(line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in joined.splitlines() if line.strip()]


def context(folder: Path) -> list[str]:
    """The files that a build is given, by ``.dockerignore``, whose last line that fits decides."""
    rules = [line for line in (folder / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    given = []
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if name.startswith((".venv/", ".git/", ".mypy_cache/")) or not file.is_file():
            continue
        ignored = False
        for rule in rules:
            pattern = rule.removeprefix("!")
            parts = [name, *(parent.as_posix() for parent in Path(name).parents)]
            fits = any(fnmatch.fnmatch(part, pattern.removeprefix("**/")) for part in parts) or (
                pattern.startswith("**/") and any(fnmatch.fnmatch(part, pattern[3:]) for part in Path(name).parts)
            )
            if fits:
                ignored = not rule.startswith("!")
        if not ignored:
            given.append(name)
    return given


def build(file: Path, folder: Path) -> Stage:
    """Take all steps of *file* below the empty *folder*; the last stage. AssertionError names a step that fails."""
    (folder / "bin").mkdir()
    (folder / "bin/python").symlink_to(Path(sys.executable).resolve())
    given = context(file.parent)
    stages: dict[str, Stage] = {}
    stage: Stage | None = None
    for keyword, rest in instructions(file):
        if keyword == "FROM":
            base, _, name = rest.partition(" AS ")
            if stage is not None:
                # Environments name their own place: the next stage gets the place that this one had.
                stage.root = stage.root.rename(folder / f"stage-{stage.name}")
            stage = Stage(base, name, folder / "root")
            stage.root.mkdir()
            _base_image(stage.root)
            stages[name] = stage
            continue
        assert stage is not None, keyword
        if keyword == "ENV":
            stage.environ |= dict(re.findall(r"(\w+)=(\S+)", rest))
        elif keyword == "WORKDIR":
            stage.folder = rest
        elif keyword == "RUN":
            done = stage.run(rest)
            assert done.returncode == 0, f"{rest}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
        elif keyword == "COPY":
            _copy(stage, rest, file.parent, given, stages)
        else:
            stage.says[keyword] = rest
    assert stage is not None
    return stage


def _base_image(root: Path) -> None:
    """What matters here of Python's image: the pip that comes with it."""
    for name in ("lib/python3.13/site-packages/pip/__init__.py", "lib/python3.13/ensurepip/__init__.py", "bin/pip3"):
        file = root / "usr/local" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def _copy(stage: Stage, rest: str, source: Path, given: list[str], stages: dict[str, Stage]) -> None:
    options = dict(re.findall(r"--(\w+)=(\S+)", rest))
    *names, target = [word for word in rest.split() if not word.startswith("--")]
    if "from" in options:
        [name] = names
        shutil.copytree(stages[options["from"]].path(name), stage.path(target), symlinks=True, dirs_exist_ok=True)
        return
    for name in names:
        found = [one for one in given if one == name or one.startswith(f"{name}/")]
        assert found, f"{name} is not given to the build: see .dockerignore"
        for one in found:
            inner = one.removeprefix(name).lstrip("/")
            to = stage.path(target) / (inner or Path(name).name)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / one, to)


def words(text: str) -> list[str]:
    """The exec form of an instruction (CMD, ENTRYPOINT, HEALTHCHECK)."""
    found = json.loads(text[text.index("[") :])
    assert isinstance(found, list)
    return [str(word) for word in found]
