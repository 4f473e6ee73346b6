# rule: a process pool: an error travels with its message; results in order of the arguments; a cancelled future; the pool goes on after an error; a limit around a job
import asyncio, concurrent.futures, time

def square(n):
    if n < 0:
        raise ValueError(f"negative: {n}")
    return n * n

def slow(n):
    time.sleep(n / 100)
    return n

async def main():
    loop = asyncio.get_running_loop()
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        run = lambda f, *a: loop.run_in_executor(pool, f, *a)
        print(await asyncio.gather(*(run(square, n) for n in range(5))))
        try:
            await run(square, -3)
        except ValueError as e:
            print("ValueError", e)
        print(await asyncio.gather(run(square, 7), run(square, -1), run(square, 8), return_exceptions=True))
        print([await f for f in [run(slow, 3), run(slow, 1)]])
        try:
            await asyncio.wait_for(run(slow, 10), 0.02)
        except TimeoutError:
            print("TimeoutError")
        print(await run(square, 9))

if __name__ == "__main__":
    asyncio.run(main())
