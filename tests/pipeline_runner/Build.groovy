import java.util.regex.Pattern

/** A run of a job: what Jenkins knows of it, and what it keeps of it. */
class Build {
    static final List<String> RESULTS = ['SUCCESS', 'UNSTABLE', 'FAILURE', 'NOT_BUILT', 'ABORTED']
    /** What the sandbox lets a pipeline read of `currentBuild`. */
    static final Set<String> PUBLIC = ['currentResult', 'displayName', 'fullDisplayName', 'number', 'result']

    /** The worse of two results; null is none yet. */
    static String worst(String one, String other) {
        RESULTS.indexOf(one) >= RESULTS.indexOf(other) ? one : other
    }

    /** What the runner was asked for; see `Build` in runner.py. */
    final Map request
    final List<Stage> stages = []
    final List<Map> steps = []
    final List<Map> archived = []
    final List<Map> notified = []
    private final List<String> console = []
    private final Pattern stopLine
    volatile boolean stopped
    /** Called when the build is stopped from outside. */
    Closure onStop = { }
    String result

    Build(Map request) {
        this.request = request
        stopLine = request.stop?.line ? Pattern.compile(request.stop.line) : null
    }

    String getCurrentResult() { result ?: 'SUCCESS' }

    /** What the build ends with at least, once a person has stopped it. */
    String getInterruption() { stopped && request.stop.by == 'person' ? 'ABORTED' : null }

    /** Whether the agent was killed: nothing runs any more. */
    boolean isGone() { stopped && request.stop.by == 'kill' }

    /** Makes the result worse; it never gets better, as in Jenkins, which takes a word that it does not know for a failure. */
    void worsen(String other) { result = worst(result, other == null || other in RESULTS ? other : 'FAILURE') }

    /** A text without the secrets of the blocks around; behind them Jenkins hides nothing. */
    static String masked(String text) {
        def secrets = Context.current().secrets.collectMany { forms(it) }.findAll { it.size() > 2 }
        // The longest first: one secret may hold another.
        secrets.sort { -it.size() }.inject(text) { line, secret -> line.replace(secret, '****') }
    }

    /** As it is, as a shell's -x quotes it, and by base64 (the plugin's SecretPatternFactory; it knows more). */
    private static List<String> forms(String secret) {
        [secret, secret.replace("'", "'\\''"), secret.replaceAll(/'+/) { quotes -> "'\"${quotes}\"'" }, secret.bytes.encodeBase64().toString()]
    }

    synchronized void print(Object text) {
        text.toString().split('\n', -1).each {
            console << masked(it)
            if (stopLine && !stopped && stopLine.matcher(it).find()) { stop() }
        }
    }

    /** What the runner itself has to say; Jenkins would say something like it. */
    void note(String text) { print("[runner] ${text}") }

    void stop() {
        stopped = true
        onStop()
    }

    synchronized Map record(Map step) {
        step.number = steps.size()
        steps << step
        step
    }

    Map trace() {
        [result: result, stopped: stopped, stages: stages.collect { [name: it.name, path: it.path, status: it.status, skipped: it.skipped] },
         steps: steps, archived: archived, notified: notified, console: console]
    }
}
