import asyncio
import contextvars

request = contextvars.ContextVar("request", default="none")


def log(text):
    print(f"[{request.get()}] {text}")


async def query(seconds):
    log("asks the database")
    await asyncio.sleep(seconds)
    log("has its answer")


async def handle(name, seconds):
    request.set(name)
    await query(seconds)


async def serve():
    await asyncio.gather(handle("first", 2), handle("second", 1))
    log("the tasks had contexts of their own")
    token = request.set("maintenance")
    await query(1)
    request.reset(token)
    log("is what it was")


asyncio.run(serve())
