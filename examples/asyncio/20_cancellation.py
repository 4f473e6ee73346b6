import asyncio


async def patient_work():
    try:
        step = 0
        while True:
            await asyncio.sleep(1)
            step += 1
            print(f"Step {step} is done")
    except asyncio.CancelledError:
        print("Cancelled: putting the tools away")
        await asyncio.sleep(1)
        print("The tools are away")
        raise


async def cancellation():
    task = asyncio.create_task(patient_work())
    await asyncio.sleep(2.5)
    task.cancel()
    print(f"A request, nothing more: done is {int(task.done())}")
    try:
        await task
    except asyncio.CancelledError:
        print("The task was cancelled")


asyncio.run(cancellation())
