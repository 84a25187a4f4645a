/** Runs a declared pipeline in Jenkins' order (ModelInterpreter of pipeline-model-definition, and the recorded runs). */
class Interpreter {
    final Build build
    final Steps steps
    /** What the job declares, and what the pipeline adds for itself. */
    final Map<String, Object> parameters
    private PipelineScript script
    private Declaration root
    /** Those that agents work in now. */
    private final Set<File> workspaces = []

    Interpreter(Build build) {
        this.build = build
        steps = new Steps(build)
        parameters = [:] + build.request.parameters
    }

    /** Runs the source; the trace is in the build. */
    void run(PipelineScript compiled) {
        script = compiled
        script.connect(this)
        Throwable failure = null
        build.print('[Pipeline] Start of Pipeline')
        try {
            script.run()
        } catch (Killed gone) {
            // `post` may have been lent one.
            build.result = null
            return
        } catch (Throwable problem) {
            failure = problem
        } finally {
            steps.shell.leftovers.endAll()
        }
        build.print('[Pipeline] End of Pipeline')
        if (failure) {
            build.worsen(failure instanceof Interrupted ? failure.result : 'FAILURE')
            build.note("failed: ${failure instanceof StepFailure || failure instanceof Interrupted ? failure.message : failure}")
        }
        build.worsen(build.interruption)
        build.result = build.currentResult
        build.print("Finished: ${build.result}")
    }

    /** A word of the pipeline that Groovy does not know. */
    def call(String name, List arguments) {
        // `string` and `file` are kinds of parameters and of credentials, and no steps.
        if (Vocabulary.SYMBOLS[name] && !Vocabulary.STEPS[name]) { return symbol(name, arguments) }
        steps.invoke(name, arguments)
    }

    /** What a symbol was called with, by name, and its own name as `symbol`. */
    private static Map symbol(String name, List given) {
        def known = Vocabulary.SYMBOLS[name]
        def arguments = given && given[0] instanceof Map ? given[0] : given ? [(known.sole): given[0]] : [:]
        def unknown = arguments.keySet().find { !known.parameters.containsKey(it) }
        def missing = known.required.find { arguments[it] == null }
        if (unknown || missing) { throw new StepFailure(unknown ? "${name} does not take ${unknown}" : "${name} needs ${missing}") }
        [symbol: name] + arguments
    }

    void pipeline(Declaration declared) {
        root = declared
        root.parameters.each { addDefault(it.name, it.arguments[0]) }
        Throwable failure = null
        boolean ended = false
        try {
            inAgent(root.agent) {
                inEnvironment(root.environment) {
                    inOptions(root.options) {
                        failure = inOrder(root.stages, null)
                        ended = true
                        failure = postOfBuild(failure)
                        if (failure) { throw failure }
                    }
                }
            }
        } catch (Killed gone) {
            throw gone
        } catch (Throwable problem) {
            failure = failure ?: problem
        }
        // What went wrong before the first stage is followed by `post` all the same.
        if (!ended) { failure = postOfBuild(failure) }
        if (failure) { throw failure }
    }

    /** A parameter that the job does not have yet: in the first build of a job only `params` knows it. */
    private void addDefault(String kind, Map declared) {
        def choices = declared.choices instanceof CharSequence ? declared.choices.readLines() : declared.choices
        def value = declared.defaultValue != null ? declared.defaultValue : choices ? choices[0] : kind == 'booleanParam' ? false : ''
        if (!parameters.containsKey(declared.name)) { parameters[declared.name] = value }
    }

    /** Runs a block of the pipeline's code; it sees the script and nothing of the sections around it. */
    private code(Closure body) { body.rehydrate(script, script, script).call() }

    /** Stages one after the other; the failure so far, which makes the rest be passed over. */
    private Throwable inOrder(List<Declaration> stages, Throwable failure, String skipped = null) {
        stages.each { stage ->
            try { runStage(stage, failure, skipped) } catch (Killed gone) { throw gone } catch (Throwable problem) { failure = failure ?: problem }
        }
        failure
    }

