# rule: wait_for: nested limits, limits of zero and less, a done task, a task that is being cancelled, an error beside the limit
import asyncio

async def value(n, seconds=0.0):
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        print("value", n, "cancelled")
        raise
    return n

async def attempt(label, aw):
    try:
        print(label, await aw)
    except (TimeoutError, ValueError, asyncio.CancelledError) as e:
        print(label, type(e).__name__, asyncio.current_task().cancelling())

async def cleanup_error():
    try:
        await asyncio.sleep(5)
    finally:
        raise ValueError("cleanup")

async def main():
    await attempt("inner limit", asyncio.wait_for(asyncio.wait_for(value(1, 5), 0.01), 5))
    await attempt("outer limit", asyncio.wait_for(asyncio.wait_for(value(2, 5), 5), 0.01))
    await attempt("negative", asyncio.wait_for(value(3, 5), -1))
    t = asyncio.create_task(value(4))
    await t
    await attempt("done task", asyncio.wait_for(t, 0))
    t = asyncio.create_task(value(5, 5))
    await attempt("zero on a task", asyncio.wait_for(t, 0))
    print("cancelled", int(t.cancelled()))
    t = asyncio.create_task(value(6, 5))
    await asyncio.sleep(0)
    t.cancel()
    await attempt("cancelled task", asyncio.wait_for(t, 1))
    await attempt("error", asyncio.wait_for(cleanup_error(), 0.01))
    f = asyncio.get_running_loop().create_future()
    await attempt("future", asyncio.wait_for(f, 0.01))
    print("future cancelled", int(f.cancelled()))

asyncio.run(main())
