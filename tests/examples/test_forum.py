"""The forum's programs, run for real: the same answers from both sides, and no post lost or doubled."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import signal
import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from .forum_programs import PATIENCE_S, Program, a_post, launch, open_databases_in_step, read_port, running

Forum = dict[str, Program]
SERVICES = ("posts", "threads", "users")

PB = (
    b'{"id":3,"username":"pb","name":"Bonnibel Bubblegum",'
    b'"bio":"Scientist, bearer of candy power, ruler of the candy kingdom"}'
)
PARTY = b'{"id":2,"title":"Party at the candy kingdom tomorrow","createdBy":3}'
POSTS_IN_THREAD_1 = (
    b'{"thread":1,"text":"Has anyone checked on the lich recently?","user":4},'
    b'{"thread":1,"text":"I\'ll stop by and see how he\'s doing tomorrow!","user":2}'
)
OTHER_POSTS = (
    b'{"thread":2,"text":"Come party with the candy people tomorrow!","user":3},'
    b'{"thread":2,"text":"Mathematical!","user":2},'
    b'{"thread":2,"text":"I\'ll bring my guitar","user":1},'
    b'{"thread":3,"text":"I need a new guitar to play the most savory licks in Ooo","user":1}'
)
KNOWN_ANSWERS = [
    ("users", "/api/users/3", PB),
    ("threads", "/api/threads/2", PARTY),
    ("posts", "/api/posts", b"[" + POSTS_IN_THREAD_1 + b"," + OTHER_POSTS + b"]"),
    ("posts", "/api/posts/in-thread/1", b"[" + POSTS_IN_THREAD_1 + b"]"),
]
ALL_PATHS = [
    ("posts", "/api/posts/by-user/1"),
    ("posts", "/api/posts/by-user/99"),
    ("posts", "/api/posts/in-thread/marceline"),
    ("posts", "/api/posts/in-thread/99999999999999999999"),
    ("posts", "/api/posts/1"),
    *[(name, path) for name in ("users", "threads") for path in (f"/api/{name}", f"/api/{name}/1", f"/api/{name}/99")],
    *[(name, path) for name in SERVICES for path in ("/", "/api/", "/api", f"/api/{name}/", "/nowhere")],
]


@pytest.fixture(scope="module")
def forum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forum]:
    """All four programs with the data they start from; nobody writes here."""
    database = tmp_path_factory.mktemp("forum") / "forum.sqlite3"
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(running(name, database)) for name in ("monolith", *SERVICES)}


@pytest.fixture(scope="module")
def writers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, Program]]:
    """Monolith and posts service on one database; each test writes to a thread of its own."""
    database = tmp_path_factory.mktemp("writers") / "not" / "there" / "yet.sqlite3"
    with running("monolith", database) as monolith, running("posts", database) as posts:
        yield monolith, posts


def send_post(program: Program, post: object, key: str | None = None) -> httpx.Response:
    return program.http.post("/api/posts", json=post, headers={"Idempotency-Key": key} if key else {})


def read_posts(program: Program, thread: int) -> object:
    return program.http.get(f"/api/posts/in-thread/{thread}").json()


def read_allowed(answer: httpx.Response) -> set[str]:
    return set(answer.headers.get("allow", "").split(", "))  # a set, for their order differs from process to process


@pytest.mark.parametrize(("service", "path", "wanted"), KNOWN_ANSWERS)
def test_monolith_and_service_give_the_known_answer_byte_for_byte(
    forum: Forum, service: str, path: str, wanted: bytes
) -> None:
    assert forum["monolith"].http.get(path).content == wanted
    assert forum[service].http.get(path).content == wanted


@pytest.mark.parametrize(("service", "path"), ALL_PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_a_service_answers_its_paths_as_the_monolith_does(forum: Forum, service: str, path: str, method: str) -> None:
    ours, theirs = (forum[name].http.request(method, path) for name in ("monolith", service))

    assert ours.status_code < 500
    assert (ours.status_code, ours.content) == (theirs.status_code, theirs.content)
    for header in ("content-type", "content-length"):
        assert ours.headers.get(header) == theirs.headers.get(header)
    assert read_allowed(ours) == read_allowed(theirs)


def test_a_service_leaves_the_paths_of_the_others_alone(forum: Forum) -> None:
    for service in SERVICES:
        answered = {name for name in SERVICES if forum[service].http.get(f"/api/{name}").status_code != 404}
        assert answered == {service}


def test_every_answer_says_which_program_gave_it(forum: Forum) -> None:
    for name, program in forum.items():
        assert [program.http.get(path).headers["x-served-by"] for path in ("/", "/nowhere")] == [name, name]


def test_every_program_says_it_is_ready(forum: Forum) -> None:
    for program in forum.values():
        assert [program.http.get(path).text for path in ("/", "/api/")] == ["Ready to receive requests"] * 2


@pytest.mark.parametrize("path", ["/nowhere", "/api/users/99", "/api/users/three", "/api/users/%2e%2e", "/api/posts/"])
def test_what_is_not_there_is_a_404_with_a_json_body(forum: Forum, path: str) -> None:
    answer = forum["monolith"].http.get(path)

    assert answer.status_code == 404
    assert list(answer.json()) == ["error"]


def test_a_method_the_path_does_not_have_is_a_405_that_names_those_it_has(forum: Forum) -> None:
    for path, allowed in (("/api/users/3", {"GET"}), ("/api/posts", {"GET", "POST"})):
        answer = forum["monolith"].http.put(path, json={})

        assert (answer.status_code, list(answer.json())) == (405, ["error"])
        assert read_allowed(answer) >= allowed


@pytest.mark.parametrize("taker", [0, 1])
def test_a_post_taken_by_one_side_is_there_on_both(writers: tuple[Program, Program], taker: int) -> None:
    post = a_post('schön "quoted" \U0001f3b8\n\'); DROP TABLE posts; --\0', thread=100 + taker)

    answer = send_post(writers[taker], post)

    assert answer.status_code == 201
    assert answer.content == json.dumps(post, separators=(",", ":"), ensure_ascii=False).encode()
    assert [read_posts(program, 100 + taker) for program in writers] == [[post], [post]]


def test_a_repeated_post_gets_the_first_answer_from_either_side(writers: tuple[Program, Program]) -> None:
    monolith, service = writers
    answers = [send_post(program, a_post(thread=110), "repeated") for program in (monolith, monolith, service)]

    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert read_posts(service, 110) == [a_post(thread=110)]


def test_posts_with_no_key_are_posts_of_their_own(writers: tuple[Program, Program]) -> None:
    for _ in range(2):
        send_post(writers[0], a_post(thread=111))

    assert read_posts(writers[1], 111) == [a_post(thread=111)] * 2


def test_a_key_that_comes_back_with_another_post_is_refused(writers: tuple[Program, Program]) -> None:
    send_post(writers[0], a_post("first", thread=112), "taken")

    assert send_post(writers[1], a_post("second", thread=112), "taken").status_code == 422
    assert read_posts(writers[0], 112) == [a_post("first", thread=112)]


def test_posts_sent_to_both_sides_at_once_are_all_there_exactly_once(writers: tuple[Program, Program]) -> None:
    wanted = [f"post {number}" for number in range(200)]
    # Each is sent twice, under its key, once to either side.
    sends = [(program, text) for text in wanted for program in writers]
    with ThreadPoolExecutor(16) as clients:
        statuses = set(clients.map(lambda s: send_post(s[0], a_post(s[1], thread=113), s[1]).status_code, sends))

    assert statuses == {201}
    found = writers[0].http.get("/api/posts/in-thread/113").json()
    assert sorted(post["text"] for post in found) == sorted(wanted)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe\xff",
        b"[" * 100_000,
        b"[]",
        b'"text"',
        b"{}",
        b'{"thread":1,"user":1}',
        b'{"text":"no thread","user":1}',
        b'{"thread":"1","text":"a string","user":1}',
        b'{"thread":true,"text":"a boolean","user":1}',
        b'{"thread":1.0,"text":"a fraction","user":1}',
        b'{"thread":1,"text":"too large","user":9223372036854775808}',
        b'{"thread":1,"text":7,"user":1}',
        b'{"thread":1,"text":"\\ud800","user":1}',
    ],
    ids=lambda body: body[:40].decode(errors="replace"),
)
def test_a_body_that_is_not_a_post_is_refused_and_not_written(writers: tuple[Program, Program], body: bytes) -> None:
    for program in writers:
        before = program.http.get("/api/posts").content
        answer = program.http.post("/api/posts", content=body)

        assert (answer.status_code, list(answer.json())) == (400, ["error"])
        assert program.http.get("/api/posts").content == before


def test_a_delay_makes_the_answer_late_and_changes_nothing_else(forum: Forum) -> None:
    for name, path in (("monolith", "/api/users/3"), ("users", "/api/users/3"), ("threads", "/api/threads/3")):
        prompt, late = forum[name].http.get(path), forum[name].http.get(path, params={"delay": 0.2})
        assert late.content == prompt.content
        assert late.elapsed.total_seconds() >= 0.2


@pytest.mark.parametrize("delay", ["-1", "5.1", "nan", "inf", "soon", ""])
def test_a_delay_out_of_bounds_is_refused(forum: Forum, delay: str) -> None:
    answer = forum["posts"].http.get(f"/api/posts?delay={delay}")

    assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_six_programs_that_start_together_put_the_first_posts_in_once(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        processes = [
            stack.enter_context(launch(name, tmp_path / "forum.sqlite3")) for name in ("monolith", "posts") * 3
        ]
        for process in processes:
            stack.callback(process.kill)
        ports = [read_port(process) for process in processes]
        answers = {httpx.get(f"http://127.0.0.1:{port}/api/posts", trust_env=False).content for port in ports}

    assert answers == {KNOWN_ANSWERS[2][2]}


def test_databases_that_six_processes_open_in_the_same_instant_are_seeded_once(tmp_path: Path) -> None:
    databases = [tmp_path / f"{number}.sqlite3" for number in range(10)]
    spawn = multiprocessing.get_context("spawn")
    starts = spawn.Barrier(6, timeout=PATIENCE_S)
    processes = [
        spawn.Process(target=open_databases_in_step, args=(name, starts, databases))
        for name in ("monolith", "posts") * 3
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0] * 6
    for database in databases:
        with contextlib.closing(sqlite3.connect(database)) as connection:
            assert connection.execute("SELECT count(*) FROM posts").fetchone() == (6,)


def test_a_program_that_is_killed_loses_no_accepted_post_and_seeds_nothing_twice(tmp_path: Path) -> None:
    with running("monolith", tmp_path / "forum.sqlite3") as monolith:
        assert send_post(monolith, a_post("last words")).status_code == 201
        monolith.process.kill()
        monolith.process.wait(PATIENCE_S)

    with running("posts", tmp_path / "forum.sqlite3") as posts:
        found = posts.http.get("/api/posts").json()
    assert len(found) == 7
    assert found[-1] == a_post("last words")


@pytest.mark.parametrize("name", ["monolith", "posts"])
def test_sigterm_finishes_the_requests_in_flight_and_then_ends_the_program(tmp_path: Path, name: str) -> None:
    body = json.dumps(a_post("in flight")).encode()
    with running(name, tmp_path / "forum.sqlite3") as program:
        slow = socket.create_connection(("127.0.0.1", program.port), timeout=PATIENCE_S)
        head = f"POST /api/posts?delay=1 HTTP/1.1\r\nHost: forum\r\nContent-Length: {len(body)}\r\n\r\n"
        slow.sendall(head.encode() + body)
        # A later connection has its answer, so the program has read the earlier one.
        program.http.get("/")
        program.process.send_signal(signal.SIGTERM)
        with slow, slow.makefile("rb") as stream:
            answer = stream.read()
        program.process.wait(PATIENCE_S)

    assert answer.startswith(b"HTTP/1.1 201 ")
    assert answer.endswith(b'{"thread":2,"text":"in flight","user":4}')
    with running("posts", tmp_path / "forum.sqlite3") as successor:
        assert successor.http.get("/api/posts").json()[-1] == a_post("in flight")
