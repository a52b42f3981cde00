"""What a Dockerfile says of its container, in all its notations."""

from __future__ import annotations

from pathlib import Path

import pytest

from stranglerfig.core.containers import ContainerHealth
from stranglerfig.errors import NotFound, UsageError
from stranglerfig.manifest.model import Build
from stranglerfig.workspace.dockerfile import find_dockerfile, read_dockerfile
from stranglerfig.workspace.values import Copy, Line
from tests.workspace.builders import facts_of


def test_words_and_shell_lines_are_told_apart(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, 'FROM python\nENTRYPOINT ["python", "-m"]\nCMD flask run --port $PORT\n')

    assert facts.entrypoint == Line(("python", "-m"))
    assert facts.command == Line(("flask run --port $PORT",), shell=True)


def test_the_last_command_counts_and_a_new_entrypoint_forgets_an_earlier_one(tmp_path: Path) -> None:
    assert facts_of(tmp_path, 'FROM a\nCMD ["1"]\nCMD ["2"]\n').command == Line(("2",))
    assert facts_of(tmp_path, 'FROM a\nCMD ["1"]\nENTRYPOINT ["x"]\n').command is None
    assert facts_of(tmp_path, 'FROM a\nENTRYPOINT ["x"]\nENTRYPOINT []\n').entrypoint is None


@pytest.mark.parametrize(
    ("line", "ports"),
    [
        ("EXPOSE 80", (80,)),
        ("EXPOSE 80/tcp 53/udp 8080-8090", (80, 8080)),
        ("ARG P=81\nEXPOSE $P", (81,)),
        ("ENV P=82\nEXPOSE ${P}\nEXPOSE 82 83", (82, 83)),
        ("EXPOSE $UNKNOWN", ()),
    ],
)
def test_exposed_tcp_ports_are_read_in_order(tmp_path: Path, line: str, ports: tuple[int, ...]) -> None:
    assert facts_of(tmp_path, f"FROM a\n{line}\n").ports == ports


def test_a_health_check_keeps_its_times_and_takes_dockers_for_the_rest(tmp_path: Path) -> None:
    line = "HEALTHCHECK --interval=1m30s --timeout=500ms \\\n  CMD curl -f http://localhost/ || exit 1"

    assert facts_of(tmp_path, f"FROM a\n{line}\n").health == ContainerHealth(
        ("CMD-SHELL", "curl -f http://localhost/ || exit 1"), 90.0, 0.5, 3, 0.0
    )
    words = facts_of(tmp_path, 'FROM a\nHEALTHCHECK --retries=7 --start-period=2s CMD ["ask", "me"]\n').health
    assert words == ContainerHealth(("CMD", "ask", "me"), 30.0, 30.0, 7, 2.0)
    assert facts_of(tmp_path, "FROM a\nHEALTHCHECK CMD x\nHEALTHCHECK NONE\n").health is None


def test_variables_are_expanded_in_the_order_of_the_file(tmp_path: Path) -> None:
    facts = facts_of(
        tmp_path,
        'ARG BASE=3.11\nFROM python:${BASE}\nARG STAGE=dev\nENV A=1 B="two words"\nENV C=$A-${B:-x} D=${NO:-none}\n'
        "ENV E ${STAGE} of all\nENV F=\\$A G=${A:+set}\nWORKDIR /srv/$STAGE\nWORKDIR sub\n",
        args={"STAGE": "prod"},
    )

    assert facts.base == "python:3.11"
    assert dict(facts.env) == {
        "A": "1",
        "B": "two words",
        "C": "1-two words",
        "D": "none",
        "E": "prod of all",
        "F": "$A",
        "G": "set",
    }
    assert facts.workdir == "/srv/prod/sub"


def test_copies_know_folders_from_files(tmp_path: Path) -> None:
    facts = facts_of(
        tmp_path,
        "FROM a\nWORKDIR /app\nCOPY . .\nCOPY src/ lib/\nCOPY --chown=me:me a.py b.py ./\nCOPY a.py main.py\n"
        'ADD ["b.py", "/opt/"]\nCOPY --from=other/image /x /y\n',
        {"src/x.py": "", "a.py": "", "b.py": ""},
    )

    assert facts.copies == (
        Copy(".", "/app", folder=True),
        Copy("src", "/app/lib", folder=True),
        Copy("a.py", "/app/a.py", folder=False),
        Copy("b.py", "/app/b.py", folder=False),
        Copy("a.py", "/app/main.py", folder=False),
        Copy("b.py", "/opt/b.py", folder=False),
    )


def test_the_final_stage_counts_and_inherits_from_the_one_it_starts_from(tmp_path: Path) -> None:
    text = (
        "FROM node AS build\nWORKDIR /src\nCOPY web .\nRUN npm run build\nEXPOSE 1\n"
        "FROM python AS common\nENV A=1\nWORKDIR /app\nEXPOSE 2\n"
        "FROM common AS final\nCOPY --from=build /src/dist ./static\nCMD run\n"
    )
    facts = facts_of(tmp_path, text, {"web/dist/index.html": ""})

    assert (facts.base, facts.workdir, facts.env, facts.ports) == ("python", "/app", (("A", "1"),), (2,))
    assert facts.copies == (Copy("web/dist", "/app/static", folder=True),)
    assert read_dockerfile(tmp_path / "Dockerfile", target="Build").ports == (1,)
    assert read_dockerfile(tmp_path / "Dockerfile", target="1").ports == (2,)
    with pytest.raises(UsageError, match="build, common, final"):
        read_dockerfile(tmp_path / "Dockerfile", target="finale")


def test_lines_of_here_documents_are_no_instructions(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, "FROM a\nRUN <<EOF\nCMD wrong\nEXPOSE 1\nEOF\n# CMD comment\nCMD right\n")

    assert (facts.command, facts.ports) == (Line(("right",), shell=True), ())


def test_user_and_volumes_are_read(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, 'FROM a\nUSER web\nVOLUME /data /logs\nVOLUME ["/more"]\n')

    assert (facts.user, facts.volumes) == ("web", ("/data", "/logs", "/more"))


def test_a_file_that_makes_no_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no FROM"):
        facts_of(tmp_path, "# nothing\nARG A=1\n")
    with pytest.raises(NotFound) as caught:
        read_dockerfile(tmp_path / "missing")
    assert caught.value.hint == "Name the right file in the manifest's `image.build`."


@pytest.mark.parametrize(
    ("build", "dockerfile", "context"),
    [
        (Build("api/Dockerfile"), "api/Dockerfile", "api"),
        (Build("api/Dockerfile", "."), "api/Dockerfile", "."),
        (Build(context="api"), "api/Dockerfile", "api"),
        (Build(), "Dockerfile", "."),
    ],
)
def test_dockerfile_and_context_are_found_from_one_another(build: Build, dockerfile: str, context: str) -> None:
    root = Path("/ws")

    assert find_dockerfile(root, build) == (root / dockerfile, root / context)
