#!/usr/bin/env python3
"""play.py FILE: runs a program of generate.py on asyncio, on a virtual clock, and prints its trace. Needs CPython 3.13.

Where asyncio leaves an order to the hash of a set (the leftovers of run(), the tasks of a group) or to the shape of a heap (timers
of one moment), things happen in order of creation here, as Coil has it."""
import asyncio
import os
import selectors
import sys

UNIT = 1 / 64  # exact in binary, so that sums of delays are
FULL = 150


class OrderedSet(dict):
    def add(self, x):
        self[x] = None

    def discard(self, x):
        self.pop(x, None)

    remove = dict.__delitem__


group_init = asyncio.TaskGroup.__init__


def ordered_group_init(self):
    group_init(self)
    self._tasks = OrderedSet()


asyncio.TaskGroup.__init__ = ordered_group_init


class OrderedAsCompleted(asyncio.tasks._AsCompletedIterator):
    def __init__(self, aws, timeout):
        super().__init__([], None)
        self._todo = OrderedSet.fromkeys(aws)
        self._todo_left = len(self._todo)
        for task in self._todo:
            task.add_done_callback(self._handle_completion)
        self._timeout_handle = asyncio.get_running_loop().call_later(timeout, self._handle_timeout)


asyncio.tasks._AsCompletedIterator = OrderedAsCompleted


class OrderedTimer(asyncio.TimerHandle):
    made = 0

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        OrderedTimer.made += 1
        self.number = OrderedTimer.made

    def __lt__(self, other):
        return (self._when, self.number) < (other._when, other.number)


asyncio.events.TimerHandle = OrderedTimer


class VirtualSelector(selectors.SelectSelector):
    """Sleeps by moving the clock; nothing else can wake these programs."""

    def __init__(self):
        super().__init__()
        self.now = 0.0

    def select(self, timeout=None):
        self.now += max(timeout, 0)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        self.clock = VirtualSelector()
        super().__init__(self.clock)

    def time(self):
        return self.clock.now


def deadlock():
    """Tasks that wait for each other are still there: the only timer left is this one."""
    print("deadlock", flush=True)
    os._exit(0)


class Raised(Exception):
    pass


def name_of(e):
    while isinstance(e, BaseExceptionGroup):
        e = e.exceptions[0]
    if isinstance(e, asyncio.CancelledError):
        return "cancelled(%s)" % (e.args[0] if e.args and e.args[0] else "")
    for kind, name in ((Raised, None), (TimeoutError, "timeout"), (asyncio.QueueFull, "full"), (asyncio.QueueEmpty, "empty"),
                       (asyncio.QueueShutDown, "shutdown"), (asyncio.BrokenBarrierError, "broken"), (ValueError, "value"),
                       (RuntimeError, "runtime")):
        if isinstance(e, kind):
            return name or "raised %s" % e.args[0]
    return repr(e)


