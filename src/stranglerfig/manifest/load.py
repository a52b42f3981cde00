"""A manifest's text to its effective, checked values: all problems of the file at once, with lines. Pure.

In the order of Copilot: variables, fields, the environment's override, defaults, rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from stranglerfig.manifest.complete import section_with_defaults, shortcomings
from stranglerfig.manifest.decode import decode_section
from stranglerfig.manifest.interpolate import Variables, interpolate
from stranglerfig.manifest.nearest import nearest
from stranglerfig.manifest.nodes import Entry, MapNode, Node, ScalarNode, kind_of
from stranglerfig.manifest.override import merge
from stranglerfig.manifest.paths import join
from stranglerfig.manifest.problems import Fault, ManifestInvalid, Place, Problem, brief, in_order, located
from stranglerfig.manifest.reading import Places, Reading, locate
from stranglerfig.manifest.render import as_it_stood, render_tree
from stranglerfig.manifest.schema import KindDeclaration, Section
from stranglerfig.manifest.source import read_source

ENVIRONMENTS = "environments"
#: Each is merged with the base and checked as a whole.
MOST_ENVIRONMENTS = 100


@dataclass(frozen=True, slots=True)
class Loaded:
    """``body`` is the effective manifest; durations are seconds, alternatives stand in the form they were written in.

    ``given`` has the path of each value that the file gives, ``places`` where. ``environments`` are those that the
    manifest has overrides for; their places are known too.
    """

    file: str
    kind: KindDeclaration
    body: dict[str, object]
    places: Mapping[str, Place]
    given: frozenset[str]
    environments: tuple[str, ...]
    warnings: tuple[Problem, ...]

    def problem(self, path: str, message: str, hint: str | None = None) -> Problem:
        """For what only later steps can see: a problem at the line of ``path``, or of the nearest thing around it."""
        place = locate(dict(self.places), path)
        return Problem(self.file, place.line, path, message, hint)


@dataclass(frozen=True, slots=True)
class Request:
    """What to read, and for whom. ``env`` None: the base, while every environment's override is checked with it.

    ``kind`` names the kind where the file does not have to say it.
    """

    file: str
    kinds: Mapping[str, KindDeclaration]
    app: str | None = None
    env: str | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    is_lenient: bool = False
    kind: str | None = None


def load_manifest(text: bytes, request: Request) -> Loaded:
    """``ManifestInvalid`` with all problems, unless there are warnings only."""
    root, faults = read_source(text, request.file)
    loading = Loading(request, faults)
    loaded = loading.load(root)
    problems = in_order(located(request.file, loading.faults))
    if loaded is None or any(not problem.is_warning for problem in problems):
        raise ManifestInvalid(problems)
    return replace(loaded, warnings=problems)


def filled_text(text: bytes, request: Request) -> str:
    """The manifest with its variables filled in, for whoever reads it without them. It has been checked before."""
    root, _ = read_source(text, request.file)
    filled, _ = interpolate(root, Variables(request.app, request.env, request.environ))
    return render_tree(as_it_stood(filled))


@dataclass(slots=True)
class Loading:
    request: Request
    faults: list[Fault]

    def load(self, root: Node) -> Loaded | None:
        if isinstance(root, ScalarNode) and root.is_null:
            self.fault(Place(root.line, root.column, ""), "the file is empty")
            return None
        if not isinstance(root, MapNode):
            self.fault(Place(root.line, root.column, ""), f"must be a mapping, but is {kind_of(root)}")
            return None
        kind = self.find_kind(root)
        if kind is None:
            return None
        if kind.is_interpolated:
            variables = Variables(self.request.app, self.request.env, self.request.environ)
            filled, faults = interpolate(root, variables)
            self.faults += faults
            assert isinstance(filled, MapNode)
            root = filled
        return self.decode(root, kind)

    def find_kind(self, root: MapNode) -> KindDeclaration | None:
        kinds = self.request.kinds
        if self.request.kind is not None:
            return kinds[self.request.kind]
        entry = root.get("type")
        if entry is None:
            for kind in kinds.values():
                if any(root.get(key) for key in kind.known_by):
                    return kind
            self.fault(Place(root.line, root.column, "type"), "must be specified", one_of_kinds(kinds))
            return None
        name = entry.value.text if isinstance(entry.value, ScalarNode) else kind_of(entry.value)
        if name in kinds:
            return kinds[name]
        near = nearest(name, kinds)
        hint = f"did you mean {near}?" if near else one_of_kinds(kinds)
        self.fault(Place(entry.line, entry.column, "type"), f"invalid manifest type {brief(name)!r}", hint)
        return None

    def decode(self, root: MapNode, kind: KindDeclaration) -> Loaded:
        env = self.request.env
        entry = root.get(ENVIRONMENTS) if kind.has_environments else None
        if entry is not None:
            root = replace(root, entries=tuple(found for found in root.entries if found is not entry))
        base = Reading(kind.section, is_lenient=self.request.is_lenient)
        base.places[""] = Place(root.line, root.column, "")
        body = decode_section(root, kind.section, "", base)
        self.faults += base.faults
        overrides = dict(self.overrides(entry, kind)) if entry is not None else {}
        before = Effective(kind, body, base.places, (base,))
        after = {name: self.overridden(before, override) for name, override in overrides.items()}
        effective = before if env is None else after.get(env, before)
        self.faults += effective.faults() if env is not None else faults_of_all(before, after)
        given = frozenset(effective.places) - {""}
        finished = section_with_defaults(effective.body, kind.section)
        places = effective.places | {
            join(ENVIRONMENTS, name): one.reading.places[""] for name, one in overrides.items()
        }
        return Loaded(self.request.file, kind, finished, places, given, tuple(overrides), ())

    def overrides(self, entry: Entry, kind: KindDeclaration) -> Iterator[tuple[str, Override]]:
        """Each environment's, checked against the fields that it may have."""
        if isinstance(entry.value, ScalarNode) and entry.value.is_null:
            return
        if not isinstance(entry.value, MapNode):
            where = Place(entry.line, entry.column, ENVIRONMENTS)
            self.fault(where, f"must be a mapping, but is {kind_of(entry.value)}")
            return
        if len(entry.value.entries) > MOST_ENVIRONMENTS:
            where = Place(entry.line, entry.column, ENVIRONMENTS)
            self.fault(where, f"has {len(entry.value.entries)} environments; {MOST_ENVIRONMENTS} are the most")
            return
        for found in entry.value.entries:
            override = self.override(found, kind)
            if override is not None:
                yield found.key, override

    def override(self, found: Entry, kind: KindDeclaration) -> Override | None:
        under = join(ENVIRONMENTS, found.key)
        node = found.value
        if isinstance(node, ScalarNode) and node.is_null:
            node = MapNode((), found.line, found.column)
        if not isinstance(node, MapNode):
            self.fault(Place(found.line, found.column, under), f"must be a mapping, but is {kind_of(node)}")
            return None
        for key in kind.fixed:
            fixed = node.get(key)
            if fixed is not None:
                self.fault(Place(fixed.line, fixed.column, join(under, key)), "cannot be overridden")
        node = replace(node, entries=tuple(entry for entry in node.entries if entry.key not in kind.fixed))
        reading = Reading(kind.section, under, self.request.is_lenient)
        reading.places[""] = Place(found.line, found.column, under)
        body = decode_section(node, overridable(kind), "", reading)
        self.faults += reading.faults
        return Override(body, reading)

    def overridden(self, base: Effective, override: Override) -> Effective:
        merged = merge(base.body, override.body, base.kind.section)
        for path, one, other in merged.clashes:
            where = locate(override.reading.places, join(path, one))
            self.fault(where, f"must specify one, not both, of {one} and {other}")
        places = merged.places(base.places, override.reading.places)
        return Effective(base.kind, merged.body, places, (*base.readings, override.reading))

    def fault(self, place: Place, message: str, hint: str | None = None) -> None:
        self.faults.append(Fault(place, message, hint))


