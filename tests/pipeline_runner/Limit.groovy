/** A time limit, or the person who may stop the build. */
class Limit {
    /** Whether the next step is to be interrupted by it. */
    volatile boolean pending
    /** What makes it pass; null for the person. */
    Timer timer
}
