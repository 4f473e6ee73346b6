# rule: of several cancel() calls the first one's message reaches a waiting task, the last one's a task that did not start; uncancel in between
import asyncio

async def child(name):
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError as e:
        print(name, "first", e)
        try:
            await asyncio.sleep(0)
            print(name, "went on")
        except asyncio.CancelledError as e:
            print(name, "again", e)
        raise

async def outcome(name, t):
    try:
        await t
    except asyncio.CancelledError as e:
        print(name, "outcome", e)

async def main():
    a = asyncio.create_task(child("a"))
    await asyncio.sleep(0)
    print(int(a.cancel("one")), int(a.cancel("two")), a.cancelling())
    await outcome("a", a)
    b = asyncio.create_task(child("b"))
    print(int(b.cancel("one")), int(b.cancel("two")), b.cancelling())
    await outcome("b", b)
    c = asyncio.create_task(child("c"))
    c.cancel("one")
    c.cancel("two")
    print(c.uncancel())
    await outcome("c", c)
    d = asyncio.create_task(child("d"))
    await asyncio.sleep(0)
    d.cancel("one")
    print(d.uncancel())
    await outcome("d", d)
    print(int(d.cancel("late")), d.cancelling(), d.uncancel(), d.uncancel())

asyncio.run(main())
