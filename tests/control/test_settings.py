"""Where the state lives, and what is wrong with places where it cannot."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import pytest

from stranglerfig.control.settings import SOCKET_PATH_BYTES, Address, Settings, prepare, read_settings
from stranglerfig.errors import FigError, StateUnusable, UsageError

HOME = Path("/home/marceline")


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, "/home/marceline/.local/state/fig"),
        ({"XDG_STATE_HOME": "/var/state"}, "/var/state/fig"),
        ({"XDG_STATE_HOME": "state"}, "/home/marceline/.local/state/fig"),
        ({"XDG_STATE_HOME": ""}, "/home/marceline/.local/state/fig"),
        ({"FIG_HOME": "/srv/fig", "XDG_STATE_HOME": "/var/state"}, "/srv/fig"),
        ({"FIG_HOME": "/srv//fig/../other/"}, "/srv/other"),
        ({"FIG_HOME": "", "XDG_STATE_HOME": "/var/state"}, "/var/state/fig"),
    ],
)
def test_the_home_is_fig_s_own_setting_then_xdg_s_then_the_user_s(environ: dict[str, str], wanted: str) -> None:
    assert read_settings(environ, HOME).home == Path(wanted)


@pytest.mark.parametrize("home", ["state", "./state", "~/state"])
def test_a_home_that_depends_on_the_current_folder_is_refused(home: str) -> None:
    with pytest.raises(UsageError, match="not an absolute path"):
        read_settings({"FIG_HOME": home}, HOME)


def test_everything_lives_below_the_home() -> None:
    settings = Settings(Path("/srv/fig"))
    assert settings.database == Path("/srv/fig/fig.sqlite3")
    assert settings.run_dir == Path("/srv/fig/run")
    assert settings.log_dir == Path("/srv/fig/log")
    assert settings.api_socket == Path("/srv/fig/run/api.sock")
    assert settings.daemon_lock == Path("/srv/fig/run/daemon.lock")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", None),
        ("127.0.0.1:9101", Address("127.0.0.1", 9101)),
        ("localhost:0", Address("localhost", 0)),
        ("[::1]:9101", Address("::1", 9101)),
        ("0.0.0.0:65535", Address("0.0.0.0", 65_535)),
    ],
)
def test_metrics_are_served_where_the_setting_says(text: str, wanted: Address | None) -> None:
    assert read_settings({"FIG_METRICS": text}, HOME).metrics == wanted


@pytest.mark.parametrize(
    "text",
    ["9101", ":9101", "host:", "host:http", "host:65536", "host:-1", "host:+1", "host:000080", "::1:80", "h:٣", "[]:1"],
)
def test_metrics_elsewhere_than_at_host_and_port_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not host:port"):
        read_settings({"FIG_METRICS": text}, HOME)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ()),
        ("192.0.2.53:53", ("192.0.2.53:53",)),
        ("192.0.2.53:53, [2001:db8::53]:5353", ("192.0.2.53:53", "[2001:db8::53]:5353")),
    ],
)
def test_name_servers_are_those_that_the_setting_names(text: str, wanted: tuple[str, ...]) -> None:
    assert tuple(map(str, read_settings({"FIG_RESOLVERS": text}, HOME).resolvers)) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "192.0.2.53",
        "dns.example:53",
        "192.0.2.53:0",
        "2001:db8::53:53",
        "192.0.2.53:53,",
        "[fe80::1%eth0]:53",
        "a b:53",
    ],
)
def test_name_servers_that_cannot_be_asked_are_refused_before_haproxy_would_refuse_them(text: str) -> None:
    with pytest.raises(UsageError, match=r"FIG_RESOLVERS is .* is not address:port") as caught:
        read_settings({"FIG_RESOLVERS": text}, HOME)
    assert "export FIG_RESOLVERS=" in str(caught.value.hint)


def test_folders_are_made_for_the_owner_alone() -> None:
    # a socket's path is short, and tmp_path may not be
    with tempfile.TemporaryDirectory(dir="/tmp") as parent:
        settings = Settings(Path(parent) / "state" / "fig")
        prepare(settings)
        prepare(settings)
        for folder in (settings.home, settings.run_dir, settings.log_dir):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_an_existing_home_keeps_its_mode_but_what_fig_puts_there_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "log").mkdir(mode=0o755)
    prepare(Settings(tmp_path))
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o700


def trouble(home: Path) -> FigError:
    with pytest.raises(FigError) as caught:
        prepare(Settings(home))
    assert caught.value.hint
    return caught.value


def test_a_file_in_the_home_s_place_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for home in (tmp_path / "file", tmp_path / "file" / "below"):
        error = trouble(home)
        assert isinstance(error, UsageError)
        assert str(home) in error.message


def test_a_place_that_nobody_can_write_to_is_unusable_state() -> None:
    assert isinstance(trouble(Path("/proc/self/fig")), StateUnusable)


def test_a_home_too_long_for_sockets_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    home = tmp_path / ("é" * 50)  # 100 bytes
    error = trouble(home)
    assert isinstance(error, UsageError)
    assert "bytes too long" in error.message
    assert not home.exists()


def test_the_longest_home_that_passes_leaves_room_for_every_socket() -> None:
    for length in range(1, 120):
        home = Path("/proc") / ("x" * length)
        passes = not isinstance(trouble(home), UsageError)
        assert passes == (len(str(home / "run" / "master.sock.4194304.tmp")) <= SOCKET_PATH_BYTES)
