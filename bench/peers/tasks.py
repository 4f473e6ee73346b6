"""A peer: tasks, hand-overs, timers and offloading in asyncio. `tasks.py [uvloop] WHAT N` does WHAT N times and prints wall and CPU seconds."""
import asyncio
import concurrent.futures
import json
import os
import resource
import sys
import time

LACKS = 77


def nothing():
    pass


def yields(count):
    async def yielder(rounds):
        for _ in range(rounds):
            await asyncio.sleep(0)

    async def run(n):
        tasks = [asyncio.create_task(yielder(n // count)) for _ in range(count)]
        for task in tasks:
            await task
    return run


async def spawn(n):
    async def empty():
        pass
    for _ in range(n):
        await asyncio.create_task(empty())


async def event(n):
    ping, pong = asyncio.Event(), asyncio.Event()

    async def rounds():
        for _ in range(n // 2):
            ping.set()
            await pong.wait()
            pong.clear()

    async def partner():
        for _ in range(n // 2):
            await ping.wait()
            ping.clear()
            pong.set()
    await asyncio.gather(rounds(), partner())


async def semaphore(n):
    full, empty = asyncio.Semaphore(0), asyncio.Semaphore(0)

    async def rounds():
        for _ in range(n // 2):
            full.release()
            await empty.acquire()

    async def partner():
        for _ in range(n // 2):
            await full.acquire()
            empty.release()
    await asyncio.gather(rounds(), partner())


async def lock(n):
    held = asyncio.Lock()

    async def rounds():
        for _ in range(n // 2):
            await held.acquire()
            await asyncio.sleep(0)
            held.release()
    await asyncio.gather(rounds(), rounds())


async def queue(n):
    items = asyncio.Queue(1)

    async def rounds():
        for i in range(n):
            await items.put(i)

    async def partner():
        for _ in range(n):
            await items.get()
    await asyncio.gather(rounds(), partner())


async def generator(n):
    async def count():
        for i in range(n):
            yield i
    async for _ in count():
        pass


def timers(grain):
    async def run(n):
        loop, left, over = asyncio.get_running_loop(), n, asyncio.Event()

        def fires():
            nonlocal left
            left -= 1
            if left == 0:
                over.set()
        state, start, mask = 88172645463325252, loop.time(), (1 << 64) - 1
        for _ in range(n):
            state ^= state << 13 & mask
            state ^= state >> 7
            state ^= state << 17 & mask
            delay = (state >> 11) / (1 << 53)
            if grain:
                delay = delay // grain * grain
            loop.call_at(start + delay, fires)
        await over.wait()
    return run


async def thread(n):
    for _ in range(n):
        await asyncio.to_thread(nothing)


async def process(n):
    loop = asyncio.get_running_loop()
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        await loop.run_in_executor(pool, nothing)
        for _ in range(n):
            await loop.run_in_executor(pool, nothing)


def resident():
    with open("/proc/self/status", encoding="ascii") as status:
        return sum(int(line.split()[1]) for line in status if line.startswith(("VmRSS:", "VmPTE:")))


async def parked(n):
    stop, before = asyncio.get_running_loop().create_future(), resident()

    async def wait():
        await stop
    tasks = [asyncio.create_task(wait()) for _ in range(n)]
    await asyncio.sleep(0)
    print(json.dumps({"kib": resident() - before}), flush=True)
    stop.set_result(None)
    await asyncio.wait(tasks)


KNOWN = {"yield, 2 tasks": yields(2), "yield, 1,000 tasks": yields(1000), "yield, 10,000 tasks": yields(10000),
         "start and join a task": spawn, "event": event, "semaphore": semaphore, "lock and yield": lock,
         "queue of one place": queue, "next of a generator": generator, "timer, exact": timers(0), "timer, grain of 1 ms": timers(0.001),
         "thread": thread, "process": process, "parked": parked}


def cpu():
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


async def main(what, n):
    wall, used = time.perf_counter(), cpu()
    await KNOWN[what](n)
    print(json.dumps({"wall": time.perf_counter() - wall, "cpu": cpu() - used}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "uvloop":
        import uvloop
        uvloop.install()
    if sys.argv[-2] not in KNOWN:
        os._exit(LACKS)
    asyncio.run(main(sys.argv[-2], int(sys.argv[-1])))
