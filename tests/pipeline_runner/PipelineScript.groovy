/** What a Jenkinsfile is compiled to: its unknown words are steps, symbols, and variables of the environment. */
abstract class PipelineScript extends Script {
    private Interpreter interpreter

    void connect(Interpreter interpreter) {
        this.interpreter = interpreter
        binding.env = new Env(interpreter: interpreter)
        binding.params = interpreter.parameters
        binding.currentBuild = new CurrentBuild(build: interpreter.build)
    }

    /** `env`: reads what a step would see; what is assigned reaches all steps that follow. */
    static class Env {
        private Interpreter interpreter

        def getProperty(String name) { this.@interpreter.steps.environment()[name] }

        void setProperty(String name, value) {
            if (name == 'interpreter') {
                this.@interpreter = value
            } else {
                this.@interpreter.steps.assigned[name] = String.valueOf(value)
            }
        }
    }

    /** `currentBuild`, as far as the sandbox shows it. */
    static class CurrentBuild {
        private Build build

        String getResult() { build.result }

        void setResult(String result) { build.worsen(result) }

        String getCurrentResult() { build.currentResult }

        int getNumber() { build.request.number }

        String getDisplayName() { "#${number}" }

        String getFullDisplayName() { "${build.request.name} #${number}" }
    }

    void pipeline(Closure body) { interpreter.pipeline(Declaration.read(new Declaration(), body)) }

    def methodMissing(String name, arguments) {
        def word = name - Preparation.MARK
        word in ['print', 'println'] ? interpreter.call('echo', [String.valueOf(arguments[0])]) : interpreter.call(word, arguments as List)
    }

    def propertyMissing(String name) {
        def value = interpreter.steps.environment()[name]
        if (value == null) { throw new MissingPropertyException(name, PipelineScript) }
        value
    }
}
