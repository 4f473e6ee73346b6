# clock: real
import asyncio
from asyncio.subprocess import PIPE


async def run_shell(command):
    process = await asyncio.create_subprocess_shell(command, stdout=PIPE, stderr=PIPE)
    out, err = await process.communicate()
    print(f"[{command}] exited with {process.returncode}")
    if out:
        print("stdout:", out.decode(), end="")
    if err:
        print("stderr:", err.decode(), end="")


async def sort_words():
    process = await asyncio.create_subprocess_exec("sort", stdin=PIPE, stdout=PIPE)
    out, _ = await process.communicate(b"pear\napple\nplum\n")
    print("Sorted:", out.decode(), sep="\n", end="")


async def subprocesses():
    await run_shell("echo out; echo err >&2; exit 3")
    await run_shell("exit 0")
    await sort_words()


asyncio.run(subprocesses())
