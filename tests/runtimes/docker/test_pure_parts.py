"""What is decided and said without asking any engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stranglerfig.core.containers import Condition, Container, ContainerHealth, ContainerTargets, Mount, Volume
from stranglerfig.core.topology import HealthCheck
from stranglerfig.errors import UsageError
from stranglerfig.runtimes.docker import pause
from stranglerfig.runtimes.docker.bodies import Birth, render_container, render_holder
from stranglerfig.runtimes.docker.diagnosis import Findings, render_diagnosis
from stranglerfig.runtimes.docker.labels import HOLDER, Part, Role, parse_part, parse_role, render_labels
from stranglerfig.runtimes.docker.output import Line, Splitter
from stranglerfig.runtimes.docker.replies import ContainerState, parse_container
from stranglerfig.runtimes.docker.sequence import Step, Verdict, decide_end, find_cycle, plan_start, plan_stop
from stranglerfig.runtimes.docker.starting import check_spec
from stranglerfig.runtimes.probe import ProbeAnswer
from stranglerfig.runtimes.sockets import ListeningSocket

ROLE = Role("/home/fig", "shop.test.web-3-0-abc", "shop.test.web", 3, 8000)
WEB = Part("web", depends_on=(("cache", Condition.HEALTHY), ("migrate", Condition.SUCCESS)))
CACHE = Part("cache", essential=False)
MIGRATE = Part("migrate", essential=False)
PARTS = (WEB, CACHE, MIGRATE)


def a_state(part: Part, status: str = "running", **more: Any) -> ContainerState:
    return ContainerState(f"id-{part.name}", part, status, **more)


def states(*found: ContainerState) -> dict[str, ContainerState]:
    return {state.part.name: state for state in found}


def test_labels_tell_a_later_daemon_all_that_it_must_know() -> None:
    labels = render_labels(ROLE, WEB)

    assert (parse_role(labels), parse_part(labels)) == (ROLE, WEB)
    assert parse_part(render_labels(ROLE, CACHE)) == CACHE
    assert parse_role(render_labels(replace(ROLE, port=None), WEB)).port is None


def test_containers_start_when_what_they_wait_for_is_so() -> None:
    created = a_state(WEB, "created")
    begun = states(created, a_state(CACHE, "created"), a_state(MIGRATE, "created"))
    assert plan_start(PARTS, begun) == Step(ready=("cache", "migrate"))

    half = states(created, a_state(CACHE, health="healthy"), a_state(MIGRATE))
    assert plan_start(PARTS, half) == Step()

    whole = states(created, a_state(CACHE, health="healthy"), a_state(MIGRATE, "exited", exit_code=0))
    assert plan_start(PARTS, whole) == Step(ready=("web",))


@pytest.mark.parametrize(
    ("condition", "state", "obstacle"),
    [
        (Condition.SUCCESS, a_state(CACHE, "exited", exit_code=2), "success of cache, which ended with exit status 2"),
        (Condition.HEALTHY, a_state(CACHE, "exited", exit_code=0), "that has ended with exit status 0"),
        (Condition.HEALTHY, a_state(CACHE, health="unhealthy"), "its health check fails"),
        (Condition.HEALTHY, a_state(CACHE), "that has no health check"),
    ],
)
def test_what_will_never_be_so_is_an_obstacle(condition: Condition, state: ContainerState, obstacle: str) -> None:
    waiting = Part("web", depends_on=(("cache", condition),))

    step = plan_start((waiting, CACHE), states(a_state(waiting, "created"), state))

    assert step.obstacle is not None
    assert step.obstacle.startswith("web waits ")
    assert step.obstacle.endswith(obstacle)


@pytest.mark.parametrize(
    ("condition", "state", "is_so"),
    [
        (Condition.START, a_state(CACHE), True),
        (Condition.START, a_state(CACHE, "created"), False),
        (Condition.COMPLETE, a_state(CACHE, "exited", exit_code=9), True),
        (Condition.COMPLETE, a_state(CACHE), False),
        (Condition.HEALTHY, a_state(CACHE, health="starting"), False),
    ],
)
def test_a_condition_holds_or_may_yet_hold(condition: Condition, state: ContainerState, is_so: bool) -> None:
    waiting = Part("web", depends_on=(("cache", condition),))

    assert plan_start((waiting,), states(a_state(waiting, "created"), state)) == Step(("web",) if is_so else ())


def test_a_task_is_over_with_an_essential_container_only() -> None:
    running = states(a_state(WEB), a_state(CACHE, "exited", exit_code=1))
    ended = a_state(WEB, "exited", exit_code=5)

    assert decide_end(PARTS, running) is None
    assert decide_end((WEB, CACHE), states(ended, a_state(CACHE))) == Verdict(ended)
    assert decide_end((WEB,), {}) == Verdict(None, "the container web has been removed")
    last = a_state(MIGRATE, "exited", exit_code=0)
    assert decide_end((CACHE, MIGRATE), states(a_state(CACHE, "exited", exit_code=1), last)) == Verdict(last)


def test_those_are_told_to_end_first_that_nobody_waits_for() -> None:
    holder = Part(HOLDER)
    running = states(a_state(holder), a_state(WEB), a_state(CACHE))

    assert plan_stop((holder, WEB, CACHE), running) == ("web",)
    assert plan_stop((holder, WEB, CACHE), states(a_state(holder), a_state(WEB, "exited"), a_state(CACHE))) == (
        "cache",
    )
    assert plan_stop((holder,), states(a_state(holder))) == ()


def test_who_waits_in_a_circle_is_found() -> None:
    one, two = Part("one", depends_on=(("two", Condition.START),)), Part("two", depends_on=(("one", Condition.START),))

    assert find_cycle((one, two, CACHE)) == ("one", "two")
    assert find_cycle(PARTS) == ()


def test_a_mount_of_no_volume_is_refused() -> None:
    spec = ContainerTargets((Container("web", "image", mounts=(Mount("data", "/data"),)),))

    with pytest.raises(UsageError, match="container web mounts data: no volume has that name"):
        check_spec(spec)


def test_the_first_container_holds_the_network_and_publishes_on_loopback_only() -> None:
    spec = ContainerTargets((Container("web", "image", ports=(8000, 9000)),), port=8000, aliases=("web",))

    body = render_container(Birth(ROLE, spec, "fig-shop-test", 2), spec.containers[0], {}, None)

    loopback = [{"HostIp": "127.0.0.1", "HostPort": ""}]
    assert body["HostConfig"]["PortBindings"] == {"8000/tcp": loopback, "9000/tcp": loopback}
    assert body["NetworkingConfig"]["EndpointsConfig"] == {"fig-shop-test": {"Aliases": ["web"]}}
    assert body["HostConfig"]["NetworkMode"] == "fig-shop-test"
    assert "Entrypoint" not in body


def test_a_sidecar_shares_the_holders_network_and_publishes_nothing() -> None:
    spec = ContainerTargets((Container("web", "image"), Container("cache", "other", ports=(9000,))), port=8000)
    birth = Birth(ROLE, spec, "", 2)

    sidecar = render_container(birth, spec.containers[1], {}, "holder-id")
    holder = render_holder(birth, "pause:1")

    assert sidecar["HostConfig"]["NetworkMode"] == "container:holder-id"
    assert "PortBindings" not in sidecar["HostConfig"]
    assert set(holder["HostConfig"]["PortBindings"]) == {"8000/tcp", "9000/tcp"}


def test_limits_are_what_the_engine_takes() -> None:
    spec = ContainerTargets((Container("web", "image"),), cpu_units=512, memory_mib=256)

    def limits(found: ContainerTargets, processors: int) -> tuple[int, int]:
        host = render_container(Birth(ROLE, found, "", processors), found.containers[0], {}, None)["HostConfig"]
        assert host["MemorySwap"] == host["Memory"]
        return host["NanoCpus"], host["Memory"]

    assert limits(spec, 2) == (500_000_000, 256 * 1024 * 1024)
    assert limits(replace(spec, cpu_units=8192), 2)[0] == 2_000_000_000
    assert limits(replace(spec, memory_mib=1), 2)[1] == 6 * 1024 * 1024


def test_volumes_are_named_after_the_task_or_shared_by_the_service() -> None:
    mounts = (Mount("data", "/data", read_only=False), Mount("tmp", "/tmp"))
    spec = ContainerTargets(
        (Container("web", "image", mounts=mounts),), volumes=(Volume("data", shared=True), Volume("tmp"))
    )

    found = render_container(Birth(ROLE, spec, "", 1), spec.containers[0], {}, None)["HostConfig"]["Mounts"]

    assert found[0]["Source"].startswith("fig-shop.test.web-data-")
    assert (found[0]["ReadOnly"], found[1]["ReadOnly"]) == (False, True)
    assert found[1]["Source"] == "fig-shop.test.web-3-0-abc-tmp"


def test_health_checks_of_images_are_switched_off_and_those_of_manifests_on() -> None:
    health = ContainerHealth(("CMD-SHELL", "true"), interval_s=1.5, retries=4)
    spec = ContainerTargets((Container("web", "image"), Container("cache", "image", health=health)))
    birth = Birth(ROLE, spec, "", 1)

    assert render_container(birth, spec.containers[0], {}, None)["Healthcheck"] == {"Test": ["NONE"]}
    found = render_container(birth, spec.containers[1], {}, None)["Healthcheck"]
    assert (found["Interval"], found["Retries"]) == (1_500_000_000, 4)


def test_secrets_are_variables_that_win_and_what_fig_says_wins_over_all() -> None:
    container = Container("web", "image", entrypoint=(), command=("serve",), env=(("A", "1"), ("FIG_TASK", "mine")))
    spec = ContainerTargets((container,))

    body = render_container(Birth(ROLE, spec, "", 1), container, {"A": "secret"}, None)

    assert "A=secret" in body["Env"]
    assert f"FIG_TASK={ROLE.task_id}" in body["Env"]
    assert (body["Entrypoint"], body["Cmd"]) == ([""], ["serve"])


def a_reply(**state: Any) -> dict[str, Any]:
    return {
        "Id": "abc",
        "State": {"Status": "running", "ExitCode": 0, "Pid": 7, **state},
        "Config": {"Labels": render_labels(ROLE, WEB), "Image": "image"},
        "HostConfig": {"Memory": 64},
        "NetworkSettings": {
            "Ports": {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "4711"}], "53/udp": None, "9000/tcp": None}
        },
    }


def test_a_reply_is_read_for_what_matters() -> None:
    state = parse_container(a_reply(Health={"Status": "starting", "Log": [{"Output": "no\n"}]}))

    assert (state.part, state.ports, state.exit_code, state.pid) == (WEB, ((8000, 4711),), None, 7)
    assert (state.health, state.health_output, state.memory_bytes) == ("starting", "no", 64)


@pytest.mark.parametrize(("code", "status"), [(0, 0), (3, 3), (137, -9), (143, -15), (255, 255)])
def test_exit_codes_of_signals_are_negative(code: int, status: int) -> None:
    assert parse_container(a_reply(Status="exited", ExitCode=code)).exit_status == status


def test_lines_are_put_together_from_what_the_engine_cut() -> None:
    splitter = Splitter("task", "web")

    assert splitter.feed(b"2026-01-01T00:00:00.1Z long ") == []
    assert splitter.feed(b"2026-01-01T00:00:00.2Z line\r\n") == [
        Line("2026-01-01T00:00:00.1Z", "task", "web", "long line")
    ]
    assert splitter.feed(b"2026-01-01T00:00:00.3Z no end") == []
    assert [line.render() for line in splitter.rest()] == ["[web] no end"]
    assert splitter.rest() == []


def findings(**more: Any) -> Findings:
    basis = Findings(8000, HealthCheck(path="/up"), None, (a_state(CACHE),), (), None, ("last",))
    return replace(basis, **more)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (findings(), "nothing in them listens on the port 8000"),
        (findings(port=None), "all containers run as they should"),
        (
            findings(listeners=(ListeningSocket(1, "0.0.0.0", 8000),), answer=ProbeAnswer(False, "answers 500")),
            "to GET /up on port 8000 the task answers 500, where 200-399 is expected",
        ),
        (
            findings(listeners=(ListeningSocket(1, "0.0.0.0", 8000),), answer=ProbeAnswer(True, "answers 200")),
            "answers GET /up on port 8000 as expected",
        ),
        (findings(listeners=None, answer=ProbeAnswer(False, "refuses connections")), "the task refuses connections"),
        (findings(listeners=(ListeningSocket(1, "127.0.0.11", 45454),)), "nothing in them listens"),
        (findings(verdict=Verdict(None)), "its containers have been removed"),
        (findings(verdict=Verdict(a_state(WEB, "exited", exit_code=0))), "must run for as long as its task serves"),
        (findings(verdict=Verdict(a_state(WEB, "exited", exit_code=139))), "container web was killed by SIGSEGV"),
        (
            findings(verdict=Verdict(a_state(WEB, "created", error="no such file"))),
            "could not be started: no such file",
        ),
        (
            findings(verdict=Verdict(a_state(WEB, "exited", exit_code=1, is_oom=True, memory_bytes=1 << 26))),
            "was killed, because it needed more memory than its limit of 64 MiB",
        ),
        (
            findings(verdict=Verdict(a_state(WEB, "exited", exit_code=137, memory_bytes=1 << 26))),
            "was killed, most likely because it needed more memory than its limit of 64 MiB",
        ),
        (
            findings(verdict=Verdict(a_state(Part(HOLDER), "exited", exit_code=137))),
            "the container that holds the task's network was killed by SIGKILL",
        ),
    ],
)
def test_a_diagnosis_says_what_was_seen(found: Findings, sentence: str) -> None:
    text = render_diagnosis(found)

    assert sentence in text.splitlines()[0]
    assert text.endswith("its last output:\n  last")


def test_silence_is_said_too_and_whose_words_they_are() -> None:
    assert render_diagnosis(findings(output=())).endswith("it wrote nothing")
    assert "the last output of web:" in render_diagnosis(findings(speaker="web"))


def test_the_sleeping_program_is_small_and_its_image_named_after_it() -> None:
    for machine in ("x86_64", "aarch64"):
        program = pause.render_program(machine)
        assert program.startswith(b"\x7fELF")
        assert len(program) < 200
        assert pause.render_layer(machine) == pause.render_layer(machine)
    assert pause.to_reference("x86_64") != pause.to_reference("aarch64")
    assert not pause.knows("riscv64")
