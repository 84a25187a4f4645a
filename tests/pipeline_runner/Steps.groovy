import org.apache.tools.ant.DirectoryScanner

/**
 * The steps. Each is a method that takes its arguments by name and the block behind it; Vocabulary says which it knows.
 *
 * In a dry run what would touch the agent is recorded and not done.
 */
class Steps {
    final Build build
    final Baton baton = new Baton()
    private final Shell shell
    private final Limit person = new Limit()
    private final Map dry
    /** What the pipeline has set with `env.NAME = …`. */
    final Map<String, String> assigned = [:]
    private final Map<String, File> stashed = [:]
    private int counter
    /** The time limits around what runs now, the outermost first. */
    private final List<Limit> limits = [].asSynchronized()

    Steps(Build build) {
        this.build = build
        dry = build.request.dry
        shell = new Shell(build, baton)
        build.onStop = {
            switch (build.request.stop.by) {
                case 'kill': shell.kill(); break
                case 'person': interrupt(person); break
                case 'limit': expire(limits.first()); break
                case 'inner limit': expire(limits.last()); break
            }
        }
        Context.begin(person)
    }

    /** Runs a step of the pipeline. Throws StepFailure for an unknown step or argument. */
    def invoke(String name, List given) {
        def known = Vocabulary.STEPS[name]
        if (!known) { throw new StepFailure("no such step: ${name}") }
        def body = given && given.last() instanceof Closure ? (Closure) given.last() : null
        def arguments = named(name, known, body ? given.init() : given)
        def step = build.record(stage: Context.current().stage?.path ?: [], step: name, arguments: plain(arguments))
        checkStopped(step)
        build.print("[Pipeline] ${name}")
        try {
            return this."${name}"(arguments, body)
        } catch (Throwable problem) {
            step.failure = build.masked(problem.message ?: problem.class.name)
            throw problem
        } finally {
            if (arguments.outcome) { step.putAll(arguments.outcome) }
        }
    }

    private Map named(String name, Signature known, List given) {
        def arguments = given && given[0] instanceof Map && !given[0].symbol && !given[0].'$class' ? [:] + given[0] : [:]
        if (given && !arguments) { arguments = [(known.sole): given[0]] }
        def unknown = arguments.keySet().find { !known.parameters.containsKey(it) }
        if (unknown || given.size() > 1) { throw new StepFailure("${name} does not take ${unknown ?: 'these arguments'}") }
        def missing = known.required.find { arguments[it] == null }
        if (missing) { throw new StepFailure("${name} needs ${missing}") }
        arguments
    }

    /** Values as JSON knows them. */
    private static plain(value) {
        switch (value) {
            case Map: return value.collectEntries { key, inner -> [key, plain(inner)] }
            case Collection: return value.collect { plain(it) }
            case Number: case Boolean: case null: return value
            default: return value.toString()
        }
    }

    private void checkStopped(Map step) {
        if (build.request.stop?.step == step.number) { build.stop() }
        if (build.stopped && build.request.stop.by == 'kill') { throw new Killed() }
        checkInterrupted()
    }

    private static void checkInterrupted() {
        def limit = Context.current().limits.find { it.pending }
        if (limit) {
            limit.pending = false
            throw new Interrupted('interrupted', limit)
        }
    }

    private void interrupt(Limit limit, String signal = 'TERM') {
        limit.pending = true
        shell.interrupt(limit, signal)
    }

    /** A block in the console. `caught` decides about a failure inside of it; it throws what it does not take. */
    def inside(String name, String label, Closure body, Closure caught = { throw it }) {
        build.print("[Pipeline] {${label ? " (${label})" : ''}")
        baton.pass()
        Throwable failure = null
        def value = null
        try { value = body() } catch (Killed gone) { throw gone } catch (Throwable problem) { failure = problem }
        build.print('[Pipeline] }')
        baton.pass()
        try {
            if (failure) { caught(failure) }
        } finally {
            build.print("[Pipeline] // ${name}")
            baton.pass()
        }
        value
    }

