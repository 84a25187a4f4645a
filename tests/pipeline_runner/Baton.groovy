/**
 * Lets one branch of a pipeline run at a time, in turns, as Jenkins does: the order of what is printed does not depend on threads.
 *
 * Who runs holds the baton; it lies free while a program of its own runs.
 */
class Baton {
    private Thread holder = Thread.currentThread()
    /** Who waits for it, the next one first. */
    private final Deque<Thread> waiting = new ArrayDeque<>()

    /** Gives every branch that waits a turn. */
    synchronized void pass() {
        waiting.addLast(Thread.currentThread())
        release()
        take()
    }

    /** Runs `work` without the baton. */
    def apart(Closure work) {
        release()
        try {
            return work()
        } finally {
            synchronized (this) {
                waiting.addLast(Thread.currentThread())
                take()
            }
        }
    }

    /** Runs all branches to their ends, the first one first. */
    void branches(List<Closure> branches) {
        def threads = branches.collect { branch -> new Thread({ take(); try { branch() } finally { release() } }) }
        waiting.addAll(threads)
        threads*.start()
        apart { threads*.join() }
    }

    private synchronized void take() {
        while (holder || waiting.peekFirst() != Thread.currentThread()) { wait() }
        holder = waiting.removeFirst()
    }

    private synchronized void release() {
        holder = null
        notifyAll()
    }
}
