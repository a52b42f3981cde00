"""From what an image would run to what this machine runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from stranglerfig.errors import UsageError
from stranglerfig.manifest.model import LocalRun
from tests.workspace.builders import PYTHON, a_container, run_of

APP = {"app.py": "", "posts/app.py": "", "start.sh": "", "run": ""}


@pytest.mark.parametrize(
    ("lines", "folder"),
    [
        ("WORKDIR /app\nCOPY . /app", "."),
        ("WORKDIR /app\nCOPY . .", "."),
        ("WORKDIR /app\nCOPY posts/ .", "posts"),
        ("WORKDIR /app\nCOPY app.py ./", "."),
        ("WORKDIR /app\nCOPY posts/app.py .", "posts"),
        ("COPY . /app\nWORKDIR /app/posts", "posts"),
        ("WORKDIR /app\nCOPY app.py .\nCOPY posts .", "posts"),
        ("COPY . /app\nCOPY posts /app/main\nWORKDIR /app/main", "posts"),
        ("WORKDIR /app\nCOPY posts .\nCOPY . .", "."),
        ("COPY . /", "."),
        ("COPY app.py /", "."),
    ],
)
def test_the_working_folder_is_where_its_files_came_from(tmp_path: Path, lines: str, folder: str) -> None:
    run = run_of(tmp_path, f'FROM python\n{lines}\nCMD ["python", "app.py"]\n', APP)

    assert run.cwd == str((tmp_path / folder).resolve())
    assert run.command == ("/usr/bin/python", "app.py")
    assert run.notes == ()


def test_a_working_folder_of_no_copied_files_is_the_context_and_a_note(tmp_path: Path) -> None:
    run = run_of(tmp_path, 'FROM python\nWORKDIR /srv\nCMD ["python", "-m", "http.server"]\n')

    assert run.cwd == str(tmp_path)
    assert "/srv" in run.notes[0]


@pytest.mark.parametrize(
    ("lines", "command"),
    [
        ('CMD ["python3", "app.py"]', ("/usr/bin/python3", "app.py")),
        ('ENTRYPOINT ["python"]\nCMD ["app.py"]', ("/usr/bin/python", "app.py")),
        ("CMD python app.py --all", ("/bin/sh", "-c", "exec python app.py --all")),
        ("CMD cd posts && python app.py", ("/bin/sh", "-c", "cd posts && python app.py")),
        ("CMD python app.py; python run", ("/bin/sh", "-c", "python app.py; python run")),
        ("CMD A=1 python app.py", ("/bin/sh", "-c", "A=1 python app.py")),
        ('ENTRYPOINT python app.py\nCMD ["ignored"]', ("/bin/sh", "-c", "exec python app.py")),
        ('ENTRYPOINT ["/usr/bin/tini", "-g", "--"]\nCMD ["python", "app.py"]', ("/usr/bin/python", "app.py")),
        ('CMD ["python3.99", "app.py"]', (PYTHON, "app.py")),
        ('CMD ["/usr/local/bin/python", "/app/app.py"]', ("/usr/bin/python", "HERE/app.py")),
        ('ENTRYPOINT ["/app/app.py"]', (PYTHON, "HERE/app.py")),
        ('ENTRYPOINT ["./start.sh", "now"]', ("/bin/sh", "HERE/start.sh", "now")),
        ('ENTRYPOINT ["./run"]', ("HERE/run",)),
        (
            "CMD python /app/posts/app.py --out=/tmp/x",
            ("/bin/sh", "-c", "exec python HERE/posts/app.py --out=/tmp/x"),
        ),
    ],
)
def test_the_command_is_the_images_with_this_machines_program(
    tmp_path: Path, lines: str, command: tuple[str, ...]
) -> None:
    run = run_of(tmp_path, f"FROM python\nWORKDIR /app\nCOPY . .\n{lines}\n", APP)

    assert run.command == tuple(word.replace("HERE", str(tmp_path)) for word in command)


def test_the_manifests_entrypoint_and_command_come_before_the_images(tmp_path: Path) -> None:
    text = 'FROM python\nENTRYPOINT ["python"]\nCMD ["app.py"]\n'

    assert run_of(tmp_path, text, spec=a_container(command=("b.py",))).command == ("/usr/bin/python", "b.py")
    assert run_of(tmp_path, text, spec=a_container(entrypoint=("node",))).command == ("/usr/bin/node",)


def test_variables_of_the_image_come_along_with_their_paths_made_this_machines(tmp_path: Path) -> None:
    run = run_of(
        tmp_path,
        "FROM python\nWORKDIR /app\nCOPY . .\nENV PYTHONPATH=/app/posts:/usr/lib MODE=dev PORT=80 HOST=0.0.0.0\n"
        'ENV DB=/data/posts.sqlite3 URL=http://host/app/x PATH=/app/posts:/opt/bin:$PATH HOME=/root\nCMD ["python"]\n',
        APP,
        volumes=(("/data", "/state/volumes/posts"),),
    )

    assert dict(run.env) == {
        "PYTHONPATH": f"{tmp_path}/posts:/usr/lib",
        "MODE": "dev",
        "DB": "/state/volumes/posts/posts.sqlite3",
        "URL": "http://host/app/x",
        "PATH": f"{tmp_path}/posts:/venv/bin:/usr/bin",
    }
    assert run.folders == ("/state/volumes/posts",)


def test_a_host_that_is_not_everywhere_is_kept(tmp_path: Path) -> None:
    run = run_of(tmp_path, 'FROM python\nENV HOST=localhost\nCMD ["python"]\n')

    assert dict(run.env)["HOST"] == "localhost"


@pytest.mark.parametrize(
    ("lines", "program"),
    [
        ('CMD ["ruby", "app.rb"]', "ruby"),
        ('ENTRYPOINT ["/docker-entrypoint.sh"]', "/docker-entrypoint.sh"),
        ("CMD bundle exec puma", "bundle"),
        ("CMD exec bundle", "bundle"),
    ],
)
def test_a_program_that_is_not_here_is_named_with_the_ways_out(tmp_path: Path, lines: str, program: str) -> None:
    with pytest.raises(UsageError, match=f"its program {program} is not") as caught:
        run_of(tmp_path, f"FROM a\n{lines}\n")

    assert "local.command" in (caught.value.hint or "")


def test_an_image_whose_command_is_its_bases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nginx:alpine") as caught:
        run_of(tmp_path, "FROM nginx:alpine\nCOPY . /usr/share/nginx/html\n")

    assert "local.command" in (caught.value.hint or "")


def test_the_manifests_own_command_needs_nothing_of_the_image(tmp_path: Path) -> None:
    local = LocalRun(command=("/bin/sh", "-c", "flask run --port $PORT"), setup=(("pip", "install"),))
    run = run_of(tmp_path, "FROM nginx\nUSER web\n", local=local, programs=("sh", "flask"))

    assert run.command == ("/bin/sh", "-c", "exec flask run --port $PORT")
    assert run.setup == (("pip", "install"),)
    assert run.notes == ()


def test_a_user_is_left_aside_with_a_note(tmp_path: Path) -> None:
    run = run_of(tmp_path, 'FROM python\nUSER web\nCMD ["python"]\n')

    assert "USER web" in run.notes[0]


@pytest.mark.parametrize(("words", "is_noted"), [("--port 8000", True), ("localhost:8000", True), ("18000", False)])
def test_a_command_that_names_its_port_is_noted(tmp_path: Path, words: str, is_noted: bool) -> None:
    run = run_of(tmp_path, f"FROM python\nCMD python app.py {words}\n", spec=a_container(port=8000))

    assert bool(run.notes) is is_noted
    assert all("$PORT" in note for note in run.notes)


@pytest.mark.parametrize(("words", "is_noted"), [("-b 0.0.0.0:$PORT", True), ("[::]", True), ("10.0.0.0", False)])
def test_a_command_that_listens_everywhere_is_noted(tmp_path: Path, words: str, is_noted: bool) -> None:
    run = run_of(tmp_path, f"FROM python\nCMD python app.py {words}\n")

    assert ["$HOST" in note for note in run.notes] == [True] * is_noted


def test_lines_that_build_the_image_are_never_run(tmp_path: Path) -> None:
    """Reading is all that happens: the mark that such a line would leave is not there."""
    mark = tmp_path / "mark"
    run_of(tmp_path, f'FROM python\nRUN touch {mark}\nCMD ["python"]\n')

    assert not mark.exists()
