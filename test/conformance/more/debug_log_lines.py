# rule: debug mode logs slow callbacks, timers and task steps at warning level, with the task's name; not below the limit, not when switched off; lost errors at error level
import asyncio, logging, re, time

class Lines(logging.Handler):
    def emit(self, record):
        text = record.getMessage()
        m = re.match(r"Executing <\w+( pending name='\w+')?|[^\n]*retrieved", text)
        if m:
            print(record.levelname, m[0], int(" took 0." in text and text.endswith("seconds")))

async def blocks(before, between):
    time.sleep(before)
    await asyncio.sleep(0)
    time.sleep(between)
    await asyncio.sleep(0)

async def bad():
    raise ValueError("lost")

async def main():
    loop = asyncio.get_running_loop()
    print("debug", int(loop.get_debug()), loop.slow_callback_duration)
    loop.slow_callback_duration = 0.03
    await asyncio.create_task(blocks(0.05, 0), name="first")
    await asyncio.create_task(blocks(0, 0.05), name="second")
    loop.call_soon(time.sleep, 0.05)
    await asyncio.sleep(0.001)
    loop.call_later(0, time.sleep, 0.05)
    await asyncio.sleep(0.001)
    loop.call_soon(time.sleep, 0.001)
    await asyncio.sleep(0.01)
    t = asyncio.create_task(bad(), name="lost")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del t
    loop.set_debug(False)
    loop.call_soon(time.sleep, 0.05)
    await asyncio.sleep(0.001)
    print("end")

log = logging.getLogger("asyncio")
log.addHandler(Lines())
log.propagate = False
asyncio.run(main(), debug=True)
