# rule: call_soon_threadsafe from the loop's own thread takes its place in the one FIFO; from another thread calls keep their order; handles cancelled late
import asyncio, threading

async def main():
    loop = asyncio.get_running_loop()
    def say(text): print(text)
    loop.call_soon(say, "1 soon")
    loop.call_soon_threadsafe(say, "2 threadsafe")
    loop.call_soon(say, "3 soon")
    asyncio.create_task(coroutine("4 task"))
    loop.call_soon_threadsafe(say, "5 threadsafe")
    await asyncio.sleep(0)
    print("turn")
    def inside():
        loop.call_soon_threadsafe(say, "from a callback")
        loop.call_soon(say, "after it")
    loop.call_soon(inside)
    await asyncio.sleep(0)
    print("not yet")
    await asyncio.sleep(0)
    def many():
        for i in range(5):
            loop.call_soon_threadsafe(say, f"other thread {i}")
    t = threading.Thread(target=many)
    t.start()
    t.join()
    loop.call_soon(say, "mine comes after")
    await asyncio.sleep(0.01)
    h = loop.call_soon(say, "handle ran")
    await asyncio.sleep(0)
    h.cancel()
    print("cancelled late", int(h.cancelled()))
    def cancels_itself():
        box[0].cancel()
        print("ran, then cancelled", int(box[0].cancelled()))
    box = [loop.call_later(0, cancels_itself)]
    await asyncio.sleep(0.005)

async def coroutine(text):
    print(text)

asyncio.run(main())