    /** The environment of a program of the agent: the agent's own, the build's, what was assigned, and the blocks around. */
    Map<String, String> environment() {
        def request = build.request
        def variables = [:] + request.agent + request.variables + assigned
        Context.current().layers.each { layer ->
            layer.each { name, value ->
                def prepended = name.tokenize('+')
                // withEnv(['PATH+MAVEN=/opt/maven/bin']) puts a folder in front.
                variables[prepended[0]] = prepended.size() > 1 ? "${value}:${variables[prepended[0]]}".toString() : value
            }
        }
        variables
    }

    private Context needAgent(String name) {
        def context = Context.current()
        if (!context.workspace) { throw new StepFailure("${name} needs an agent") }
        context
    }

    private File path(String name) {
        def file = new File(name)
        file.absolute ? file : new File(needAgent('a file').directory, name)
    }

    private List<String> matching(String includes, String excludes = null) {
        def scanner = new DirectoryScanner(basedir: path('.'), includes: split(includes), excludes: split(excludes))
        scanner.addDefaultExcludes()
        if (path('.').directory) { scanner.scan() }
        path('.').directory ? scanner.includedFiles.sort() : []
    }

    private static String[] split(String patterns) { patterns?.split(/\s*,\s*/) }

    private void unstableStage(String result) {
        def stage = Context.current().stage
        if (stage) { stage.warning = Build.worst(stage.warning, result) }
    }

    def echo(Map arguments, Closure body) { build.print(arguments.message) }

    def error(Map arguments, Closure body) { throw new StepFailure(arguments.message) }

    def unstable(Map arguments, Closure body) {
        build.note(arguments.message)
        build.worsen('UNSTABLE')
        unstableStage('UNSTABLE')
    }

    def script(Map arguments, Closure body) { inside('script', '', body) }

    def timestamps(Map arguments, Closure body) { inside('timestamps', '', body) }

    def lock(Map arguments, Closure body) { inside('lock', '', body) }

    def isUnix(Map arguments, Closure body) { true }

    def sleep(Map arguments, Closure body) { sh([script: "sleep ${arguments.time}"], null) }

    def sh(Map arguments, Closure body) {
        def context = needAgent('sh')
        def variables = environment()
        arguments.outcome = [environment: variables.collectEntries { name, value -> [name, build.masked(value)] }]
        def done = dry != null ? [status: dry.statuses[arguments.label ?: ''] ?: 0, output: ''] : started(context, arguments, variables)
        arguments.outcome.status = done.status
        checkInterrupted()
        if (arguments.returnStatus) { return done.status }
        if (done.status) { throw new StepFailure("script returned exit code ${done.status}") }
        arguments.returnStdout ? done.output : null
    }

    private Map started(Context context, Map arguments, Map<String, String> variables) {
        def control = new File(context.temporary, "durable-${counter++}")
        control.mkdirs()
        def file = new File(control, 'script.sh')
        file.setText(arguments.script, 'UTF-8')
        file.setExecutable(true)
        // Whatever starts another program now may hold the file open for writing; see durable-task's JENKINS-70874.
        def words = arguments.script.startsWith('#!') ? [copy(file)] : ['sh', '-xe', file.path]
        def done = shell.run(words, variables, arguments.returnStdout as boolean)
        control.deleteDir()
        done
    }

    private static String copy(File file) {
        ['cp', '-p', file.path, "${file.path}.copy"].execute().waitFor()
        "${file.path}.copy"
    }

    def catchError(Map arguments, Closure body) {
        inside('catchError', '', body) { Throwable failure ->
            if (failure instanceof Interrupted && failure.actual && arguments.catchInterruptions == false) { throw failure }
            build.note("caught: ${failure.message}")
            def interrupted = failure instanceof Interrupted ? failure.result : null
            def outcome = interrupted ?: arguments.buildResult ?: 'FAILURE'
            if (outcome != 'SUCCESS') { build.worsen(outcome) }
            def ofStage = interrupted ?: arguments.stageResult ?: 'SUCCESS'
            if (ofStage != 'SUCCESS') { unstableStage(ofStage) }
        }
        null
    }

