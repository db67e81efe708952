// The workloads in Node's promises. See languages.go for what is read and written.

import { createInterface } from "node:readline";

// What a workload that looks at the memory leaves for the answer.
let retained = 0; // bytes
let untimed = 0n; // ns that are not part of the work

const now = process.hrtime.bigint;
const identity = async (i) => i;
const sum = (values) => values.reduce((a, b) => a + b, 0);

// pending returns a promise and the function that settles it.
function pending() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}

async function within(ms, promise) {
  let timer;
  const limit = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error("timeout")), ms)));
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

const workloads = {
  async create(n) {
    let total = 0;
    for (let i = 0; i < n; i++) {
      const { promise, resolve } = pending();
      resolve(i);
      total += await promise;
    }
    return total;
  },

  async "await-done"(n) {
    const promise = Promise.resolve(1);
    let total = 0;
    for (let i = 0; i < n; i++) total += await promise;
    return total;
  },

  async task(n) {
    let total = 0;
    for (let i = 0; i < n; i++) total += await identity(i);
    return total;
  },

  async gather(n) {
    return sum(await Promise.all(Array.from({ length: n }, (_, i) => identity(i))));
  },

  async chain(n) {
    const { promise, resolve } = pending();
    let last = promise;
    for (let i = 0; i < n; i++) last = last.then((v) => v + 1);
    resolve(0);
    return await last;
  },

  async callbacks(n) {
    const { promise, resolve } = pending();
    let total = 0;
    for (let i = 0; i < n; i++) promise.then((v) => (total += v));
    resolve(1);
    await promise; // the last to be told
    return total;
  },

  async waiters(n) {
    const { promise, resolve } = pending();
    const wait = async () => await promise;
    const tasks = Array.from({ length: n }, wait);
    resolve(1);
    return sum(await Promise.all(tasks));
  },

  async "time-limit"(n) {
    let total = 0;
    for (let i = 0; i < n; i++) total += await within(60_000, identity(i));
    return total;
  },

  async memory(n) {
    let began = now();
    // A promise can only be settled through its function: it is part of the future.
    const promises = new Array(n).fill(null);
    const resolves = new Array(n).fill(null);
    gc();
    const before = process.memoryUsage().heapUsed;
    untimed += now() - began;
    for (let i = 0; i < n; i++) {
      const { promise, resolve } = pending();
      promises[i] = promise;
      resolves[i] = resolve;
    }
    began = now();
    gc();
    retained += process.memoryUsage().heapUsed - before;
    // Whether a promise is pending cannot be seen. Settle them, and count.
    let total = 0;
    for (const promise of promises) promise.then((v) => (total += v));
    for (const resolve of resolves) resolve(1);
    await promises[n - 1];
    untimed += now() - began;
    return total;
  },
};

console.log(process.versions.node);
for await (const line of createInterface({ input: process.stdin })) {
  const [name, n, times] = line.split(" ");
  const workload = workloads[name];
  let total = 0;
  retained = 0;
  untimed = 0n;
  gc();
  const began = now();
  for (let i = 0; i < Number(times); i++) total += await workload(Number(n));
  const took = now() - began - untimed;
  console.log(`${took} ${retained || NaN} ${total}`);
}
