/** Where a branch of the pipeline is: its stage, its folder, the variables around it. Never changed, only replaced for a block. */
class Context {
    private static final ThreadLocal<Context> CURRENT = new InheritableThreadLocal<Context>()

    /** Variables that blocks set, the innermost last. */
    final List<Map<String, String>> layers
    final Stage stage
    /** Null where no agent is. */
    final File workspace
    final File directory
    final List<Limit> limits

    Context(Map values) {
        layers = values.layers
        stage = values.stage
        workspace = values.workspace
        directory = values.directory
        limits = values.limits
    }

    static Context current() { CURRENT.get() }

    static void begin(Limit person) { CURRENT.set(new Context(layers: [], limits: [person])) }

    /** Runs `body` in this context with `changes`; `variables` are one more layer. */
    static within(Map changes, Closure body) {
        def outer = current()
        def values = [layers: outer.layers, stage: outer.stage, workspace: outer.workspace, directory: outer.directory, limits: outer.limits]
        if (changes.variables) { values.layers = outer.layers + [changes.variables] }
        if (changes.limit) { values.limits = outer.limits + [changes.limit] }
        CURRENT.set(new Context(values + changes.subMap(['stage', 'workspace', 'directory'])))
        try { return body() } finally { CURRENT.set(outer) }
    }

    File getTemporary() { new File("${workspace}@tmp") }
}
