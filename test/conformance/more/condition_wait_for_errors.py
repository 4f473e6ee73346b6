# rule: condition.wait_for: a predicate that is true at once does not suspend; one that fails ends the wait with the lock held; two conditions on one lock
import asyncio

async def main():
    lock = asyncio.Lock()
    one, two = asyncio.Condition(lock), asyncio.Condition(lock)
    state = {"n": 0}

    def bad():
        if state["n"] > 1:
            raise ValueError("predicate")
        return False

    async def waits_one():
        async with one:
            print("one", await one.wait_for(lambda: state["n"]))
    async def waits_two():
        async with two:
            try:
                await two.wait_for(bad)
            except ValueError as e:
                print("two", e, int(lock.locked()))
    tasks = [asyncio.create_task(waits_one()), asyncio.create_task(waits_two())]
    await asyncio.sleep(0)
    for n in (1, 2):
        async with lock:
            state["n"] = n
            one.notify_all()
            two.notify_all()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    async with one:
        print("at once", await one.wait_for(lambda: 7))
    print(int(lock.locked()))
    try:
        await one.wait()
    except RuntimeError:
        print("RuntimeError")

asyncio.run(main())
