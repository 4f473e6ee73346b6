# rule: callbacks added to a done task run in the next turn; a callback may add callbacks and cancel tasks; order of all
import asyncio

async def work(name):
    print("work", name)
    return name

async def awaiter(name, t):
    print("awaiter", name, await t)

async def main():
    t = asyncio.create_task(work("w"))
    t.add_done_callback(lambda t: print("callback 1", t.result()))
    a = asyncio.create_task(awaiter("a", t))
    await asyncio.sleep(0)
    t.add_done_callback(lambda t: print("callback 2"))
    print("main turn 1", int(t.done()))
    await asyncio.sleep(0)
    print("main turn 2")

    victim = asyncio.create_task(asyncio.sleep(5))
    def last(t):
        print("cancels", int(victim.cancel()), int(victim.done()))
        t.add_done_callback(lambda t: print("added in a callback"))
        print("removed", t.remove_done_callback(last))
    t.add_done_callback(last)
    await asyncio.sleep(0)
    print("main turn 3", int(victim.done()))
    await asyncio.sleep(0)
    print("main turn 4", int(victim.cancelled()))
    await a

asyncio.run(main())
