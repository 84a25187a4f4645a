import java.util.concurrent.ConcurrentHashMap

/** Runs programs on the agent, as Jenkins' agents do: with the environment they are given and no other, in a session of their own. */
class Shell {
    /** Survives the signal that ends the script, to tell how it ended; as Jenkins' launcher does. */
    private static final List<String> LAUNCHER = ['setsid', 'sh', '-c', 'trap : TERM; "$@"; exit $?', 'launcher']

    private final Build build
    private final Baton baton
    private final Map<Process, List> running = new ConcurrentHashMap<>()

    Shell(Build build, Baton baton) {
        this.build = build
        this.baton = baton
    }

    /**
     * Runs `words` in the folder of the context; what it prints goes to the console.
     *
     * With `capture`, standard output is returned instead. Throws Killed when the agent is killed meanwhile.
     */
    Map run(List<String> words, Map<String, String> environment, boolean capture = false) {
        def context = Context.current()
        context.directory.mkdirs()
        def builder = new ProcessBuilder(LAUNCHER + words).directory(context.directory).redirectErrorStream(!capture)
        builder.environment().clear()
        builder.environment().putAll(environment)
        baton.apart {
            def process = builder.start()
            running[process] = context.limits
            process.outputStream.close()
            def output = new StringBuilder()
            def readers = [read(process.inputStream) { if (capture) { output << it << '\n' } else { build.print(it) } }]
            if (capture) { readers << read(process.errorStream) { build.print(it) } }
            // It may have been too late for the signal when it was sent.
            if (build.stopped && build.request.stop.by == 'kill') { signal(process, 'KILL') }
            def status = process.waitFor()
            running.remove(process)
            // A program left behind may hold the pipe for ever.
            readers*.join(2000)
            if (build.stopped && build.request.stop.by == 'kill') {
                signal(process, 'KILL')
                throw new Killed()
            }
            [status: status, output: output.toString()]
        }
    }

    private static Thread read(InputStream stream, Closure line) { Thread.start { stream.eachLine('UTF-8') { line(it) } } }

    /** Ends all programs that run inside of a limit. */
    void interrupt(Object limit, String name) {
        running.each { process, limits -> if (limits.any { it.is(limit) }) { signal(process, name) } }
    }

    void kill() { running.keySet().each { signal(it, 'KILL') } }

    private static void signal(Process process, String name) {
        // The class of the process is not public; the method of its superclass is.
        def pid = Process.getMethod('pid').invoke(process)
        ['kill', "-${name}", '--', "-${pid}"].execute().waitFor()
    }
}