    private void runStage(Declaration declared, Throwable before, String skipped) {
        build.print('[Pipeline] stage')
        steps.inside('stage', declared.name) {
            def outer = Context.current().stage
            def stage = new Stage(name: declared.name, path: (outer?.path ?: []) + declared.name, outer: outer, container: !declared.steps)
            synchronized (build) { build.stages << stage }
            Context.within(stage: stage, variables: [STAGE_NAME: declared.name]) {
                def failure = evaluate(declared, stage, before, skipped ?: reasonToSkip(before))
                stage.ended()
                if (failure) { throw failure }
            }
        }
    }

    private String reasonToSkip(Throwable failure) {
        def unstable = build.result == 'UNSTABLE' && root.options.any { it.name == 'skipStagesAfterUnstable' }
        failure ? 'failure' : unstable ? 'unstable' : null
    }

    private Throwable evaluate(Declaration declared, Stage stage, Throwable failure, String skipped) {
        try {
            def when = new When(this, declared.when)
            if (skipped) {
                skip(declared, stage, failure, skipped)
            } else {
                inVariables(declared.cell) {
                    perform(declared, stage, when)
                    if (!when.passed) { skip(declared, stage, failure, 'when') }
                }
            }
        } catch (Killed gone) {
            throw gone
        } catch (Throwable problem) {
            stage.failed(problem)
            failure = failure ?: problem
        }
        declared.parallel != null && !stage.skipped ? post(declared, stage, failure) : failure
    }

    private void skip(Declaration declared, Stage stage, Throwable failure, String reason) {
        stage.skipped = reason
        if (reason == 'when') { stage.status = 'NOT_EXECUTED' }
        if (failure) { stage.failed(failure) }
        build.note("${declared.name} is passed over: ${reason}")
        if (declared.parallel) {
            steps.parallel(declared.parallel.collectEntries { branch -> [branch.name, { runStage(branch, failure, reason) }] }, false)
        } else {
            inOrder(declared.stages ?: [], failure, reason)
        }
    }

    /** Runs a stage from its options inwards, unless its `when` says no. */
    private void perform(Declaration declared, Stage stage, When when) {
        if (!when.allows('beforeOptions')) { return }
        inOptions(declared.options) {
            if (when.allows('beforeInput')) { afterInput(declared.input) { onAgent(declared, stage, when) } }
        }
    }

    private void onAgent(Declaration declared, Stage stage, When when) {
        if (!when.allows('beforeAgent')) { return }
        inAgent(declared.agent) {
            if (when.allows()) { inEnvironment(declared.environment) { content(declared, stage) } }
        }
    }

    private void content(Declaration declared, Stage stage) {
        Throwable failure = null
        if (declared.parallel != null) {
            def failFast = declared.failFast || root.options.any { it.name == 'parallelsAlwaysFailFast' }
            steps.parallel(declared.parallel.collectEntries { branch -> [branch.name, { runStage(branch, null, null) }] }, failFast)
            return
        }
        if (declared.stages != null) {
            failure = inOrder(declared.stages, null)
        } else {
            try { code(declared.steps) } catch (Killed gone) { throw gone } catch (Throwable problem) {
                stage.failed(problem)
                failure = problem
            }
        }
        failure = post(declared, stage, failure)
        if (failure) { throw failure }
    }

    private void afterInput(Closure input, Closure body) {
        if (input) {
            def arguments = Declaration.calls(input)
            def asked = ['parameters', 'submitterParameter'].find { arguments.containsKey(it) }
            if (asked) { throw new StepFailure("the runner asks for no ${asked}") }
            steps.invoke('input', [arguments])
        }
        body()
    }

    private void inAgent(Object kind, Closure body) {
        if (kind in [null, 'none']) {
            body()
            return
        }
        // A label without text is any agent.
        def label = kind instanceof Closure ? Declaration.read(new Label(script: script), kind).label ?: 'any' : kind
        if (label != 'any' && !(label in build.request.labels)) { throw new StepFailure("no agent has the label ${label}") }
        build.print('[Pipeline] node')
        def workspace = take()
        def node = [WORKSPACE: workspace.path, WORKSPACE_TMP: "${workspace}@tmp".toString(), NODE_LABELS: label.toString(),
                    NODE_NAME: 'agent-1', EXECUTOR_NUMBER: '0']
        try {
            if (build.request.dry == null) { [workspace, new File("${workspace}@tmp")]*.mkdirs() }
            steps.inside('node', '') { Context.within([workspace: workspace, directory: workspace, node: node], body) }
        } finally {
            workspaces.remove(workspace)
            steps.shell.leftovers.end(workspace)
        }
    }

