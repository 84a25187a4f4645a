/** A stage that was entered. */
class Stage {
    String name
    /** The names of the stages around it, and its own. */
    List<String> path
    /** As Jenkins' stage view tells it: SUCCESS, UNSTABLE, FAILED, ABORTED, NOT_EXECUTED. */
    String status = 'SUCCESS'
    /** Why it was passed over: `failure`, `unstable` or `when`; null for a stage that ran. */
    String skipped
    /** The worst result that a step of it told without failing. */
    String warning

    void failed(Throwable failure) { status = failure instanceof Interrupted ? failure.result : 'FAILED' }

    void ended() {
        if (status == 'SUCCESS' && warning) { status = warning == 'FAILURE' ? 'FAILED' : warning }
    }
}
