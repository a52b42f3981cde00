"""What decoding finds besides values: places, faults, and which values could not be read. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from stranglerfig.manifest.nearest import field_names, hint_for_key, nearest
from stranglerfig.manifest.nodes import Entry
from stranglerfig.manifest.paths import join, upwards
from stranglerfig.manifest.problems import MOST, Fault, Place
from stranglerfig.manifest.schema import Section

Places = dict[str, Place]


@dataclass(slots=True)
class Reading:
    """``root`` is the whole manifest's section, for hints; ``under`` stands before paths in the file.

    ``places`` has the path of each value that was given. Paths in ``broken`` could not be read: what is said about
    them beyond that would mislead, and about those in ``around`` them too.
    """

    root: Section
    under: str = ""
    is_lenient: bool = False
    faults: list[Fault] = field(default_factory=list)
    places: Places = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    around: set[str] = field(default_factory=set)

    def fork(self) -> Reading:
        """For a try that may be given up."""
        return Reading(self.root, self.under, self.is_lenient)

    def absorb(self, other: Reading) -> None:
        self.faults += other.faults
        self.places |= other.places
        self.broken |= other.broken
        self.around |= other.around

    @property
    def cost(self) -> tuple[int, int]:
        warnings = sum(fault.is_warning for fault in self.faults)
        return len(self.faults) - warnings, warnings

    def place(self, path: str, line: int, column: int) -> Place:
        return Place(line, column, join(self.under, path))

    def fault(self, path: str, place: Place, message: str, hint: str | None = None) -> None:
        self.doubt(path)
        self.faults.append(Fault(place, message, hint))

    def unknown_key(self, entry: Entry, path: str, section: Section) -> None:
        hint = None
        # Looking for near names takes long; nobody reads a hundred hints.
        if len(self.faults) < MOST:
            hint = hint_for_key(entry.key[:MOST], path, section, self.root)
            meant = nearest(entry.key[:MOST], field_names(section))
            if meant is not None and not self.is_lenient:
                self.doubt(join(path, meant))
        place = self.place(join(path, entry.key[:MOST]), entry.line, entry.column)
        message = "is not a known field"
        self.faults.append(
            Fault(place, f"{message}, and has no effect" if self.is_lenient else message, hint, self.is_lenient)
        )

    def doubt(self, path: str) -> None:
        self.broken.add(path)
        self.around.update(upwards(path))

    def is_doubtful(self, path: str) -> bool:
        """A path that holds, or is in, what could not be read."""
        return path in self.around or any(outer in self.broken for outer in upwards(path))


def locate(places: Places, path: str) -> Place:
    """The place of a value, or of the nearest thing around it."""
    return next((places[outer] for outer in upwards(path) if outer in places), Place(1, 1, path))