class Play:
    def __init__(self, text):
        self.lines = [line.split() for line in text.splitlines()]
        self.starts = {int(l[1]): i + 1 for i, l in enumerate(self.lines) if l[0] == "procedure"}
        self.slots = [None] * 6
        self.kept = []
        self.created = 0
        self.ending = False

    def objects(self):
        self.locks = [asyncio.Lock() for _ in range(2)]
        self.semaphores = [asyncio.Semaphore(1 + i) for i in range(2)]
        self.events = [asyncio.Event() for _ in range(2)]
        self.conditions = [asyncio.Condition() for _ in range(2)]
        self.queues = [asyncio.Queue(1 + i) for i in range(2)]
        self.barriers = [asyncio.Barrier(2 + i) for i in range(2)]
        self.futures = [asyncio.get_running_loop().create_future() for _ in range(2)]

    def tell(self, me, at, outcome):
        now = round(asyncio.get_running_loop().time() / UNIT)
        print(f"{now} t{me} {at + 1} {' '.join(self.lines[at])}: {outcome}")

    def new(self, procedure):
        self.created += 1
        return self.procedure(procedure, self.created)

    def room_for(self, n):
        return not self.ending and self.created + n <= FULL

    def later(self, me, slot):
        """The task of a slot, if it was created after the one that asks: so nobody waits in a circle."""
        entry = self.slots[slot]
        return entry[1] if entry and entry[0] > me else None

    def keep(self, slot, task):
        self.slots[slot] = (self.created, task)
        self.kept.append(task)

    def end_of(self, at):
        depth = 1
        while depth:
            at += 1
            depth += (self.lines[at][-1] == "{") - (self.lines[at][0] == "}")
        return at

    async def procedure(self, procedure, me):
        at = self.starts[procedure]
        end = at
        while end < len(self.lines) and self.lines[end][0] != "procedure":
            end += 1
        await self.block(at, end, me, None)

    async def block(self, at, end, me, group):
        while at < end:
            opens = self.lines[at][-1] == "{"
            close = self.end_of(at) if opens else at
            try:
                if opens:
                    outcome = await self.nested(at, close, me)
                else:
                    outcome = await self.statement(at, self.lines[at], me, group)
            except BaseException as e:
                self.tell(me, at, name_of(e))
                raise
            self.tell(me, at, outcome or "ok")
            at = close + 1

    async def nested(self, at, close, me):
        kind = self.lines[at][0]
        inside = lambda group=None: self.block(at + 1, close, me, group)
        if kind == "timeout":
            async with asyncio.timeout(int(self.lines[at][1]) * UNIT):
                await inside()
        elif kind == "group":
            async with asyncio.TaskGroup() as group:
                await inside(group)
        elif kind == "catch":
            try:
                await inside()
            except Exception as e:
                return "caught " + name_of(e)
        elif kind == "swallow":
            try:
                await inside()
            except asyncio.CancelledError as e:
                if self.ending:
                    raise
                task = asyncio.current_task()
                if task.cancelling():
                    task.uncancel()
                return "swallowed " + name_of(e)
        elif kind == "finally":
            try:
                await inside()
            finally:
                await asyncio.sleep(UNIT)

    async def hold(self, thing, k):
        await thing.acquire()
        try:
            await asyncio.sleep(k * UNIT)
        finally:
            thing.release()

    async def statement(self, at, line, me, group):
        kind, n = line[0], [int(w) for w in line[1:]]
        if kind == "sleep":
            await asyncio.sleep(n[0] * UNIT)
        elif kind == "lock":
            await self.hold(self.locks[n[0]], n[1])
        elif kind == "semaphore":
            await self.hold(self.semaphores[n[0]], n[1])
        elif kind == "event_wait":
            await self.events[n[0]].wait()
        elif kind == "event_set":
            self.events[n[0]].set()
        elif kind == "event_clear":
            self.events[n[0]].clear()
        elif kind == "condition_wait":
            async with self.conditions[n[0]] as _:
                await self.conditions[n[0]].wait()
        elif kind == "notify":
            async with self.conditions[n[0]]:
                self.conditions[n[0]].notify(n[1])
        elif kind == "put":
            await self.queues[n[0]].put(at)
        elif kind == "get":
            return f"got {await self.queues[n[0]].get()}"
        elif kind == "put_nowait":
            self.queues[n[0]].put_nowait(at)
        elif kind == "get_nowait":
            return f"got {self.queues[n[0]].get_nowait()}"
        elif kind == "task_done":
            self.queues[n[0]].task_done()
        elif kind == "join":
            await self.queues[n[0]].join()
        elif kind == "shutdown":
            self.queues[n[0]].shutdown(bool(n[1]))
        elif kind == "barrier":
            return f"came as {await self.barriers[n[0]].wait()}"
        elif kind == "reset":
            await self.barriers[n[0]].reset()
        elif kind == "abort":
            await self.barriers[n[0]].abort()
        elif kind == "cancel":
            if not self.slots[n[0]]:
                return "nobody"
            return "asked" if self.slots[n[0]][1].cancel(f"by {at + 1}") else "over"
        elif kind == "cancelling":
            return str(asyncio.current_task().cancelling())
        elif kind in ("await", "shield"):
            task = self.later(me, n[0])
            if not task:
                return "nobody"
            await (task if kind == "await" else asyncio.shield(task))
        elif kind == "wait":
            tasks = dict.fromkeys(t for t in (self.later(me, n[2]), self.later(me, n[3])) if t)
            if not tasks:
                return "nobody"
            when = (asyncio.FIRST_COMPLETED, asyncio.FIRST_EXCEPTION, asyncio.ALL_COMPLETED)[n[0]]
            done, pending = await asyncio.wait(tasks, timeout=n[1] * UNIT, return_when=when)
            return f"{len(done)} of {len(tasks)}"
        elif kind == "uncancel":
            return str(asyncio.current_task().uncancel())
        elif kind == "soon":
            asyncio.get_running_loop().call_soon(self.tell, me, at, "called")
        elif kind == "later":
            asyncio.get_running_loop().call_later(n[0] * UNIT, self.tell, me, at, "called")
        elif kind == "callback":
            if not self.slots[n[0]]:
                return "nobody"
            self.slots[n[0]][1].add_done_callback(lambda task: self.tell(me, at, "end of one: " + self.outcome(task)))
        elif kind == "outcome":
            return self.outcome(self.slots[n[0]][1]) if self.slots[n[0]] else "nobody"
        elif kind.startswith("future"):
            return await self.future(kind, n, at)
        elif kind == "wait_for_task":
            task = self.later(me, n[1])
            if not task:
                return "nobody"
            await asyncio.wait_for(task, n[0] * UNIT)
        elif kind in ("gather_tasks", "gather_held"):
            tasks = [t for t in (self.later(me, n[0]), self.later(me, n[1])) if t]
            if len(tasks) < 2:
                return "nobody"
            held = kind == "gather_held"
            results = await asyncio.gather(*tasks, return_exceptions=not held)
            if not held:
                return " ".join(name_of(r) if isinstance(r, BaseException) else "ok" for r in results)
        elif kind == "as_completed":
            tasks = list(dict.fromkeys(t for t in (self.later(me, n[1]), self.later(me, n[2])) if t))
            if not tasks:
                return "nobody"
            outcome = ""
            async for task in asyncio.as_completed(tasks, timeout=n[0] * UNIT):
                outcome += " " + self.outcome(task)
            return "ended" + outcome
        elif kind == "raise":
            raise Raised(n[0])
        elif not self.room_for(len(n)):
            return "no room"
        elif kind == "spawn":
            self.keep(n[0], asyncio.create_task(self.new(n[1])))
        elif kind == "go":
            self.keep(n[0], group.create_task(self.new(n[1])))
        elif kind == "call":
            self.created += 1
            await self.procedure(n[0], me)
        elif kind == "wait_for":
            self.created += 1
            await asyncio.wait_for(self.procedure(n[1], me), n[0] * UNIT)
        elif kind == "gather":
            results = await asyncio.gather(*[self.new(p) for p in n], return_exceptions=True)
            return " ".join(name_of(r) if isinstance(r, BaseException) else "ok" for r in results)
        elif kind == "gather_future":
            await asyncio.gather(*[self.new(p) for p in n])
        elif kind == "group_of":
            async with asyncio.TaskGroup() as group:
                for p in n:
                    group.create_task(self.new(p))

    @staticmethod
    def outcome(task):
        """without its message, which asyncio tells only to the first who asks"""
        if not task.done():
            return "running"
        return "cancelled" if task.cancelled() else name_of(task.exception()) if task.exception() else "ok"

    async def future(self, kind, n, at):
        future = self.futures[n[0]]
        if kind == "future_new":
            self.futures[n[0]] = asyncio.get_running_loop().create_future()
        elif kind == "future_await":
            return f"value {await future}"
        elif kind == "future_shield":
            return f"value {await asyncio.shield(future)}"
        elif kind == "future_cancel":
            return "asked" if future.cancel(f"by {at + 1}") else "over"
        elif future.done():
            return "done already"
        elif kind == "future_set":
            future.set_result(at)
        else:
            future.set_exception(Raised(n[1]))

    async def main(self):
        self.objects()
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        asyncio.get_running_loop().call_later(3000 * UNIT, deadlock)
        try:
            async with asyncio.timeout(2000 * UNIT):
                await self.procedure(0, 0)
            outcome = "ok"
        except BaseException as e:
            outcome = name_of(e)
        self.ending = True
        print("main:", outcome)


all_tasks = asyncio.tasks.all_tasks
order = {}


def factory(loop, coro, **options):
    task = asyncio.Task(coro, loop=loop, **options)
    order[task] = len(order)
    return task


asyncio.tasks.all_tasks = lambda loop=None: sorted(all_tasks(loop), key=order.get)


def new_loop():
    loop = VirtualLoop()
    loop.set_task_factory(factory)
    return loop


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(Play(open(sys.argv[1]).read()).main())
    print("closed")
