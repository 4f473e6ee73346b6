# clock: real
import asyncio


async def add(a, b):
    await asyncio.sleep(0.05)
    return a + b


def ask_the_loop(loop):
    return asyncio.run_coroutine_threadsafe(add(3, 4), loop).result()


async def threadsafe():
    total = await asyncio.to_thread(ask_the_loop, asyncio.get_running_loop())
    print(f"The thread got {total}")


asyncio.run(threadsafe())
