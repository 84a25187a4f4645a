/** What a `when` section is read with: its conditions, each asked when the stage wants to know. */
class When {
    private final Interpreter interpreter
    final Map<String, Boolean> flags = [:]
    private final List<Closure<Boolean>> conditions = []

    When(Interpreter interpreter) { this.interpreter = interpreter }

    boolean met() { conditions.every { it() } }

    void beforeAgent(boolean on) { flags.beforeAgent = on }
    void beforeInput(boolean on) { flags.beforeInput = on }
    void beforeOptions(boolean on) { flags.beforeOptions = on }

    void expression(Closure body) { conditions << { -> interpreter.code(body) as boolean } }

    void branch(String pattern) {
        conditions << { ->
            def branch = interpreter.steps.environment().BRANCH_NAME
            branch && org.apache.tools.ant.types.selectors.SelectorUtils.matchPath(pattern, branch)
        }
    }

    void environment(Map wanted) { conditions << { -> interpreter.steps.environment()[wanted.name] == wanted.value } }

    void equals(Map compared) { conditions << { -> compared.expected == compared.actual } }

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
        if (Vocabulary.CONDITIONS[name] == null) { throw new MissingMethodException(name, When, arguments as Object[]) }
        throw new StepFailure("the runner does not ask ${name}")
    }
}
