"""A site's files, gathered as ``aws s3 cp`` would upload them."""

from __future__ import annotations

from pathlib import Path

import pytest

from stranglerfig.errors import UsageError
from stranglerfig.manifest.model import StaticSource
from stranglerfig.workspace.collect import collect_files
from tests.workspace.builders import write_files

TREE = {
    "web/index.html": "home",
    "web/a.css": "css",
    "web/img/b.png": "png",
    "web/img/raw/c.psd": "psd",
    "one.txt": "1",
}


def collected(root: Path, *sources: StaticSource) -> set[str]:
    write_files(root, TREE)
    folder, _ = collect_files(root, sources, root / "out")
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("source", "keys"),
    [
        (StaticSource("web"), {"index.html", "a.css"}),
        (StaticSource("web", recursive=True), {"index.html", "a.css", "img/b.png", "img/raw/c.psd"}),
        (StaticSource("web", "assets"), {"assets/index.html", "assets/a.css"}),
        (StaticSource("one.txt"), {"one.txt"}),
        (StaticSource("one.txt", "texts/"), {"texts/one.txt"}),
        (StaticSource("one.txt", "texts/two.txt"), {"texts/two.txt"}),
        (StaticSource("web", recursive=True, exclude=("*.psd", "a.?ss")), {"index.html", "img/b.png"}),
        (StaticSource("web", recursive=True, exclude=("*",), reinclude=("img/*",)), {"img/b.png", "img/raw/c.psd"}),
        (StaticSource("web", exclude=("[!i]*",)), {"index.html"}),
    ],
)
def test_sources_patterns_and_destinations_make_the_sites_paths(
    tmp_path: Path, source: StaticSource, keys: set[str]
) -> None:
    assert collected(tmp_path, source) == keys


def test_later_sources_win_where_paths_meet(tmp_path: Path) -> None:
    write_files(tmp_path, {"a/x.txt": "a", "b/x.txt": "b"})
    folder, _ = collect_files(tmp_path, (StaticSource("a"), StaticSource("b")), tmp_path / "out")

    assert (folder / "x.txt").read_text() == "b"


def test_the_same_files_have_the_same_folder_and_others_another(tmp_path: Path) -> None:
    write_files(tmp_path, TREE)
    sources = (StaticSource("web"),)
    first = collect_files(tmp_path, sources, tmp_path / "out")

    assert collect_files(tmp_path, sources, tmp_path / "out") == first
    (tmp_path / "web/a.css").write_text("new")
    second = collect_files(tmp_path, sources, tmp_path / "out")
    assert second[0] != first[0]
    assert (first[0] / "a.css").read_text() == "css"


def test_of_old_collections_few_are_kept(tmp_path: Path) -> None:
    last = tmp_path
    for number in range(6):
        write_files(tmp_path, {"web/index.html": str(number)})
        last, _ = collect_files(tmp_path, (StaticSource("web"),), tmp_path / "out")

    assert len(list((tmp_path / "out").iterdir())) == 3
    assert (last / "index.html").read_text() == "5"


@pytest.mark.parametrize(
    "source", [StaticSource("missing"), StaticSource("web", "../../up"), StaticSource("web", exclude=("*",))]
)
def test_what_makes_no_site_is_refused(tmp_path: Path, source: StaticSource) -> None:
    with pytest.raises(UsageError):
        collected(tmp_path, source)
