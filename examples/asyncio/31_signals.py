# clock: real
import asyncio
import signal


def reload(event):
    print("SIGHUP: reload")
    event.set()


async def daemon_main():
    reloaded = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, reload, reloaded)
    try:
        signal.raise_signal(signal.SIGHUP)
        print("Waiting")
        await reloaded.wait()
        print("Going on")
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


asyncio.run(daemon_main())
