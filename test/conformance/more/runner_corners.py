# rule: a Runner: its loop before the first run, a run inside a run, an error, leftovers between runs, close cancels them, nothing afterwards
import asyncio

async def background():
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError:
        print("background cancelled")
        raise

keep = []
async def first():
    keep.append(asyncio.create_task(background()))
    await asyncio.sleep(0)
    return "first"

async def second():
    print("background alive", int(not keep[0].done()))
    c = first()
    try:
        asyncio.run(c)
    except RuntimeError:
        print("run inside: RuntimeError")
        c.close()
    raise ValueError("second")

runner = asyncio.Runner()
loop = runner.get_loop()
print("same loop", int(runner.get_loop() is loop), int(loop.is_running()))
print(runner.run(first()))
try:
    runner.run(second())
except ValueError as e:
    print("ValueError", e)
runner.close()
runner.close()
print("closed", int(loop.is_closed()), int(keep[0].cancelled()))
c = first()
for f in (runner.get_loop, lambda: runner.run(c)):
    try:
        f()
    except RuntimeError:
        print("RuntimeError")
c.close()
with asyncio.Runner() as unused:
    pass
print("unused runner")
