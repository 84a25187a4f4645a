/** Where a branch of the pipeline is: its stage, its folder, the variables around it. Never changed, only replaced for a block. */
class Context {
    private static final ThreadLocal<Context> CURRENT = new InheritableThreadLocal<Context>()
    /** What there is one of; a block may have another. */
    private static final List<String> SINGLE = ['stage', 'node', 'workspace', 'directory']

    /** Variables that blocks set, the innermost last. */
    final List<Map<String, String>> layers
    /** What the console hides. */
    final List<String> secrets
    final List<Limit> limits
    final Stage stage
    /** Variables of the agent; none where no agent is. */
    final Map<String, String> node
    /** Null where no agent is. */
    final File workspace
    final File directory

    Context(Map values) {
        layers = values.layers
        secrets = values.secrets
        limits = values.limits
        stage = values.stage
        node = values.node
        workspace = values.workspace
        directory = values.directory
    }

    static Context current() { CURRENT.get() }

    static void begin(Limit person) { CURRENT.set(new Context(layers: [], secrets: [], limits: [person], node: [:])) }

    /** Runs `body` in this context with `changes`; `variables` are one more layer. */
    static within(Map changes, Closure body) {
        def outer = current()
        def values = SINGLE.collectEntries { [it, outer[it]] } + changes.subMap(SINGLE)
        values.layers = outer.layers + (changes.variables ? [changes.variables] : [])
        values.secrets = outer.secrets + (changes.secrets ?: [])
        values.limits = outer.limits + (changes.limit ? [changes.limit] : [])
        CURRENT.set(new Context(values))
        try { return body() } finally { CURRENT.set(outer) }
    }

    /** Beside the folder, also beside one that `dir` has gone to: WorkspaceList.tempDir of Jenkins. */
    File getTemporary() { new File("${directory}@tmp") }
}
