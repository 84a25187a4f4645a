/** What an `environment` section is read with: each variable sees those before it. */
class Variables {
    private final PipelineScript script
    private final Map<String, Object> found = [:]

    Variables(PipelineScript script) { this.script = script }

    def getProperty(String name) {
        if (name == 'found') { return this.@found }
        this.@found.containsKey(name) ? this.@found[name] : this.@script.getProperty(name)
    }

    void setProperty(String name, value) { this.@found[name] = value instanceof Map ? value : value.toString() }

    def methodMissing(String name, arguments) { this.@script.methodMissing(name, arguments) }
}