    def warnError(Map arguments, Closure body) {
        catchError([buildResult: 'UNSTABLE', stageResult: 'UNSTABLE'] + arguments.subMap(['catchInterruptions']), body)
    }

    def retry(Map arguments, Closure body) {
        for (int left = arguments.count; ; left--) {
            boolean again = false
            def value = inside('retry', '', body) { Throwable failure ->
                again = left > 1 && !(failure instanceof Interrupted && failure.actual)
                if (!again) { throw failure }
                build.note("again: ${failure.message}")
            }
            if (!again) { return value }
        }
    }

    /**
     * A time limit: the step that runs when it has passed is ended, once. What the block still does after that gets a minute, then
     * its step is ended once more, for good (TimeoutStepExecution of workflow-basic-steps). `pace` makes all of it shorter.
     */
    def timeout(Map arguments, Closure body) {
        def limit = new Limit(timer: new Timer(true))
        def unit = java.util.concurrent.TimeUnit.valueOf(arguments.unit?.toString() ?: 'MINUTES')
        limit.timer.schedule({ expire(limit) } as TimerTask, (unit.toMillis(arguments.time) * build.request.pace) as long)
        limits << limit
        try {
            return inside('timeout', '') { Context.within(limit: limit, body) }
        } catch (Interrupted interrupted) {
            if (interrupted.limit.is(limit)) { interrupted.actual = false }
            throw interrupted
        } finally {
            limits.remove(limit)
            limit.timer.cancel()
        }
    }

    private void expire(Limit limit) {
        interrupt(limit)
        limit.timer.schedule({ interrupt(limit, 'KILL') } as TimerTask, (60_000 * build.request.pace) as long)
    }

    def withEnv(Map arguments, Closure body) {
        def variables = arguments.overrides.collectEntries { it.toString().split('=', 2) as List }
        inside('withEnv', '') { Context.within(variables: variables, body) }
    }

    def dir(Map arguments, Closure body) { inside('dir', '') { Context.within(directory: path(arguments.path), body) } }

    def deleteDir(Map arguments, Closure body) { if (dry == null) { remove(needAgent('deleteDir').directory) } }

    def cleanWs(Map arguments, Closure body) {
        def context = needAgent('cleanWs')
        if (dry == null) { remove(context.workspace) }
    }

    private static void remove(File folder) {
        if (!folder.deleteDir()) { throw new StepFailure("cannot remove ${folder}") }
    }

    def pwd(Map arguments, Closure body) { (arguments.tmp ? needAgent('pwd').temporary : path('.')).path }

    def fileExists(Map arguments, Closure body) { path(arguments.file).exists() }

    def readFile(Map arguments, Closure body) {
        if (dry != null) { return dry.files.find { ending, text -> arguments.file.endsWith(ending) }?.value ?: '' }
        def file = path(arguments.file)
        if (!file.file) { throw new StepFailure("no file ${arguments.file}") }
        file.getText('UTF-8')
    }

    def writeFile(Map arguments, Closure body) {
        if (dry != null) { return }
        path(arguments.file).parentFile.mkdirs()
        path(arguments.file).setText(arguments.text, 'UTF-8')
    }

    def archiveArtifacts(Map arguments, Closure body) {
        if (dry != null) { return }
        def found = matching(arguments.artifacts, arguments.excludes)
        if (!found && !arguments.allowEmptyArchive) { throw new StepFailure("nothing to archive: ${arguments.artifacts}") }
        found.each {
            def target = new File("${build.request.record}/archive", it)
            target.parentFile.mkdirs()
            target.bytes = path(it).bytes
            build.archived << [path: it, stage: Context.current().stage?.path ?: []]
        }
    }

