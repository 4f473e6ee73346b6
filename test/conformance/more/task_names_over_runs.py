# rule: automatic task names count up over the runs of a process, with the tasks that run() itself makes; a name that was given does not count
import asyncio

async def leaf():
    return asyncio.current_task().get_name()

async def main(label):
    print(label, asyncio.current_task().get_name())
    named = asyncio.create_task(leaf(), name="given")
    print(await named, await asyncio.create_task(leaf()), await asyncio.gather(leaf(), leaf()))
    print(await asyncio.wait_for(leaf(), 1))
    t = asyncio.create_task(leaf())
    t.set_name("changed")
    print(await t)

asyncio.run(main("first"))
asyncio.run(main("second"))
with asyncio.Runner() as runner:
    runner.run(main("third"))
    runner.run(main("fourth"))
