# rule: how many turns of the loop each way of waiting takes
import asyncio

turns = 0

async def nothing(): pass
async def yields(n=1):
    for _ in range(n):
        await asyncio.sleep(0)
async def fails():
    raise ValueError

async def main():
    loop = asyncio.get_running_loop()
    def tick():
        global turns
        turns += 1
        loop.call_soon(tick)
    loop.call_soon(tick)
    async def measure(label, aw):
        before = turns
        try:
            await aw
        except (ValueError, TimeoutError, asyncio.CancelledError, ExceptionGroup):
            pass
        print(label, turns - before)
    new = asyncio.create_task
    await measure("sleep(0)", asyncio.sleep(0))
    await measure("sleep(-1)", asyncio.sleep(-1))
    await measure("direct call", nothing())
    await measure("task", new(nothing()))
    await measure("task that yields", new(yields(2)))
    await measure("failing task", new(fails()))
    f = loop.create_future(); f.set_result(1)
    await measure("done future", f)
    f = loop.create_future(); loop.call_soon(f.set_result, 1)
    await measure("future set by a callback", f)
    await measure("gather()", asyncio.gather())
    await measure("gather 1", asyncio.gather(nothing()))
    await measure("gather 2", asyncio.gather(nothing(), yields(2)))
    await measure("gather of a gather", asyncio.gather(asyncio.gather(nothing()), nothing()))
    await measure("gather failing", asyncio.gather(fails(), yields(3)))
    f = loop.create_future(); f.set_result(1)
    await measure("gather of a done future", asyncio.gather(f))
    await measure("wait", asyncio.wait([new(nothing()), new(yields())]))
    await measure("wait first", asyncio.wait([new(nothing()), new(yields(3))], return_when="FIRST_COMPLETED"))
    t = new(nothing()); await t
    await measure("wait of a done one", asyncio.wait([t]))
    await measure("wait timeout 0", asyncio.wait([new(yields(1))], timeout=0))
    await measure("wait_for coroutine", asyncio.wait_for(nothing(), 1))
    await measure("wait_for yields", asyncio.wait_for(yields(2), 1))
    await measure("wait_for task", asyncio.wait_for(new(nothing()), 1))
    await measure("wait_for 0", asyncio.wait_for(nothing(), 0))
    await measure("wait_for 0 of a task", asyncio.wait_for(new(yields(1)), 0))
    await measure("shield of a task", asyncio.shield(new(nothing())))
    await measure("shield of a coroutine", asyncio.shield(yields()))
    async def group(*coros):
        async with asyncio.TaskGroup() as g:
            for c in coros:
                g.create_task(c)
    await measure("empty group", group())
    await measure("group 1", group(nothing()))
    await measure("group 2", group(nothing(), yields(2)))
    await measure("group failing", group(fails(), yields(3)))
    async def cancelled(t, n):
        await yields(n)
        t.cancel()
        await t
    await measure("cancel before the start", cancelled(new(yields()), 0))
    await measure("cancel a sleeper", cancelled(new(asyncio.sleep(5)), 1))
    async def in_gather():
        await asyncio.gather(asyncio.sleep(5), asyncio.sleep(5))
    await measure("cancel a gather", cancelled(new(in_gather()), 2))
    await measure("cancel a group", cancelled(new(group(asyncio.sleep(5))), 2))
    async def in_shield():
        await asyncio.shield(inner)
    inner = new(asyncio.sleep(0.05))
    await measure("cancel a shield", cancelled(new(in_shield()), 2))
    async def limited():
        async with asyncio.timeout(0):
            await asyncio.sleep(5)
    await measure("timeout(0)", limited())
    done = 0
    async def completed(*tasks):
        async for t in asyncio.as_completed(tasks):
            await t
    await measure("as_completed", completed(new(yields(1)), new(nothing())))

    lock, event, cond, sem, barrier = asyncio.Lock(), asyncio.Event(), asyncio.Condition(), asyncio.Semaphore(0), asyncio.Barrier(2)
    await measure("free lock", lock.acquire())
    loop.call_soon(lock.release)
    await measure("lock handed over", lock.acquire())
    loop.call_soon(event.set)
    await measure("event", event.wait())
    await measure("event that is set", event.wait())
    loop.call_soon(sem.release)
    await measure("semaphore", sem.acquire())
    async def waits():
        async with cond:
            await cond.wait()
    async def notifies():
        async with cond:
            cond.notify()
    w = new(waits()); await yields()
    await measure("notify", notifies())
    await measure("condition", w)
    p = new(barrier.wait()); await yields()
    await measure("last at the barrier", barrier.wait())
    await measure("first at the barrier", p)
    q = asyncio.Queue(1)
    loop.call_soon(q.put_nowait, 1)
    await measure("get", q.get())
    await measure("put", q.put(1))
    loop.call_soon(q.get_nowait)
    await measure("put when full", q.put(2))
    q.task_done(); q.task_done()
    loop.call_soon(q.task_done)
    await measure("join", q.join())
    g = new(q.get()); await g
    g = new(q.get()); await yields()
    q.shutdown()
    await measure("shutdown", asyncio.wait([g]))
    g.exception()

asyncio.run(main())
