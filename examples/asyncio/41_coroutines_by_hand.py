import asyncio
import types


async def add(a, b):
    print("adding")
    await asyncio.sleep(0)  # a bare yield: it needs no loop
    return a + b


@types.coroutine
def ask(question):
    """An awaitable of one's own: the question goes to whoever drives, the answer comes back."""
    answer = yield question
    return answer


async def introduce():
    name = await ask("Your name?")
    town = await ask("Your town?")
    return f"{name} of {town}"


async def guarded(future):
    try:
        return await future
    except ValueError as error:
        print("caught", error)
        return "a default"
    finally:
        print("cleaning up")


def drive(coroutine, *answers):
    """What a task does, in a few lines."""
    try:
        question = coroutine.send(None)
        for answer in answers:
            print(question, answer)
            question = coroutine.send(answer)
    except StopIteration as end:
        return end.value


c = add(1, 2)
print("created, nothing has run")
c.send(None)
print("suspended")
try:
    c.send(None)
except StopIteration as end:
    print("result", end.value)
try:
    c.send(None)
except RuntimeError as error:
    print("once more:", error)

print(drive(introduce(), "Ada", "London"))


async def main():
    future = asyncio.get_running_loop().create_future()
    c = guarded(future)
    print("awaits the future:", c.send(None) is future)
    future.set_result("a result")
    try:
        c.send(None)
    except StopIteration as end:
        print(end.value)

    future = asyncio.get_running_loop().create_future()
    c = guarded(future)
    c.send(None)
    try:
        c.throw(ValueError("from outside"))
    except StopIteration as end:
        print(end.value, "and the future is done:", future.done())

    c = guarded(asyncio.get_running_loop().create_future())
    c.send(None)
    c.close()
    print("closed")

    c = add(3, 4)
    print(await c)
    try:
        await c
    except RuntimeError as error:
        print("once more:", error)


asyncio.run(main())
