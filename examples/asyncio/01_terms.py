import asyncio


def plain_function(word):
    print(f"A plain function runs at once: {word}")


async def async_function(word):
    print(f"An async function begins: {word}")
    await asyncio.sleep(0.1)
    return word


async def await_future():
    future = asyncio.get_running_loop().create_future()
    print(f"The future is done: {'yes' if future.done() else 'no'}")
    future.set_result("a result")
    print(f"The future gave {await future}")


async def terms():
    plain_function("hello")
    await await_future()

    coroutine = async_function("coroutine object")
    print("Nothing has run yet")
    print(f"The coroutine gave {await coroutine}")

    task = asyncio.create_task(async_function("task"))
    print("The task is queued")
    print(f"The task gave {await task}")


asyncio.run(terms())
