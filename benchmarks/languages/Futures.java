import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** The workloads in Java's CompletableFuture. See languages.go for what is read and written. */
final class Futures {
    interface Workload {
        long run(int n) throws Exception;
    }

    static final ExecutorService pool = Executors.newFixedThreadPool(8);

    // What a workload that looks at the memory leaves for the answer.
    static long retained; // bytes
    static long untimed; // ns that are not part of the work

    static Object sink; // what is kept here has to be made

    static long create(int n) throws Exception {
        long total = 0;
        for (int i = 0; i < n; i++) {
            var f = new CompletableFuture<Integer>();
            sink = f;
            f.complete(i);
            total += f.join();
        }
        return total;
    }

    static long awaitDone(int n) throws Exception {
        var f = CompletableFuture.completedFuture(1);
        sink = f;
        long total = 0;
        for (int i = 0; i < n; i++) {
            total += f.get();
        }
        return total;
    }

    static long task(int n) throws Exception {
        long total = 0;
        for (int i = 0; i < n; i++) {
            int v = i;
            total += CompletableFuture.supplyAsync(() -> v).get();
        }
        return total;
    }

    static long sum(CompletableFuture<Integer>[] fs) throws Exception {
        CompletableFuture.allOf(fs).get();
        long total = 0;
        for (var f : fs) {
            total += f.join();
        }
        return total;
    }

    @SuppressWarnings("unchecked")
    static CompletableFuture<Integer>[] array(int n) {
        return new CompletableFuture[n];
    }

    static long gather(int n) throws Exception {
        var fs = array(n);
        for (int i = 0; i < n; i++) {
            int v = i;
            fs[i] = CompletableFuture.supplyAsync(() -> v);
        }
        return sum(fs);
    }

    static long chain(int n) throws Exception {
        var first = new CompletableFuture<Integer>();
        var last = first;
        for (int i = 0; i < n; i++) {
            last = last.thenApply(v -> v + 1);
        }
        first.complete(0);
        return last.get();
    }

    static long callbacks(int n) throws Exception {
        var f = new CompletableFuture<Integer>();
        long[] total = {0};
        for (int i = 0; i < n; i++) {
            f.thenAccept(v -> total[0] += v);
        }
        f.complete(1);
        return total[0];
    }

    static long waiters(int n) throws Exception {
        var f = new CompletableFuture<Integer>();
        var fs = array(n);
        for (int i = 0; i < n; i++) {
            fs[i] = f.thenApply(v -> v);
        }
        f.complete(1);
        return sum(fs);
    }

    static long throughPool(int n) throws Exception {
        var fs = array(n);
        for (int i = 0; i < n; i++) {
            int v = i;
            fs[i] = CompletableFuture.supplyAsync(() -> v, pool);
        }
        return sum(fs);
    }

    static long timeLimit(int n) throws Exception {
        long total = 0;
        for (int i = 0; i < n; i++) {
            int v = i;
            total += CompletableFuture.supplyAsync(() -> v).orTimeout(1, TimeUnit.MINUTES).get();
        }
        return total;
    }

    static long used() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    static long memory(int n) throws Exception {
        long began = System.nanoTime();
        var fs = array(n);
        long before = used();
        untimed += System.nanoTime() - began;
        for (int i = 0; i < n; i++) {
            fs[i] = new CompletableFuture<>();
        }
        began = System.nanoTime();
        retained += used() - before;
        long total = 0;
        for (var f : fs) {
            if (!f.isDone()) {
                total++;
            }
        }
        untimed += System.nanoTime() - began;
        return total;
    }

    static final Map<String, Workload> workloads = Map.of(
            "create", Futures::create,
            "await-done", Futures::awaitDone,
            "task", Futures::task,
            "gather", Futures::gather,
            "chain", Futures::chain,
            "callbacks", Futures::callbacks,
            "waiters", Futures::waiters,
            "pool", Futures::throughPool,
            "time-limit", Futures::timeLimit,
            "memory", Futures::memory);

    public static void main(String[] args) {
        try {
            serve();
        } catch (Throwable e) {
            e.printStackTrace();
            System.exit(1); // although the pool has threads
        }
        System.exit(0);
    }

    static void serve() throws Exception {
        System.out.println(System.getProperty("java.version"));
        var in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null; ) {
            String[] fields = line.split(" ");
            var workload = workloads.get(fields[0]);
            int n = Integer.parseInt(fields[1]);
            int times = Integer.parseInt(fields[2]);
            long total = 0;
            retained = 0;
            untimed = 0;
            System.gc();
            long began = System.nanoTime();
            for (int i = 0; i < times; i++) {
                total += workload.run(n);
            }
            long took = System.nanoTime() - began - untimed;
            System.out.println(took + " " + (retained == 0 ? "NaN" : retained) + " " + total);
        }
    }
}
