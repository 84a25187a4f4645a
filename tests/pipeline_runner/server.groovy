// Runs pipelines: for each line `<command> <base64 of JSON>` one line of JSON. tests/pipeline_runner/runner.py starts this.

import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import org.codehaus.groovy.control.CompilerConfiguration

def answers = System.out
// The answers have their own stream; whatever a pipeline prints must not get between them.
System.out = System.err

Map run(Map request) {
    def validator = new Validator(request.source)
    if (validator.errors) { return [refused: validator.errors] }
    def configuration = new CompilerConfiguration(scriptBaseClass: PipelineScript.name).addCompilationCustomizers(new Preparation())
    def shell = new GroovyShell(PipelineScript.classLoader, configuration)
    def build = new Build(request)
    new Interpreter(build).run((PipelineScript) shell.parse(request.source, 'Jenkinsfile.groovy'))
    build.trace() + [oversights: validator.oversights]
}

System.in.eachLine('UTF-8') { line ->
    def (command, encoded) = line.split(' ', 2) as List
    def request = new JsonSlurper().parseText(new String(encoded.decodeBase64(), 'UTF-8'))
    def answer
    try {
        switch (command) {
            case 'validate':
                def validator = new Validator(request.source)
                answer = [errors: validator.errors, oversights: validator.oversights]
                break
            case 'run': answer = run(request); break
            default: answer = [failure: "unknown command ${command}"]
        }
    } catch (Throwable problem) {
        def text = new StringWriter()
        problem.printStackTrace(new PrintWriter(text))
        answer = [failure: text.toString()]
    }
    answers.println(JsonOutput.toJson(answer))
    answers.flush()
}