    /** Results of tests: failed ones make the stage and the build unstable, none at all is a failure. */
    def junit(Map arguments, Closure body) {
        if (dry != null) { return }
        def suites = matching(arguments.testResults).collect { new XmlSlurper().parse(path(it)) }
        if (!suites && !arguments.allowEmptyResults) { throw new StepFailure("no results: ${arguments.testResults}") }
        def cases = suites.collectMany { suite -> suite.'**'.findAll { it.name() == 'testcase' } }
        def failed = cases.count { test -> test.children().any { it.name() in ['failure', 'error'] } }
        def outcome = [total: cases.size(), failed: failed]
        arguments.outcome = outcome
        build.note("tests: ${outcome.total}, failed: ${failed}")
        if (failed && !arguments.skipMarkingBuildUnstable) {
            build.worsen('UNSTABLE')
            unstableStage('UNSTABLE')
        }
    }

    def stash(Map arguments, Closure body) {
        if (dry != null) { return }
        def found = matching(arguments.includes ?: '**', arguments.excludes)
        if (!found && !arguments.allowEmpty) { throw new StepFailure("nothing to stash: ${arguments.includes}") }
        def store = new File("${build.request.record}/stash-${stashed.size()}")
        found.each { transfer(path(it), new File(store, it)) }
        stashed[arguments.name] = store
    }

    def unstash(Map arguments, Closure body) {
        if (dry != null) { return }
        def store = stashed[arguments.name]
        if (!store) { throw new StepFailure("no stash ${arguments.name}") }
        if (store.directory) { store.eachFileRecurse(groovy.io.FileType.FILES) { transfer(it, path(store.toPath().relativize(it.toPath()).toString())) } }
    }

    private static void transfer(File from, File to) {
        to.parentFile.mkdirs()
        java.nio.file.Files.copy(from.toPath(), to.toPath(), java.nio.file.StandardCopyOption.REPLACE_EXISTING,
            java.nio.file.StandardCopyOption.COPY_ATTRIBUTES)
    }

    def mail(Map arguments, Closure body) { build.notified << [by: 'mail', arguments: plain(arguments)] }

    def slackSend(Map arguments, Closure body) { build.notified << [by: 'slackSend', arguments: plain(arguments)] }

    /** A person's answer; none is asked, so a build that waits for one is stopped. */
    def input(Map arguments, Closure body) {
        def answer = build.request.inputs[arguments.message]
        if (answer == null) { throw new Interrupted("nobody answers: ${arguments.message}") }
        answer
    }

    def withCredentials(Map arguments, Closure body) {
        def context = needAgent('withCredentials')
        def folder = new File(context.temporary, "secrets-${counter++}")
        try {
            def variables = arguments.bindings.collectEntries { new Credentials(build, folder).bind(it) }
            return inside('withCredentials', '') { Context.within(variables: variables, body) }
        } finally {
            folder.deleteDir()
        }
    }

    def git(Map arguments, Closure body) {
        checkout([scm: [symbol: 'scmGit', branches: [[name: arguments.branch ?: 'master']],
            userRemoteConfigs: [[url: arguments.url, credentialsId: arguments.credentialsId]]]], null)
    }

    def checkout(Map arguments, Closure body) {
        def context = needAgent('checkout')
        if (dry == null) { new Checkout(build, context, { List<String> words -> shell.run(words, environment(), true) }).run(arguments.scm) }
    }

    /** The branches of a parallel block; the first failure is thrown when all have ended. */
    def parallel(Map<String, Closure> branches) {
        build.print('[Pipeline] parallel')
        branches.keySet().each { build.print("[Pipeline] { (Branch: ${it})") }
        def failures = branches.collectEntries { [it.key, null] }
        def outer = Context.current()
        baton.branches(branches.collect { name, branch ->
            { ->
                try { branch() } catch (Throwable problem) { failures[name] = problem }
                if (!build.stopped) { build.print('[Pipeline] }') }
                if (failures[name]) { build.note("failed in branch ${name}") }
                baton.pass()
            }
        })
        assert Context.current().is(outer)
        def failure = failures.values().find { it instanceof Killed } ?: failures.values().find()
        if (!(failure instanceof Killed)) { build.print('[Pipeline] // parallel') }
        if (failure) { throw failure }
    }
}
