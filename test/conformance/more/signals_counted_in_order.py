# rule: each delivery of a signal is one call of its handler, in the order of the deliveries, whatever the numbers; the handler is looked up when its turn comes
import asyncio, os, signal

def send(*signals):
    for s in signals:
        os.kill(os.getpid(), s)

async def main():
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, print, "usr1")
    loop.add_signal_handler(signal.SIGUSR2, print, "usr2")
    loop.add_signal_handler(signal.SIGHUP, print, "hup")
    send(signal.SIGUSR2, signal.SIGUSR1, signal.SIGUSR1, signal.SIGHUP, signal.SIGUSR2)
    print("sent five")
    await asyncio.sleep(0.02)
    print("turn")
    send(signal.SIGUSR1, signal.SIGHUP, signal.SIGUSR1)
    loop.remove_signal_handler(signal.SIGUSR1)
    loop.add_signal_handler(signal.SIGUSR1, print, "another usr1")
    await asyncio.sleep(0.02)
    print("turn")
    send(signal.SIGUSR1, signal.SIGHUP)
    loop.add_signal_handler(signal.SIGHUP, print, "replaced hup")
    await asyncio.sleep(0.02)
    print("end")

asyncio.run(main())
