"""Random reads of 4 KiB from a file that the kernel has cached, 32 at a time; CPU time of all threads."""
import dataclasses
import os
import tempfile

from . import measure

MIB = 64
READS = 500000


def files(rows, settings, peers):
    limit = [dataclasses.replace(c, name=name, command=(*c.command, mode)) for c in peers.program("limit_files", "plain C", "limit")
             for name, mode in (("raw io_uring", "uring"), ("one pread after the other", "pread"), ("four threads in C", "threads"))]
    node = [dataclasses.replace(c, share=0.2) for c in peers.script("node", "files.js", "node")]
    taking_part = limit + peers.coil("files") + peers.program("peer_files_libuv", "libuv", "peer") + peers.go("files") + node
    with tempfile.NamedTemporaryFile(dir=peers.bin) as file:
        for _ in range(MIB):
            file.write(os.urandom(1 << 20))
        file.flush()
        os.environ["BENCH_FILE"] = file.name
        measure.contest(rows, settings, "files", "read 4 KiB, 32 at a time", READS, taking_part, "us")
