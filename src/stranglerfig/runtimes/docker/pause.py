"""The image of the container that holds a task's network: one program of a few bytes that sleeps for ever.

It is made here, since no registry may be in reach, and in fig's own image nothing can be out of date.
"""

from __future__ import annotations

import hashlib
import io
import struct
import tarfile

#: what the engine calls its machine: the ELF number of it, and "sleep; once more"
MACHINES = {
    # again: mov eax, 34 (pause); syscall; jmp again
    "x86_64": (62, bytes.fromhex("b822000000 0f05 ebf7".replace(" ", ""))),
    # again: mov x8, 73 (ppoll); mov x0..x4, 0; svc 0; b again
    "aarch64": (
        183,
        struct.pack(
            "<8I", 0xD2800928, 0xD2800000, 0xD2800001, 0xD2800002, 0xD2800003, 0xD2800004, 0xD4000001, 0x17FFFFF9
        ),
    ),
}
BASE = 0x400000
ELF_HEADER = 64
PROGRAM_HEADER = 56


def knows(machine: str) -> bool:
    return machine in MACHINES


def render_program(machine: str) -> bytes:
    number, code = MACHINES[machine]
    entry = ELF_HEADER + PROGRAM_HEADER
    size = entry + len(code)
    ident = b"\x7fELF" + bytes((2, 1, 1)) + bytes(9)
    header = struct.pack("<HHIQQQIHHHHHH", 2, number, 1, BASE + entry, ELF_HEADER, 0, 0, 64, 56, 1, 0, 0, 0)
    # Readable and executable, loaded from the start of the file.
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, BASE, BASE, size, size, 0x1000)
    return ident + header + segment + code


def render_layer(machine: str) -> bytes:
    """A tar archive, the same bytes every time."""
    program = render_program(machine)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("pause")
        entry.size, entry.mode = len(program), 0o755
        archive.addfile(entry, io.BytesIO(program))
    return packed.getvalue()


def to_reference(machine: str) -> str:
    """Named after its contents: one that is there is the right one."""
    return f"stranglerfig/pause:{hashlib.sha256(render_program(machine)).hexdigest()[:12]}"
