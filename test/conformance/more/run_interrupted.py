# rule: SIGINT: a main that waits in a group, in a shield, under a limit; cleanup that fails; leftovers after it; a run after an interrupted run
import asyncio, os, signal

def interrupt():
    os.kill(os.getpid(), signal.SIGINT)

async def child():
    try:
        await asyncio.sleep(5)
    finally:
        print("child cancelled")

async def in_group():
    asyncio.get_running_loop().call_later(0.01, interrupt)
    async with asyncio.TaskGroup() as g:
        g.create_task(child())
    print("never")

async def in_shield():
    asyncio.get_running_loop().call_later(0.01, interrupt)
    try:
        await asyncio.shield(asyncio.create_task(child()))
    finally:
        print("shield left")

async def under_limit():
    asyncio.get_running_loop().call_later(0.01, interrupt)
    async with asyncio.timeout(5):
        await asyncio.sleep(5)

async def cleanup_fails():
    asyncio.get_running_loop().call_later(0.01, interrupt)
    try:
        await asyncio.sleep(5)
    finally:
        raise ValueError("cleanup")

async def goes_on():
    asyncio.get_running_loop().call_later(0.01, interrupt)
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError:
        print("swallowed", asyncio.current_task().uncancel())
    await asyncio.sleep(0.01)
    return "value"

for f in in_group, in_shield, under_limit, cleanup_fails, goes_on:
    try:
        print(f.__name__, asyncio.run(f()))
    except KeyboardInterrupt:
        print(f.__name__, "KeyboardInterrupt")
    except ValueError as e:
        print(f.__name__, "ValueError", e)
