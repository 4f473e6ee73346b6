"""An asyncio loop whose time jumps to the next deadline instead of passing.

    python3 virtual_clock.py PROGRAM.py     runs a program, its asyncio.run() on such a loop

The Python side of COIL_CLOCK=virtual: 3 seconds of sleep take none, and coil_time()'s twin, loop.time(), still says 3.
Only for programs that wait for nothing but time: no threads, no sockets.
"""
import asyncio
import runpy
import sys


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        super().__init__()
        self._now = 1000.0  # anywhere, as on the real clock

    def time(self):
        return self._now

    def _run_once(self):
        deadlines = [handle.when() for handle in self._scheduled if not handle.cancelled()]
        if not self._ready and deadlines:
            self._now = max(self._now, min(deadlines))
        super()._run_once()


if __name__ == "__main__":
    asyncio.events.new_event_loop = VirtualLoop
    program = sys.argv[1]
    sys.argv[:] = [program]
    runpy.run_path(program, run_name="__main__")
