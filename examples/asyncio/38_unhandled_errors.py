import asyncio


class Trouble(Exception):
    pass


def report(loop, context):
    print(f"Nobody handled: {context['exception']}")


def callback():
    raise Trouble("a callback failed")


async def fails():
    raise Trouble("a task failed")


async def fails_later():
    await asyncio.sleep(1)
    raise Trouble("a task that is awaited failed")


async def main():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(report)
    loop.call_soon(callback)
    asyncio.create_task(fails())
    await asyncio.sleep(0.1)
    try:
        await asyncio.create_task(fails_later())
    except Trouble as trouble:
        print(f"Handled: {trouble}")
    print("The loop went on all the while")


asyncio.run(main())
