# rule: executor: queued jobs cancelled in a pool of one, the order of the others; results of done futures; to_thread carries context, run_in_executor does not; an error
import asyncio, concurrent.futures, contextvars, threading, time

var = contextvars.ContextVar("var", default="none")
ran = []

def job(n, seconds=0.0):
    time.sleep(seconds)
    ran.append(n)
    return n

def see():
    return var.get()

def fails():
    raise ValueError("in the job")

async def main():
    loop = asyncio.get_running_loop()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        fs = [loop.run_in_executor(pool, job, n, 0.03) for n in range(4)]
        await asyncio.sleep(0.01)
        print([int(f.cancel()) for f in fs[:3:2]], [int(f.done()) for f in fs])
        for f in fs:
            try:
                print("result", await f)
            except asyncio.CancelledError:
                print("cancelled")
        await asyncio.sleep(0.01)
        print("ran", sorted(ran))
        f = loop.run_in_executor(pool, fails)
        try:
            await f
        except ValueError as e:
            print("ValueError", e, int(f.done()), int(f.cancelled()))
    var.set("main")
    print(await asyncio.to_thread(see), await loop.run_in_executor(None, see))
    print(await asyncio.gather(asyncio.to_thread(job, 10, 0.02), asyncio.to_thread(job, 11)))
    main_thread = threading.get_ident()
    print(int(await asyncio.to_thread(threading.get_ident) != main_thread))

asyncio.run(main())
