# rule: shields: two of one task, one cancelled; an inner error after the shield was cancelled is not reported; a done task; the message
import asyncio

async def work(n, error=None):
    await asyncio.sleep(0.02)
    if error:
        raise ValueError(error)
    return n

async def holder(name, t):
    try:
        print(name, "got", await asyncio.shield(t))
    except asyncio.CancelledError as e:
        print(name, "cancelled", e)
        raise

async def main():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda l, c: print("reported:", c["message"]))
    t = asyncio.create_task(work(1))
    a, b = asyncio.create_task(holder("a", t)), asyncio.create_task(holder("b", t))
    await asyncio.sleep(0)
    a.cancel("only a")
    await asyncio.wait([a, b])
    print("inner", t.result(), int(a.cancelled()), int(b.cancelled()))
    print("done at once", await asyncio.shield(t))
    t = asyncio.create_task(work(2, "late"))
    c = asyncio.create_task(holder("c", t))
    await asyncio.sleep(0)
    c.cancel()
    await asyncio.wait([c, t])
    del t, c
    await asyncio.sleep(0)
    print("end")

asyncio.run(main())
