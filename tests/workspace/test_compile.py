"""What a workload's tasks are, with processes and with Docker: one test a mapping rule."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from stranglerfig.core.application import Kind, Queue, Runtime, Subscription, Topic
from stranglerfig.core.containers import Condition, ContainerHealth, Mount, Volume
from stranglerfig.core.desired import ProcessTargets
from stranglerfig.core.json_values import from_json, to_json
from stranglerfig.errors import UsageError
from stranglerfig.manifest.model import Secret, StaticSource, StorageVolume, VolumeMount, WorkloadManifest
from stranglerfig.workspace.values import Parts, ProcessRun, StaticRun
from tests.workspace.builders import (
    a_container,
    a_context,
    a_service,
    compiled,
    containers_of,
    process_of,
)

BROKER = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}


def env_of(manifest: WorkloadManifest, **changes: object) -> dict[str, str]:
    return dict(process_of(compiled(manifest, Runtime.PROCESS, **changes)).env)


def test_a_process_runs_what_was_read_of_its_image() -> None:
    found = process_of(compiled(a_service(count=3, recreate=True)))

    assert (found.command, found.cwd) == (("/usr/bin/python3", "app.py"), "/shop/posts")
    assert (found.replicas, found.recreate, found.listens) == (3, True, True)


def test_without_anything_to_run_a_process_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        compiled(a_service(), parts=Parts())
    assert "local.command" in (caught.value.hint or "")


def test_containers_have_the_tasks_size_network_and_names() -> None:
    manifest = a_service(cpu=1024, memory=2048, count=2, connect_alias="p", recreate=True)
    found = containers_of(compiled(manifest, Runtime.DOCKER))

    assert (found.cpu_units, found.memory_mib, found.replicas, found.port) == (1024, 2048, 2, 3000)
    assert (found.network, found.recreate) == ("fig-forum-test", True)
    assert found.aliases == ("posts", "posts.test.forum.local", "p")


def test_a_containers_settings_are_the_manifests() -> None:
    health = ContainerHealth(("CMD", "true"))
    sidecar = a_container(
        "proxy",
        port=8080,
        essential=False,
        depends_on=(("posts", Condition.HEALTHY),),
        mounts=(VolumeMount("tmp", "/tmp", read_only=False),),
    )
    main = a_container(entrypoint=("a",), command=("b",), labels=(("l", "1"),), health=health, read_only_root=True)
    manifest = a_service(
        containers=(main, sidecar), volumes=(StorageVolume("tmp"), StorageVolume("data", lasting=True))
    )

    found = containers_of(compiled(manifest, Runtime.DOCKER, images={"posts": "sha256:1", "proxy": "envoy:1"}))

    first, second = found.containers
    assert (first.image, first.entrypoint, first.command) == ("sha256:1", ("a",), ("b",))
    assert (first.labels, first.health, first.read_only_root, first.ports) == ((("l", "1"),), health, True, (3000,))
    assert (second.image, second.essential, second.ports) == ("envoy:1", False, (8080,))
    assert second.depends_on == (("posts", Condition.HEALTHY),)
    assert second.mounts == (Mount("tmp", "/tmp", read_only=False),)
    assert found.volumes == (Volume("tmp"), Volume("data", shared=True, file_system="posts.data"))


def test_services_that_name_the_same_file_system_share_it_in_containers_too() -> None:
    body = {"storage": {"volumes": {"db": {"efs": {"id": "fs-1"}}}}}
    manifest = a_service(volumes=(StorageVolume("db", lasting=True),), body=body)

    found = containers_of(compiled(manifest, Runtime.DOCKER))

    assert found.volumes == (Volume("db", shared=True, file_system="efs.fs-1"),)


def test_an_image_that_was_not_built_is_refused() -> None:
    with pytest.raises(UsageError, match="not been built"):
        compiled(a_service(), Runtime.DOCKER, images={})


def test_sidecars_do_not_run_as_processes_and_that_is_said() -> None:
    found = compiled(a_service(containers=(a_container(), a_container("nginx", port=80))))

    assert any("sidecar nginx" in note for note in found.notes)


def test_copilots_variables_say_where_a_task_is() -> None:
    env = env_of(a_service())

    assert {name: value for name, value in env.items() if name.startswith("COPILOT_")} == {
        "COPILOT_APPLICATION_NAME": "forum",
        "COPILOT_ENVIRONMENT_NAME": "test",
        "COPILOT_SERVICE_NAME": "posts",
        "COPILOT_SERVICE_DISCOVERY_ENDPOINT": "test.forum.local",
        "COPILOT_LB_DNS": "127.0.0.1:8080",
    }


def test_a_backends_balancer_is_its_own_endpoint_and_without_rules_there_is_none() -> None:
    assert env_of(a_service(kind=Kind.BACKEND))["COPILOT_LB_DNS"] == "127.0.0.1:9001"
    assert "COPILOT_LB_DNS" not in env_of(a_service(kind=Kind.BACKEND, http=()))


def test_request_driven_services_have_discovery_with_a_network_only() -> None:
    service = a_service(kind=Kind.REQUEST_DRIVEN)

    assert "COPILOT_SERVICE_DISCOVERY_ENDPOINT" not in env_of(service)
    assert "COPILOT_SERVICE_DISCOVERY_ENDPOINT" in env_of(replace(service, body={"network": {}}))


def test_processes_find_their_siblings_by_url() -> None:
    urls = {"posts": "http://127.0.0.1:9001", "user-list": "http://127.0.0.1:9002"}

    env = env_of(a_service(), endpoints=urls)
    assert {name: env[name] for name in env if name.startswith("FIG_URL_")} == {
        "FIG_URL_USER_LIST": "http://127.0.0.1:9002"
    }
    docker = containers_of(compiled(a_service(), Runtime.DOCKER, endpoints=urls)).containers[0]
    assert not any(name.startswith("FIG_URL_") for name, _ in docker.env)


def test_the_environments_variables_are_for_every_task() -> None:
    assert env_of(a_service(), variables=BROKER)["AWS_ENDPOINT_URL"] == BROKER["AWS_ENDPOINT_URL"]
    docker = containers_of(compiled(a_service(), Runtime.DOCKER, variables=BROKER)).containers[0]
    assert dict(docker.env)["AWS_ENDPOINT_URL"] == BROKER["AWS_ENDPOINT_URL"]


def test_topics_and_queues_are_the_workloads() -> None:
    queue, topics = Queue(fifo=True), (Topic("orders"),)
    subscriptions = (Subscription("orders", "shop", Queue()),)
    worker = a_service(kind=Kind.WORKER, http=(), queue=queue, topics=topics, subscriptions=subscriptions)
    found = compiled(worker).workload

    assert (found.topics, found.queue, found.subscriptions) == (topics, queue, subscriptions)


def test_mount_points_are_told_where_they_are() -> None:
    main = a_container(mounts=(VolumeMount("data", "/data"),))
    manifest = a_service(containers=(main,), volumes=(StorageVolume("data"),))

    here = Parts(process=ProcessRun(("x",), "/", mounts=(("data", "/state/data"),)))
    assert json.loads(env_of(manifest, parts=here)["COPILOT_MOUNT_POINTS"]) == {"data": "/state/data"}
    docker = containers_of(compiled(manifest, Runtime.DOCKER)).containers[0]
    assert json.loads(dict(docker.env)["COPILOT_MOUNT_POINTS"]) == {"data": "/data"}


def test_the_manifests_variables_win_over_its_file_and_the_image_loses_to_all() -> None:
    run = ProcessRun(("x",), "/", env=(("A", "image"), ("B", "image"), ("C", "image"), ("PORT", "1")))
    parts = Parts(process=run, env_files={"posts": (("B", "file"), ("C", "file"))})
    main = a_container(variables=(("C", "manifest"), ("COPILOT_SERVICE_NAME", "mine"), ("PORT", "2")))

    env = env_of(a_service(containers=(main,)), parts=parts)

    assert (env["A"], env["B"], env["C"], env["COPILOT_SERVICE_NAME"]) == ("image", "file", "manifest", "mine")
    assert "PORT" not in env


def test_secrets_are_pairs_of_names_and_never_values() -> None:
    main = a_container(secrets=(Secret("DB", "db-password"),), variables=(("DB", "plain"),))
    manifest = a_service(containers=(main,))

    found = process_of(compiled(manifest, secrets=frozenset({"db-password"})))
    assert found.secrets == (("DB", "db-password"),)
    assert "DB" not in dict(found.env)
    docker = containers_of(compiled(manifest, Runtime.DOCKER, secrets=frozenset({"db-password"})))
    assert docker.containers[0].secrets == (("DB", "db-password"),)


def test_secrets_without_a_value_are_named_all_at_once() -> None:
    main = a_container(secrets=(Secret("A", "one"), Secret("B", "two"), Secret("C", "three")))

    with pytest.raises(UsageError, match="secrets one, two") as caught:
        compiled(a_service(containers=(main,)), secrets=frozenset({"three"}))
    assert "fig secret init --name one" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        ("/copilot/forum/test/secrets/db", "/copilot/forum/test/secrets/db"),
        ("db", "/copilot/forum/test/secrets/db"),
        ("prod/db:password", "/copilot/forum/test/secrets/prod_db_password"),
        ("arn:aws:ssm:eu-west-1:1:parameter/db", "/copilot/forum/test/secrets/db"),
        ("arn:aws:secretsmanager:eu-west-1:1:secret:db-AbC", "/copilot/forum/test/secrets/db-AbC"),
    ],
)
def test_a_secret_is_found_under_the_name_that_fig_keeps_it_by(named: str, kept: str) -> None:
    manifest = a_service(containers=(a_container(secrets=(Secret("DB", named),)),))

    assert process_of(compiled(manifest, secrets=frozenset({kept}))).secrets == (("DB", kept),)
    with pytest.raises(UsageError) as caught:
        compiled(manifest)
    assert f"fig secret init --name {kept.rsplit('/', 1)[1]} " in (caught.value.hint or "")


def test_a_worker_listens_nowhere() -> None:
    worker = a_service(kind=Kind.WORKER, http=(), containers=(a_container(port=None),))

    assert process_of(compiled(worker)).listens is False
    docker = containers_of(compiled(worker, Runtime.DOCKER))
    assert (docker.port, docker.aliases) == (None, ())


def test_a_job_is_a_schedule_and_what_to_run_without_a_target_group() -> None:
    job = a_service(
        kind=Kind.JOB, http=(), containers=(a_container(port=None),), schedule="@daily", retries=2, timeout_s=60.0
    )
    found = compiled(job)

    assert found.group is None
    assert isinstance(found.workload.job, ProcessTargets)
    assert found.workload.schedule is not None
    assert (found.workload.schedule.cron, found.workload.schedule.retries) == ("0 0 * * *", 2)


def test_a_static_site_is_a_process_of_ours_with_either_runtime() -> None:
    site = a_service(kind=Kind.STATIC_SITE, http=(), containers=(), files=(StaticSource("web"),))
    parts = Parts(static=StaticRun("/state/sites/posts/1", ("/usr/bin/python3", "-m", "server", "F")), digest="1")

    for runtime in Runtime:
        found = compiled(site, runtime, parts=parts)
        assert process_of(found).command[-2:] == ("server", "F")
        assert found.workload.static is not None
        assert found.group is not None
        assert [one.id for one in found.group.ingress] == ["internal"]


def test_setup_and_folders_are_the_runs() -> None:
    run = ProcessRun(("x",), "/", setup=(("npm", "ci"),), folders=("/state/data",), notes=("a note",))
    found = compiled(a_service(), parts=Parts(process=run))

    assert (found.setup, found.folders, found.notes) == ((("npm", "ci"),), ("/state/data",), ("a note",))


def test_where_others_reach_it_is_said() -> None:
    assert compiled(a_service()).workload.endpoints == ("http://127.0.0.1:9001",)
    assert compiled(a_service(), Runtime.DOCKER).workload.endpoints == (
        "posts",
        "posts.test.forum.local",
        "http://127.0.0.1:9001",
    )


@pytest.mark.parametrize("runtime", list(Runtime))
def test_what_is_compiled_crosses_the_api(runtime: Runtime) -> None:
    found = compiled(a_service(), runtime)

    assert found.group is not None
    assert from_json(type(found.workload), to_json(found.workload)) == found.workload
    assert from_json(type(found.group), to_json(found.group)) == found.group
    assert json.loads(found.workload.manifest)["name"] == "posts"


def test_the_digest_is_the_same_until_something_that_matters_changes() -> None:
    def digest(manifest: WorkloadManifest | None = None, runtime: Runtime = Runtime.PROCESS, **changes: object) -> str:
        return compiled(manifest or a_service(), runtime, **changes).workload.digest

    run = a_context().parts
    urls = {"posts": "http://127.0.0.1:9001", "users": "http://127.0.0.1:9002"}
    same = digest()
    worker = a_service(kind=Kind.WORKER, topics=(Topic("orders"),))
    assert digest(worker) == digest(worker, variables=BROKER)
    assert same == digest() == digest(deployed_at="now", tag="v2") == digest(endpoints=urls)
    assert same == digest(variables=BROKER)
    assert run.process is not None
    assert same == digest(parts=replace(run, process=replace(run.process, env=(("PATH", "/another/shells"),))))
    changed = [
        digest(parts=replace(run, process=replace(run.process, env=(("B", "1"),)))),
        digest(a_service(body={"count": 2})),
        digest(a_service(recreate=True)),
        digest(parts=replace(run, digest="files")),
        digest(parts=replace(run, env_files={"posts": (("A", "1"),)})),
        digest(runtime=Runtime.DOCKER),
        digest(runtime=Runtime.DOCKER, images={"posts": "sha256:2"}),
    ]
    assert len({same, *changed}) == len(changed) + 1
