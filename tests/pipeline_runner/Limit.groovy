import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicInteger

/** A time limit, or the person who may stop the build. */
class Limit {
    private final AtomicInteger strikes = new AtomicInteger()
    /** The strikes that each branch of the pipeline knows of. */
    private final Map<Thread, Integer> known = new ConcurrentHashMap<>()
    /** What makes it pass; null for the person. */
    Timer timer

    void strike() { strikes.incrementAndGet() }

    int getCount() { strikes.get() }

    /** Tells the branch that asks of so many strikes, which are no matter of its own. */
    void pass(int strikes) { known[Thread.currentThread()] = strikes }

    /** Whether the branch that asks is to be interrupted: once for each strike. */
    boolean struck() {
        int now = count
        int before = known.put(Thread.currentThread(), now) ?: 0
        now > before
    }
}
