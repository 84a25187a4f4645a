import java.util.concurrent.TimeUnit
import org.apache.tools.ant.DirectoryScanner
import org.xml.sax.SAXException

/**
 * The steps. Each is a method that takes its arguments by name and the block behind it; Vocabulary says which it knows.
 *
 * In a dry run what would touch the agent is recorded and not done.
 */
class Steps {
    final Build build
    final Baton baton = new Baton()
    final Shell shell
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

    /** Deletes a file or folder; links are not followed, as Groovy's own deleteDir() would. */
    static void delete(File file) {
        if (['rm', '-rf', '--', file.path].execute().waitFor()) { throw new StepFailure("cannot delete ${file}") }
    }

    /** Runs a step of the pipeline. Throws StepFailure for an unknown step or argument. */
    def invoke(String name, List given) {
        def known = Vocabulary.STEPS[name]
        if (!known) { throw new StepFailure("no such step: ${name}") }
        if (!respondsTo(name, [Map, Closure] as Object[])) { throw new StepFailure("the runner does not run ${name}") }
        def body = given && given.last() instanceof Closure ? (Closure) given.last() : null
        def arguments = named(name, known, body ? given.init() : given)
        def step = build.record(stage: Context.current().stage?.path ?: [], step: name, arguments: plain(arguments))
        try {
            checkStopped(step)
            build.print("[Pipeline] ${name}")
            return this."${name}"(arguments, body)
        } catch (Throwable problem) {
            step.failure = Build.masked(problem.message ?: problem.class.name)
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
        def missing = known.required.find { !arguments.containsKey(it) }
        if (missing) { throw new StepFailure("${name} needs ${missing}") }
        arguments
    }

    /** Values as JSON knows them. */
    private static plain(value) {
        switch (value) {
            case Map: return value.collectEntries { key, inner -> [key, plain(inner)] }
            case Collection: return value.collect { plain(it) }
            case Number: case Boolean: case null: return value
            default: return Build.masked(value.toString())
        }
    }

    private void checkStopped(Map step) {
        if (build.request.stop?.step == step.number) { build.stop() }
        if (build.gone) { throw new Killed() }
        checkInterrupted()
    }

    private static void checkInterrupted() {
        def limit = Context.current().limits.find { it.struck() }
        if (limit) { throw new Interrupted('interrupted', limit) }
    }

    private void interrupt(Limit limit, boolean leave = false) {
        limit.strike()
        shell.interrupt(limit, leave)
    }

    /** A step with a block. `caught` decides about a failure inside of it; it throws what it does not take. */
    def inside(String name, String label, Closure body, Closure caught = { throw it }) {
        try {
            return block(label, body, caught)
        } finally {
            if (!build.gone) { build.print("[Pipeline] // ${name}") }
            baton.pass()
        }
    }

    private block(String label, Closure body, Closure caught) {
        build.print("[Pipeline] {${label ? " (${label})" : ''}")
        baton.pass()
        Throwable failure = null
        def value = null
        try { value = body() } catch (Killed gone) { throw gone } catch (Throwable problem) { failure = problem }
        build.print('[Pipeline] }')
        baton.pass()
        if (failure) { caught(failure) }
        value
    }

    /** The variables that a step sees: the agent's own, the build's, what was assigned, and the blocks around (EnvVars of Jenkins). */
    Map<String, String> environment() {
        def context = Context.current()
        // The same name in other letters is the same variable.
        def variables = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER)
        [context.workspace ? build.request.agent : [:], context.node, build.request.variables, assigned].each { variables.putAll(it) }
        context.layers.each { layer -> layer.each { name, value -> override(variables, name, value) } }
        variables
    }

    private static void override(Map<String, String> variables, String name, String value) {
        // withEnv(['PATH+MAVEN=/opt/maven/bin']) puts a folder in front.
        def real = name.contains('+') ? name.substring(0, name.indexOf('+')) : name
        if (!value) {
            variables.remove(name)
        } else {
            variables[real] = real != name && variables[real] != null ? "${value}:${variables[real]}".toString() : value
        }
    }

    /** What a program is started with: a variable without a value is none, whoever has set it (Launcher of Jenkins). */
    private Map<String, String> programEnvironment() { environment().findAll { name, value -> value } }

