"""The workloads in Python's asyncio. See languages.go for what is read and written."""

import asyncio
import concurrent.futures
import gc
import platform
import sys
import time
import tracemalloc

pool = concurrent.futures.ThreadPoolExecutor(8)

# What a workload that looks at the memory leaves for the answer.
retained = 0  # bytes
untimed = 0  # ns that are not part of the work


async def identity(i):
    return i


def job(i):
    return i


async def create(n):
    loop, total = asyncio.get_running_loop(), 0
    for i in range(n):
        f = loop.create_future()
        f.set_result(i)
        total += f.result()
    return total


async def await_done(n):
    f, total = asyncio.get_running_loop().create_future(), 0
    f.set_result(1)
    for _ in range(n):
        total += await f
    return total


async def task(n):
    total = 0
    for i in range(n):
        total += await asyncio.create_task(identity(i))
    return total


async def gather(n):
    return sum(await asyncio.gather(*(identity(i) for i in range(n))))


def then(source, fn):
    f = source.get_loop().create_future()
    source.add_done_callback(lambda source: f.set_result(fn(source.result())))
    return f


async def chain(n):
    first = last = asyncio.get_running_loop().create_future()
    for _ in range(n):
        last = then(last, lambda v: v + 1)
    first.set_result(0)
    return await last


async def callbacks(n):
    loop, total, called = asyncio.get_running_loop(), 0, 0
    f, all_called = loop.create_future(), loop.create_future()

    def callback(f):
        nonlocal total, called
        total += f.result()
        called += 1
        if called == n:
            all_called.set_result(None)

    for _ in range(n):
        f.add_done_callback(callback)
    f.set_result(1)
    await all_called
    return total


async def remove_callback(n):
    f, removed, called = asyncio.get_running_loop().create_future(), 0, 0

    def callback(_):
        nonlocal called
        called += 1

    for _ in range(n):
        f.add_done_callback(callback)
        removed += f.remove_done_callback(callback)
    f.set_result(1)
    await asyncio.sleep(0)
    return removed - called


async def waiters(n):
    f = asyncio.get_running_loop().create_future()

    async def wait():
        return await f

    tasks = [asyncio.create_task(wait()) for _ in range(n)]
    await asyncio.sleep(0)  # now all of them wait
    f.set_result(1)
    return sum(await asyncio.gather(*tasks))


async def through_pool(n):
    loop = asyncio.get_running_loop()
    return sum(await asyncio.gather(*(loop.run_in_executor(pool, job, i) for i in range(n))))


async def time_limit(n):
    total = 0
    for i in range(n):
        total += await asyncio.wait_for(identity(i), 60)
    return total


async def memory(n):
    global retained, untimed
    loop, futures = asyncio.get_running_loop(), [None] * n
    for i in range(n):
        futures[i] = loop.create_future()
    began = time.perf_counter_ns()
    total = sum(not f.done() for f in futures)
    # Every tenth once more: to count each allocation takes long.
    more = [None] * (n // 10)
    tracemalloc.start()
    for i in range(n // 10):
        more[i] = loop.create_future()
    retained += tracemalloc.get_traced_memory()[0] * 10
    tracemalloc.stop()
    untimed += time.perf_counter_ns() - began
    return total


workloads = {
    "create": create,
    "await-done": await_done,
    "task": task,
    "gather": gather,
    "chain": chain,
    "callbacks": callbacks,
    "remove-callback": remove_callback,
    "waiters": waiters,
    "pool": through_pool,
    "time-limit": time_limit,
    "memory": memory,
}


async def main():
    global retained, untimed
    print(platform.python_version(), flush=True)
    for line in sys.stdin:
        name, n, times = line.split()
        n, times, total = int(n), int(times), 0
        workload = workloads[name]
        retained = untimed = 0
        gc.collect()
        began = time.perf_counter_ns()
        for _ in range(times):
            total += await workload(n)
        took = time.perf_counter_ns() - began - untimed
        print(took, retained or "NaN", total, flush=True)


asyncio.run(main())
