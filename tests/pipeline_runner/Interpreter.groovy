/** Runs a declared pipeline in Jenkins' order (ModelInterpreter of pipeline-model-definition, and the recorded runs). */
class Interpreter {
    final Build build
    final Steps steps
    /** What the job declares, and what the pipeline adds for itself. */
    final Map<String, Object> parameters
    private PipelineScript script
    private Declaration root
    private int nodes

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
        }
        build.print('[Pipeline] End of Pipeline')
        if (failure) {
            build.worsen(failure instanceof Interrupted ? failure.result : 'FAILURE')
            build.note("failed: ${failure instanceof StepFailure || failure instanceof Interrupted ? failure.message : failure}")
        }
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
        def arguments = given && given[0] instanceof Map ? given[0] : given ? [(Vocabulary.SYMBOLS[name].sole): given[0]] : [:]
        [symbol: name] + arguments
    }

    void pipeline(Declaration declared) {
        root = declared
        root.parameters.each { entry ->
            def defaults = entry.arguments[0]
            if (!parameters.containsKey(defaults.name)) { parameters[defaults.name] = defaults.defaultValue ?: defaults.choices?.getAt(0) }
        }
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
            def path = (Context.current().stage?.path ?: []) + declared.name
            def stage = new Stage(name: declared.name, path: path)
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
        boolean wanted = !skipped
        try {
            if (skipped) {
                skip(declared, stage, failure, skipped)
            } else {
                inVariables(declared.cell) { wanted = perform(declared, stage) }
                if (!wanted) { skip(declared, stage, failure, 'when') }
            }
        } catch (Killed gone) {
            throw gone
        } catch (Throwable problem) {
            stage.failed(problem)
            failure = failure ?: problem
        }
        // Jenkins' stage view tells a stage of parallel ones as well, whatever became of them.
        if (declared.parallel != null) { stage.status = skipped || !wanted ? stage.status : 'SUCCESS' }
        wanted && declared.parallel != null ? post(declared, stage, failure) : failure
    }

    private void skip(Declaration declared, Stage stage, Throwable failure, String reason) {
        stage.skipped = reason
        stage.status = [failure: 'FAILED', unstable: 'SUCCESS', when: 'NOT_EXECUTED'][reason]
        build.note("${declared.name} is passed over: ${reason}")
        inOrder(declared.stages ?: declared.parallel ?: [], failure, reason)
    }

    /** Runs a stage from its options inwards; false when its `when` says no. */
    private boolean perform(Declaration declared, Stage stage) {
        def when = declared.when ? Declaration.read(new When(this), declared.when) : null
        if (when?.flags?.beforeOptions && !when.met()) { return false }
        boolean wanted = true
        inOptions(declared.options) {
            if (when?.flags?.beforeInput && !when.met()) {
                wanted = false
                return
            }
            afterInput(declared.input) { wanted = onAgent(declared, stage, when) }
        }
        wanted
    }

    private boolean onAgent(Declaration declared, Stage stage, When when) {
        if (when?.flags?.beforeAgent && !when.met()) { return false }
        boolean wanted = true
        inAgent(declared.agent) {
            if (when && !when.met()) {
                wanted = false
            } else {
                inEnvironment(declared.environment) { content(declared, stage) }
            }
        }
        wanted
    }

    private void content(Declaration declared, Stage stage) {
        Throwable failure = null
        if (declared.parallel != null) {
            if (declared.failFast) { throw new StepFailure('the runner does not stop parallel stages early') }
            steps.parallel(declared.parallel.collectEntries { branch -> [branch.name, { runStage(branch, null, null) }] })
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
        if (input) { steps.invoke('input', [Declaration.calls(input)]) }
        body()
    }

    private void inAgent(Object kind, Closure body) {
        def label = kind instanceof Closure ? Declaration.read(new Label(script: script), kind).label : kind
        if (label in [null, 'none']) {
            body()
            return
        }
        if (label != 'any' && !(label in build.request.labels)) { throw new StepFailure("no agent has the label ${label}") }
        build.print('[Pipeline] node')
        // A second agent of the same job gets a folder of its own.
        def workspace = new File(build.request.workspace + (nodes ? "@${nodes + 1}" : ''))
        nodes++
        try {
            if (build.request.dry == null) { [workspace, new File("${workspace}@tmp")]*.mkdirs() }
            def variables = [WORKSPACE: workspace.path, WORKSPACE_TMP: "${workspace}@tmp".toString(), NODE_LABELS: label.toString()]
            steps.inside('node', '') { Context.within([workspace: workspace, directory: workspace, variables: variables], body) }
        } finally {
            nodes--
        }
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
        def read = Declaration.read(new Variables(script), environment)
        def secrets = read.found.findAll { it.value instanceof Map }
        inSecrets(secrets) { inVariables(read.found.findAll { !(it.value instanceof Map) }, body) }
    }

    private void inSecrets(Map<String, Map> secrets, Closure body) {
        if (!secrets) {
            body()
            return
        }
        def folder = new File(Context.current().temporary, 'secrets')
        try {
            def variables = [:]
            secrets.each { name, reference -> variables += new Credentials(build, folder).variable(name, reference.id) }
            build.record(stage: Context.current().stage?.path ?: [], step: 'withCredentials', arguments: [bindings: secrets.values() as List])
            build.print('[Pipeline] withCredentials')
            steps.inside('withCredentials', '') { Context.within(variables: variables, body) }
        } finally {
            folder.deleteDir()
        }
    }

    private Throwable postOfBuild(Throwable failure) {
        if (!Vocabulary.POST.any { root.post[it] && met(it, failure, null) }) { return failure }
        def stage = new Stage(name: 'Declarative: Post Actions', path: ['Declarative: Post Actions'])
        build.stages << stage
        build.print('[Pipeline] stage')
        steps.inside('stage', stage.name) { Context.within(stage: stage) { failure = post(root, null, failure) } }
        stage.ended()
        failure
    }

    /** Runs what `post` says for the result so far, in Jenkins' order; the first failure of all. */
    private Throwable post(Declaration declared, Stage stage, Throwable failure) {
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
        Build.worst(build.currentResult, error)
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