    private Map start(List<String> words, Map<String, String> variables, boolean capture) {
        def done = shell.run(words, variables, capture)
        checkInterrupted()
        done
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

    private List<String> matching(String includes, String excludes = null, Boolean defaultExcludes = null) {
        def folder = needAgent('a pattern').directory
        def scanner = new DirectoryScanner(basedir: folder, includes: split(includes), excludes: split(excludes))
        if (defaultExcludes != false) { scanner.addDefaultExcludes() }
        if (folder.directory) { scanner.scan() }
        folder.directory ? scanner.includedFiles.sort() : []
    }

    private static String[] split(String patterns) { patterns?.split(/\s*,\s*/) }

    /** Makes the build and the stage worse without a failure. */
    private void warn(String ofBuild, String ofStage) {
        if (ofBuild != 'SUCCESS') { build.worsen(ofBuild) }
        if (ofStage != 'SUCCESS') { Context.current().stage?.warn(ofStage) }
    }

    def echo(Map arguments, Closure body) { build.print(arguments.message) }

    def error(Map arguments, Closure body) { throw new StepFailure(arguments.message) }

    def unstable(Map arguments, Closure body) {
        build.note(arguments.message)
        warn('UNSTABLE', 'UNSTABLE')
    }

    def script(Map arguments, Closure body) { inside('script', '', body) }

    def timestamps(Map arguments, Closure body) { inside('timestamps', '', body) }

    def lock(Map arguments, Closure body) { inside('lock', '', body) }

    def isUnix(Map arguments, Closure body) { true }

    def sleep(Map arguments, Closure body) {
        if (dry != null) { return }
        def end = System.currentTimeMillis() + TimeUnit.valueOf(arguments.unit ?: 'SECONDS').toMillis(arguments.time)
        baton.apart {
            while (System.currentTimeMillis() < end) {
                Thread.sleep(5)
                if (build.gone) { throw new Killed() }
                checkInterrupted()
            }
        }
    }

    def sh(Map arguments, Closure body) {
        def context = needAgent('sh')
        def variables = programEnvironment()
        arguments.outcome = [environment: variables.collectEntries { name, value -> [name, Build.masked(value)] }]
        def done = dry != null ? [status: dry.statuses[arguments.label ?: ''] ?: 0, output: ''] : started(context, arguments, variables)
        arguments.outcome.status = done.status
        if (arguments.returnStatus) { return done.status }
        if (done.status && arguments.returnStdout) { build.print(done.output) }
        if (done.status) { throw new StepFailure("script returned exit code ${done.status}") }
        arguments.returnStdout ? done.output : null
    }

    private Map started(Context context, Map arguments, Map<String, String> variables) {
        def control = new File(context.temporary, "durable-${counter++}")
        control.mkdirs()
        def file = new File(control, 'script.sh')
        def script = arguments.script ?: ''
        file.setText(script, 'UTF-8')
        file.setExecutable(true)
        // Whatever starts another program now may hold the file open for writing; see durable-task's JENKINS-70874.
        def words = script.startsWith('#!') ? [copy(file)] : ['sh', '-xe', file.path]
        try { return start(words, variables, arguments.returnStdout as boolean) } finally { delete(control) }
    }

    private static String copy(File file) {
        ['cp', '-p', file.path, "${file.path}.copy"].execute().waitFor()
        "${file.path}.copy"
    }

    def catchError(Map arguments, Closure body) {
        ['buildResult', 'stageResult'].each { name ->
            def result = arguments[name]
            if (result != null && !(result.toUpperCase() in Build.RESULTS)) { throw new StepFailure("${name} is no result: ${result}") }
        }
        inside('catchError', '', body) { Throwable failure ->
            if (failure instanceof Interrupted && failure.actual && arguments.catchInterruptions == false) { throw failure }
            build.note("caught: ${failure.message}")
            if (arguments.message) { build.note(arguments.message) }
            def interrupted = failure instanceof Interrupted ? failure.result : null
            // A result that is given as null changes nothing; one that is not given does.
            def ofBuild = arguments.containsKey('buildResult') ? arguments.buildResult ?: 'SUCCESS' : 'FAILURE'
            warn(interrupted ?: ofBuild.toUpperCase(), interrupted ?: (arguments.stageResult ?: 'SUCCESS').toUpperCase())
        }
        null
    }

    def warnError(Map arguments, Closure body) {
        catchError([buildResult: 'UNSTABLE', stageResult: 'UNSTABLE'] + arguments.subMap(['message', 'catchInterruptions']), body)
    }

    def retry(Map arguments, Closure body) {
        if (arguments.conditions) { throw new StepFailure('the runner knows no conditions for retry') }
        boolean again = true
        def value = null
        try {
            for (int left = arguments.count; again; left--) {
                again = false
                value = block('', body) { Throwable failure ->
                    again = left > 1 && !(failure instanceof Interrupted && failure.actual)
                    if (!again) { throw failure }
                    build.note("again: ${failure.message}")
                }
            }
        } finally {
            if (!build.gone) { build.print('[Pipeline] // retry') }
            baton.pass()
        }
        value
    }

    /**
     * A time limit: the step that runs when it has passed is ended, once. What the block still does after that gets a minute, then
     * its step is left behind (TimeoutStepExecution of workflow-basic-steps). `pace` makes all of it shorter.
     */
    def timeout(Map arguments, Closure body) {
        if (arguments.activity) { throw new StepFailure('the runner does not watch activity') }
        def limit = new Limit(timer: new Timer(true))
        def span = TimeUnit.valueOf(arguments.unit ?: 'MINUTES').toMillis(arguments.time)
        limit.timer.schedule({ expire(limit) } as TimerTask, span * build.request.pace as long)
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
        limit.timer.schedule({ interrupt(limit, true) } as TimerTask, 60_000 * build.request.pace as long)
    }

    def withEnv(Map arguments, Closure body) {
        def unset = arguments.overrides.find { !it.toString().contains('=') }
        if (unset) { throw new StepFailure("withEnv without a value: ${unset}") }
        def variables = arguments.overrides.collectEntries { it.toString().split('=', 2) as List }
        inside('withEnv', '') { Context.within(variables: variables, body) }
    }

    def dir(Map arguments, Closure body) { inside('dir', '') { Context.within(directory: path(arguments.path), body) } }

    def deleteDir(Map arguments, Closure body) {
        def folder = needAgent('deleteDir').directory
        if (dry == null) { delete(folder) }
    }

    /** The folder that the pipeline is in, which `dir` may have changed. */
    def cleanWs(Map arguments, Closure body) {
        def folder = needAgent('cleanWs').directory
        if (arguments.patterns) { throw new StepFailure('the runner cleans no patterns') }
        // `NOT_BUILT` is told by cleanWhenNotBuilt.
        def flag = 'cleanWhen' + build.currentResult.toLowerCase().tokenize('_')*.capitalize().join('')
        def wanted = build.result == null || arguments[flag] != false
        if (dry == null && wanted) { delete(folder) }
    }

    def pwd(Map arguments, Closure body) {
        def context = needAgent('pwd')
        (arguments.tmp ? context.temporary : context.directory).path
    }

    def fileExists(Map arguments, Closure body) { path(arguments.file).exists() }

    def readFile(Map arguments, Closure body) {
        if (dry != null) { return dry.files.find { ending, text -> arguments.file.endsWith(ending) }?.value ?: '' }
        def file = path(arguments.file)
        if (!file.file) { throw new StepFailure("no file ${arguments.file}") }
        arguments.encoding == 'Base64' ? file.bytes.encodeBase64().toString() : file.getText(arguments.encoding ?: 'UTF-8')
    }

    def writeFile(Map arguments, Closure body) {
        if (dry != null) { return }
        def file = path(arguments.file)
        file.parentFile.mkdirs()
        file.bytes = arguments.encoding == 'Base64' ? arguments.text.decodeBase64() : arguments.text.getBytes(arguments.encoding ?: 'UTF-8')
    }

    /** Archives files; none is a failure, unless there has been one already (ArtifactArchiver of Jenkins). */
    def archiveArtifacts(Map arguments, Closure body) {
        boolean failed = Build.worst(build.currentResult, 'FAILURE') == build.currentResult
        if (dry != null || failed && arguments.onlyIfSuccessful) { return }
        def found = matching(arguments.artifacts, arguments.excludes, arguments.defaultExcludes)
        if (!found && !arguments.allowEmptyArchive && !failed) { throw new StepFailure("nothing to archive: ${arguments.artifacts}") }
        found.each {
            def target = new File("${build.request.record}/archive", it)
            target.parentFile.mkdirs()
            target.bytes = path(it).bytes
            build.archived << [path: it, stage: Context.current().stage?.path ?: []]
        }
    }

    /** Results of tests: failed ones make the stage and the build unstable, none at all is a failure (junit plugin). */
    def junit(Map arguments, Closure body) {
        if (dry != null) { return }
        def files = matching(arguments.testResults)
        def tests = files.collectMany { testsOf(path(it)) }
        arguments.outcome = [total: tests.size(), failed: tests.count(true)]
        build.note("tests: ${arguments.outcome.total}, failed: ${arguments.outcome.failed}")
        if (!tests && !arguments.allowEmptyResults && (!files || build.result != 'FAILURE')) {
            throw new StepFailure("no results: ${arguments.testResults}")
        }
        if (arguments.outcome.failed) { warn(arguments.skipMarkingBuildUnstable ? 'SUCCESS' : 'UNSTABLE', 'UNSTABLE') }
    }

    /** For each test of a file whether it failed; a file that cannot be read is a test that failed. */
    private static List<Boolean> testsOf(File file) {
        try {
            def tests = new XmlSlurper().parse(file).'**'.findAll { it.name() == 'testcase' }
            return tests.collect { test -> test.children().any { it.name() in ['failure', 'error'] } }
        } catch (SAXException broken) {
            if (!file.name.endsWith('.xml')) { throw new StepFailure("no results of tests: ${file.name}") }
            return [true]
        }
    }

    def stash(Map arguments, Closure body) {
        if (dry != null) { return }
        def found = matching(arguments.includes ?: '**', arguments.excludes, arguments.useDefaultExcludes)
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
        def folder = new File(Context.current().temporary, "secretFiles/${counter++}")
        def bound = new Credentials(build, folder)
        try {
            arguments.bindings.each { bound.bind(it) }
            return inside('withCredentials', '') { Context.within(variables: bound.variables, secrets: bound.secrets) { hiding(body) } }
        } finally {
            if (folder.exists()) { delete(folder) }
        }
    }

    /** Behind the block nothing is hidden, so a message of its failure has to be before. */
    private static hiding(Closure body) {
        try { return body() } catch (StepFailure failure) { throw new StepFailure(Build.masked(failure.message ?: '')) }
    }

    def git(Map arguments, Closure body) {
        checkout([scm: [symbol: 'scmGit', branches: [[name: arguments.branch ?: 'master']],
            userRemoteConfigs: [[url: arguments.url, credentialsId: arguments.credentialsId]]]], null)
    }

    def checkout(Map arguments, Closure body) {
        def context = needAgent('checkout')
        if (dry == null) { new Checkout(build, context, { List<String> words -> start(words, programEnvironment(), true) }).run(arguments.scm) }
    }

    /** The branches of a parallel block; the worst failure is thrown when all have ended. With `failFast` the first ends the others. */
    void parallel(Map<String, Closure> branches, boolean failFast) {
        build.print('[Pipeline] parallel')
        branches.keySet().each { build.print("[Pipeline] { (Branch: ${it})") }
        checkInterrupted()
        def others = new Limit()
        List<Throwable> failures = []
        Context.within(limit: others) {
            def before = Context.current().limits.collectEntries { [it, it.count] }
            baton.branches(branches.collect { name, branch ->
                { ->
                    before.each { limit, strikes -> limit.pass(strikes) }
                    def failure = failureOf(branch)
                    if (failure) { failures << failure }
                    if (!build.gone) { build.print('[Pipeline] }') }
                    if (failure) { build.note("failed in branch ${name}") }
                    if (failFast && failures.size() == 1) { interrupt(others) }
                    baton.pass()
                }
            })
            before.keySet().each { it.pass(it.count) }
        }
        if (!build.gone) { build.print('[Pipeline] // parallel') }
        if (failures) { throw failFast ? failures[0] : failures.min { severity(it) } }
    }

    private static Throwable failureOf(Closure work) {
        try { work() } catch (Throwable problem) { return problem }
        null
    }

    /** The worst is the least; of those that are as bad the first in time counts (ParallelStep of workflow-cps). */
    private static int severity(Throwable failure) {
        failure instanceof Killed ? 0 : failure instanceof Interrupted ? 3 : failure instanceof StepFailure ? 2 : 1
    }
}
