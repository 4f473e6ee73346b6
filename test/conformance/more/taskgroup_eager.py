# rule: a group's eager task that fails at once: the body goes on to its next suspension, is cancelled there, and the group refuses further tasks
import asyncio

async def quick(n):
    print("quick", n)
    return n

async def fails():
    print("fails")
    raise ValueError("at once")

async def never():
    print("never runs")

async def main():
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    async with asyncio.TaskGroup() as g:
        t = g.create_task(quick(1))
        print("done", int(t.done()), t.result())
    try:
        async with asyncio.TaskGroup() as g:
            g.create_task(quick(2))
            t = g.create_task(fails())
            print("body goes on", int(t.done()))
            c = never()
            try:
                g.create_task(c)
            except RuntimeError:
                print("refused")
            try:
                await asyncio.sleep(5)
            except asyncio.CancelledError:
                print("body cancelled")
                raise
    except* ValueError as e:
        print("group", *e.exceptions)

asyncio.run(main())
