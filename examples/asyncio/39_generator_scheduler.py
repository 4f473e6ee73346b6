from collections import deque


def countdown(name, start):
    for n in range(start, 0, -1):
        print(f"{name} {n}")
        yield  # whoever else is ready runs now
    return f"{name} lifts off"


def launch(name, start):
    print(f"{name} is on the pad")
    result = yield from countdown(name, start)
    print(result)
    return len(result)


def scheduler(generators):
    ready, letters = deque(generators), 0
    while ready:
        g = ready.popleft()
        try:
            next(g)
            ready.append(g)
        except StopIteration as end:
            letters += end.value
    return letters


print(f"{scheduler([launch('Soyuz', 2), launch('Ariane', 3), launch('Vega', 1)])} letters")
