/** What an `environment` section is read with. Each variable is worked out when it is asked for, so it sees those behind it, too. */
class Variables {
    private final PipelineScript script
    /** Closures by name (Preparation makes them of the values), and what `credentials('id')` gives. */
    private final Map<String, Object> declared = [:]
    /** The variable that is worked out now: in its own value its name means what it was before. */
    private String current

    Variables(PipelineScript script) { this.script = script }

    /** The ids of credentials by variable. */
    Map<String, String> credentials() {
        this.@declared.findAll { it.value instanceof Map }.collectEntries { [it.key, it.value.id.toString()] }
    }

    /** The texts by variable. */
    Map<String, String> texts() { this.@declared.findAll { it.value instanceof Closure }.collectEntries { [it.key, text(it.key)] } }

    def getProperty(String name) {
        // `env.OTHER` means the one of this section, if there is one.
        if (name == 'env') { return this }
        name != this.@current && this.@declared[name] instanceof Closure ? text(name) : before(name)
    }

    void setProperty(String name, value) { this.@declared[name] = value }

    def methodMissing(String name, arguments) { this.@script.invokeMethod(name, arguments) }

    private String text(String name) {
        def outer = this.@current
        this.@current = name
        try { return String.valueOf(this.@declared[name].call()) } finally { this.@current = outer }
    }

    private before(String name) {
        try { return this.@script.getProperty(name) } catch (MissingPropertyException none) { return this.@script.params[name] }
    }
}
