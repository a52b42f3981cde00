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
from stranglerfig.manifest.schema import KindDeclaration, Section
from stranglerfig.manifest.source import read_source

ENVIRONMENTS = "environments"


@dataclass(frozen=True, slots=True)
class Loaded:
    """``body`` is the effective manifest; durations are seconds, alternatives stand in the form they were written in.

    ``given`` has the path of each value that the file gives, ``places`` where. ``environments`` are those that the
    manifest has overrides for.
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


@dataclass(slots=True)
class Loading:
    request: Request
    faults: list[Fault]

    def load(self, root: Node) -> Loaded | None:
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
        effective = Effective(kind, body, base)
        chosen = overrides.get(env) if env is not None else None
        body, places = self.finish(effective, chosen)
        if env is None:
            for override in overrides.values():
                self.finish(effective, override)
        given = frozenset(places) - {""}
        return Loaded(self.request.file, kind, body, places, given, tuple(overrides), ())

    def overrides(self, entry: Entry, kind: KindDeclaration) -> Iterator[tuple[str, Override]]:
        """Each environment's, checked against the fields that it may have."""
        if isinstance(entry.value, ScalarNode) and entry.value.is_null:
            return
        if not isinstance(entry.value, MapNode):
            where = Place(entry.line, entry.column, ENVIRONMENTS)
            self.fault(where, f"must be a mapping, but is {kind_of(entry.value)}")
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
        body = decode_section(node, overridable(kind), "", reading)
        self.faults += reading.faults
        return Override(body, reading)

    def finish(self, effective: Effective, override: Override | None) -> tuple[dict[str, object], Places]:
        """The effective body with its places; what it lacks is told, but never twice."""
        section, body, places = effective.kind.section, effective.body, effective.reading.places
        doubtful = [effective.reading]
        if override is not None:
            merged = merge(body, override.body, section)
            for path, one, other in merged.clashes:
                where = locate(override.reading.places, join(path, one))
                self.fault(where, f"must specify one, not both, of {one} and {other}")
            body, places = merged.body, merged.places(places, override.reading.places)
            doubtful.append(override.reading)
        body = section_with_defaults(body, section)
        for path, message in shortcomings(body, effective.kind):
            if any(reading.is_doubtful(path) for reading in doubtful):
                continue
            place = locate(places, path)
            shown = place if path in places else replace(place, path=path)
            fault = Fault(shown, message)
            if fault not in self.faults:
                self.faults.append(fault)
        return body, places

    def fault(self, place: Place, message: str, hint: str | None = None) -> None:
        self.faults.append(Fault(place, message, hint))


@dataclass(frozen=True, slots=True)
class Override:
    body: dict[str, object]
    reading: Reading


@dataclass(frozen=True, slots=True)
class Effective:
    kind: KindDeclaration
    body: dict[str, object]
    reading: Reading


def overridable(kind: KindDeclaration) -> Section:
    return Section(tuple(field for field in kind.section.fields if field.name not in kind.fixed))


def one_of_kinds(kinds: Mapping[str, KindDeclaration]) -> str:
    return f"the types are {', '.join(name for name, kind in kinds.items() if not kind.known_by)}"
