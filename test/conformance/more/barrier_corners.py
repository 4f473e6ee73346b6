# rule: barrier: one party; arrivals while it drains wait for the next phase; abort with nobody there; reset of a broken one; a limit on wait
import asyncio

async def party(name, b, rounds=1):
    for r in range(rounds):
        try:
            i = await b.wait()
            print(name, r, "index", i)
        except asyncio.BrokenBarrierError:
            print(name, r, "broken", int(b.broken))

async def main():
    one = asyncio.Barrier(1)
    print("alone", await one.wait(), one.n_waiting)
    for n in (0, -1):
        try:
            asyncio.Barrier(n)
        except ValueError:
            print("ValueError")
    b = asyncio.Barrier(2)
    tasks = [asyncio.create_task(party(n, b, r)) for n, r in (("a", 2), ("b", 1), ("c", 1))]
    await asyncio.wait(tasks)
    print("waiting", b.n_waiting, b.parties)
    t = asyncio.create_task(party("d", b))
    await asyncio.sleep(0)
    print("waiting", b.n_waiting)
    await b.abort()
    await t
    await party("e", b)
    await b.reset()
    print("broken", int(b.broken), b.n_waiting)
    try:
        await asyncio.wait_for(b.wait(), 0.01)
    except TimeoutError:
        print("TimeoutError", b.n_waiting, int(b.broken))
    await asyncio.gather(party("f", b), party("g", b))
    await b.abort()
    print("broken", int(b.broken))

asyncio.run(main())