@dataclass(frozen=True, slots=True)
class Override:
    body: dict[str, object]
    reading: Reading


@dataclass(frozen=True, slots=True)
class Effective:
    """A manifest without defaults yet, for an environment or none. ``readings`` are those that it comes from."""

    kind: KindDeclaration
    body: dict[str, object]
    places: Places
    readings: tuple[Reading, ...]

    def shortcomings(self) -> list[tuple[str, str]]:
        body = section_with_defaults(self.body, self.kind.section)
        return [
            (path, message)
            for path, message in shortcomings(body, self.kind)
            if not any(reading.is_doubtful(path) for reading in self.readings)
        ]

    def faults(self) -> Iterator[Fault]:
        for path, message in self.shortcomings():
            yield Fault(self.place(path), message)

    def place(self, path: str) -> Place:
        found = locate(self.places, path)
        return found if path in self.places else replace(found, path=path)

    def overriding_place(self, path: str) -> Place:
        """The same, told as the environment's: what is right without its override is wrong by it."""
        last = self.readings[-1]
        return replace(locate(last.places, path), path=join(last.under, path))


def faults_of_all(base: Effective, environments: Mapping[str, Effective]) -> Iterator[Fault]:
    """What the base lacks is only worth a warning if every environment makes up for it."""
    without = dict.fromkeys(base.shortcomings())
    found = {name: dict.fromkeys(effective.shortcomings()) for name, effective in environments.items()}
    for path, message in without:
        is_made_up = bool(found) and all((path, message) not in lacking for lacking in found.values())
        more = ", where no environment overrides it" if is_made_up else ""
        yield Fault(base.place(path), f"{message}{more}", is_warning=is_made_up)
    for name, lacking in found.items():
        for path, message in lacking:
            if (path, message) not in without:
                yield Fault(environments[name].overriding_place(path), message)


def overridable(kind: KindDeclaration) -> Section:
    return Section(tuple(field for field in kind.section.fields if field.name not in kind.fixed))


def one_of_kinds(kinds: Mapping[str, KindDeclaration]) -> str:
    return f"the types are {', '.join(name for name, kind in kinds.items() if not kind.known_by)}"
