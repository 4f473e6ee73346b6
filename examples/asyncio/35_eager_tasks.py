# python: 3.12
import asyncio

cache = {}


async def look_up(key):
    if key in cache:
        print(f"{key}: {cache[key]}, from the cache")
        return
    print(f"{key}: asking")
    await asyncio.sleep(1)
    cache[key] = len(key)
    print(f"{key}: {cache[key]}")


async def look_up_all(title):
    print(f"-- {title}")
    tasks = []
    for key in ("apple", "fig", "apple"):
        tasks.append(asyncio.create_task(look_up(key)))
        print(f"   {key}'s task is {'done' if tasks[-1].done() else 'not done'}")
    for task in tasks:
        await task


async def main():
    await look_up_all("a task begins in the next turn")
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    await look_up_all("an eager one at once: what need not wait is done when it was created")
    cache.clear()
    await look_up_all("up to its first suspension")


asyncio.run(main())
