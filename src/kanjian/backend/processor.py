"""What the processor of this machine can do."""

import contextlib
from functools import cache
from pathlib import Path


@cache
def cpu_features() -> frozenset[str]:
    """Instruction sets of this processor that decide precision; empty where not told.

    Example:
        >>> cpu_features() <= {"avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16"}
        True
    """
    flags: set[str] = set()
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("flags"):
                flags = set(line.split(":", 1)[1].split())
                break
    return frozenset(flags & {"avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16"})
