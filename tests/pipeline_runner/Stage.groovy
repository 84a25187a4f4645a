/** A stage that was entered. */
class Stage {
    String name
    /** The names of the stages around it, and its own. */
    List<String> path
    Stage outer
    /** Whether it only holds other stages. Jenkins' stage view tells of such a one as well, whatever became of those. */
    boolean container
    /** As Jenkins' stage view tells it: SUCCESS, UNSTABLE, FAILED, ABORTED, NOT_EXECUTED. */
    String status = 'SUCCESS'
    /** Why it was passed over: `failure`, `unstable` or `when`; null for a stage that ran. */
    String skipped
    /** The worst result that a step of it, or of a stage in it, told without failing. */
    String warning

    void warn(String result) {
        warning = Build.worst(warning, result)
        outer?.warn(result)
    }

    void failed(Throwable failure) {
        if (!container) { status = failure instanceof Interrupted ? failure.result : 'FAILED' }
    }

    void ended() {
        if (!container && status == 'SUCCESS' && warning) { status = warning == 'FAILURE' ? 'FAILED' : warning }
    }
}