    /** A workspace that no other agent works in; the second one of a job is `job@2`. */
    private File take() {
        def numbers = (1..workspaces.size() + 1).collect { new File(build.request.workspace + (it > 1 ? "@${it}" : '')) }
        def free = numbers.find { !(it in workspaces) }
        workspaces << free
        free
    }

    static class Label {
        PipelineScript script
        String label

        void label(String label) { this.label = label }

        void node(Closure body) { Declaration.read(this, body) }

        void customWorkspace(String path) { throw new StepFailure('the runner has no workspaces of other names') }
    }

    private void inOptions(List options, Closure body) {
        def wrappers = options.findAll { Vocabulary.STEPS[it.name] }
        wrappers.reverse().inject(body) { inner, option -> { -> steps.invoke(option.name, option.arguments + [inner]) } }.call()
    }

    private void inVariables(Map<String, String> variables, Closure body) {
        if (variables) { steps.invoke('withEnv', [variables.collect { name, value -> "${name}=${value}".toString() }, body]) } else { body() }
    }

    private void inEnvironment(Closure environment, Closure body) {
        if (!environment) {
            body()
            return
        }
        def variables = Declaration.read(new Variables(script), environment)
        def bindings = variables.credentials().collectMany { name, id -> Credentials.bindings(build, name, id) }
        def inner = { -> inVariables(variables.texts(), body) }
        if (bindings) { steps.invoke('withCredentials', [bindings, inner]) } else { inner() }
    }

    private Throwable postOfBuild(Throwable failure) {
        if (!anyMet(root, failure)) { return failure }
        def name = 'Declarative: Post Actions'
        def stage = new Stage(name: name, path: [name])
        build.stages << stage
        build.print('[Pipeline] stage')
        steps.inside('stage', name) {
            Context.within(stage: stage, variables: [STAGE_NAME: name]) { failure = post(root, null, failure) }
        }
        stage.ended()
        failure
    }

    /** Jenkins first asks without what steps have told of the stage: a warning alone leads to no `post`. */
    private boolean anyMet(Declaration declared, Throwable failure) {
        Vocabulary.POST.any { declared.post[it] && met(it, failure, null) }
    }

    /** Runs what `post` says for the result so far, in Jenkins' order; the first failure of all. */
    private Throwable post(Declaration declared, Stage stage, Throwable failure) {
        if (!anyMet(declared, failure)) { return failure }
        Vocabulary.POST.each { condition ->
            def body = declared.post[condition]
            if (!body || !met(condition, failure, stage)) { return }
            def before = build.result
            def lent = combined(failure, stage)
            build.result = lent
            try { code(body) } catch (Killed gone) { throw gone } catch (Throwable problem) {
                stage?.failed(problem)
                build.note("post ${condition} failed: ${problem.message}")
                failure = failure ?: problem
            }
            // The result is only lent to the block, unless the block made it worse.
            if (build.currentResult == lent) { build.result = before }
        }
        failure
    }

    private String combined(Throwable failure, Stage stage) {
        def error = failure instanceof Interrupted ? failure.result : failure ? 'FAILURE' : stage?.warning
        [build.currentResult, build.interruption, error].inject { one, other -> Build.worst(one, other) }
    }

    private boolean met(String condition, Throwable failure, Stage stage) {
        def now = combined(failure, stage)
        def whole = combined(failure, null)
        def previous = build.request.previous
        switch (condition) {
            case ['always', 'cleanup']: return true
            case 'changed': return previous == null || whole != previous
            case 'fixed': return whole == 'SUCCESS' && previous in ['FAILURE', 'UNSTABLE']
            case 'regression': return previous != null && whole != previous && Build.worst(whole, previous) == whole
            case 'unsuccessful': return now != 'SUCCESS'
            case 'notBuilt': return now == 'NOT_BUILT'
            default: return now == condition.toUpperCase()
        }
    }
}
