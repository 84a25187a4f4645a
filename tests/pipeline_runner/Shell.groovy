import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.TimeUnit

/** Runs programs on the agent, as Jenkins' agents do: with the environment they are given and no other, in a session of their own. */
class Shell {
    /** Survives the signal that ends the script, to tell how it ended; as Jenkins' launcher does. */
    private static final List<String> LAUNCHER = ['setsid', 'sh', '-c', 'trap : TERM; "$@"; exit $?', 'launcher']
    /** How long a program may take to end when it is told to; then the build goes on without it (DurableTaskStep). */
    private static final long PATIENCE = 20_000

    private static class Program {
        Process process
        List<Limit> limits
        /** When the build no longer waits for it. */
        volatile long deadline = Long.MAX_VALUE
    }

    private final Build build
    private final Baton baton
    private final Set<Program> running = ConcurrentHashMap.newKeySet()
    final Leftovers leftovers = new Leftovers()

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
        leftovers.expect(context.workspace)
        baton.apart {
            def process = builder.start()
            process.outputStream.close()
            def console = new Output(capture ? process.errorStream : process.inputStream, { build.print(it) })
            def captured = capture ? new Output(process.inputStream) : null
            def status = await(new Program(process: process, limits: context.limits), [console, captured].findAll())
            if (build.gone) { throw new Killed() }
            [status: status, output: captured?.text]
        }
    }

    /** Waits for the end of a program, and tells how it ended; null when the build did not want to wait any longer. */
    private Integer await(Program program, List<Output> outputs) {
        running << program
        // It may have been too late for the signal when it was sent.
        if (build.gone) { signal(program, 'KILL') }
        boolean ended = false
        while (!ended && System.currentTimeMillis() < program.deadline) {
            ended = program.process.waitFor(10, TimeUnit.MILLISECONDS)
            outputs*.follow(ended)
        }
        running.remove(program)
        if (!ended) {
            build.note('the program does not stop')
            outputs*.follow(true)
        }
        ended ? program.process.exitValue() : null
    }

    /** Ends all programs that run inside of a limit, or no longer waits for them. */
    void interrupt(Limit limit, boolean leave) {
        running.findAll { program -> program.limits.any { it.is(limit) } }.each {
            if (!leave) { signal(it, 'TERM') }
            it.deadline = leave ? 0 : System.currentTimeMillis() + (PATIENCE * build.request.pace as long)
        }
    }

    void kill() { running.each { signal(it, 'KILL') } }

    private static void signal(Program program, String name) {
        // The class of the process is not public; the method of its superclass is.
        def pid = Process.getMethod('pid').invoke(program.process)
        ['kill', "-${name}", '--', "-${pid}"].execute().waitFor()
    }
}
