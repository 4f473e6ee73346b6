import asyncio


async def callbacks():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_later(2, print, "after 2 seconds")
    loop.call_later(1, print, "after 1 second")
    loop.call_at(loop.time() + 1.5, print, "after 1.5 seconds")
    loop.call_soon(print, "soon")
    never = loop.call_soon(print, "never")
    never.cancel()
    print("Nothing has run yet")

    loop.call_later(3, future.set_result, "the result")
    print(f"The callback gave {await future}")


asyncio.run(callbacks())
