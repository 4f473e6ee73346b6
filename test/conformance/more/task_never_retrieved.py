# rule: which ways of looking at a task count as having seen its error, and which don't; a cancelled one is never reported
import asyncio, gc

async def bad(text):
    raise ValueError(text)

async def main():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda l, c: print("reported", c["message"], c["exception"]))
    async def settle():
        for _ in range(3):
            await asyncio.sleep(0)
    def end(label):
        gc.collect()
        print("--", label)
    t = asyncio.create_task(bad("nobody looks")); await settle(); del t; end("nothing")
    t = asyncio.create_task(bad("done()")); await settle(); t.done(); t.cancelled(); del t; end("done")
    t = asyncio.create_task(bad("exception()")); await settle(); t.exception(); del t; end("exception")
    t = asyncio.create_task(bad("wait")); await asyncio.wait([t]); del t; end("wait")
    t = asyncio.create_task(bad("gather")); await asyncio.gather(t, return_exceptions=True); del t; end("gather")
    t = asyncio.create_task(bad("wait_for"))
    try:
        await asyncio.wait_for(t, 1)
    except ValueError:
        pass
    del t; end("wait_for")
    t = asyncio.create_task(bad("callback")); t.add_done_callback(lambda t: print("callback runs")); await settle(); del t; end("callback")
    t = asyncio.create_task(asyncio.sleep(5)); await asyncio.sleep(0); t.cancel(); await settle(); del t; end("cancelled")
    async def outer():
        await asyncio.create_task(bad("inner"))
    t = asyncio.create_task(outer()); await settle(); await settle(); del t; end("awaited by one that nobody looks at")
    t = asyncio.create_task(bad("late")); await settle()
    a = asyncio.create_task(asyncio.wait([t])); await asyncio.sleep(0); a.cancel(); await settle(); del a
    try:
        await t
    except ValueError as e:
        print("await", e)
    del t
    end("awaited late")

asyncio.run(main())
