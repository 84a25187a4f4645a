import org.apache.tools.ant.types.selectors.SelectorUtils

/** What a `when` section is read with: its conditions, asked once, at the time that its flags say. */
class When {
    private final Interpreter interpreter
    private final Closure section
    private final Map<String, Boolean> flags = [:]
    private List<Closure<Boolean>> conditions = []
    /** Whether the stage may run; without a section it may. */
    boolean passed

    When(Interpreter interpreter, Closure section = null) {
        this.interpreter = interpreter
        this.section = section
        passed = section == null
        if (section) { Declaration.read(this, section) }
    }

    /** Whether a stage may go on; `flag` says that now is the time to ask, if it is set. Without a flag it is high time. */
    boolean allows(String flag = null) {
        if (passed || flag && !flags[flag]) { return true }
        // Read anew: what the conditions are given may have changed meanwhile.
        conditions = []
        passed = Declaration.read(this, section).met()
    }

    private boolean met() { conditions.every { it() } }

    void beforeAgent(boolean on) { flags.beforeAgent = on }
    void beforeInput(boolean on) { flags.beforeInput = on }
    void beforeOptions(boolean on) { flags.beforeOptions = on }

    void expression(Closure body) { conditions << { -> interpreter.code(body) as boolean } }

    void branch(String pattern) { branch([pattern: pattern]) }

    void branch(Map wanted) {
        conditions << { ->
            def seen = interpreter.steps.environment()
            def branch = seen.BRANCH_NAME ?: seen.GIT_LOCAL_BRANCH
            branch && wanted.pattern ? matches(wanted.comparator ?: 'GLOB', wanted.pattern, branch) : !branch && !wanted.pattern
        }
    }

    private static boolean matches(String comparator, String pattern, String text) {
        switch (comparator) {
            case 'EQUALS': return text == pattern
            case 'REGEXP': return text ==~ pattern
            default: return SelectorUtils.matchPath(pattern, text, false)
        }
    }

    void environment(Map wanted) {
        conditions << { ->
            def value = interpreter.steps.environment()[wanted.name] ?: ''
            wanted.ignoreCase ? value.equalsIgnoreCase(wanted.value) : value == wanted.value
        }
    }

    void allOf(Closure body) {
        def inner = Declaration.read(new When(interpreter), body)
        conditions << { -> inner.met() }
    }

    void anyOf(Closure body) {
        def inner = Declaration.read(new When(interpreter), body).conditions
        conditions << { -> inner.any { it() } }
    }

    void not(Closure body) {
        def inner = Declaration.read(new When(interpreter), body)
        conditions << { -> !inner.met() }
    }

    def methodMissing(String name, arguments) {
        def word = name - Preparation.MARK
        if (Vocabulary.CONDITIONS[word] == null) { throw new MissingMethodException(name, When, arguments as Object[]) }
        conditions << { ->
            if (word != 'equals') { throw new StepFailure("the runner does not ask ${word}") }
            arguments[0].expected == arguments[0].actual
        }
    }
}
