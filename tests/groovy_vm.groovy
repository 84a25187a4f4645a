// Answers questions about Groovy source: for each line `<command> <base64 of UTF-8>` one line of JSON.
// The Groovy is that of Jenkins (2.4); tests/groovy_vm.py starts this and keeps it running.

import groovy.json.JsonOutput
import org.codehaus.groovy.antlr.UnicodeEscapingReader
import org.codehaus.groovy.antlr.SourceBuffer
import org.codehaus.groovy.antlr.parser.GroovyLexer
import org.codehaus.groovy.antlr.parser.GroovyTokenTypes
import org.codehaus.groovy.ast.ClassCodeVisitorSupport
import org.codehaus.groovy.ast.expr.ConstantExpression
import org.codehaus.groovy.ast.expr.GStringExpression
import org.codehaus.groovy.ast.expr.MapExpression
import org.codehaus.groovy.ast.expr.MethodCallExpression
import org.codehaus.groovy.ast.expr.PropertyExpression
import org.codehaus.groovy.ast.expr.TupleExpression
import org.codehaus.groovy.control.CompilationUnit
import org.codehaus.groovy.control.MultipleCompilationErrorsException
import org.codehaus.groovy.control.Phases
import org.codehaus.groovy.control.SourceUnit
import org.codehaus.groovy.control.messages.SyntaxErrorMessage

/** Collects the string literals of a file, its interpolated strings, and what its `sh` steps run. */
class Literals extends ClassCodeVisitorSupport {
    List<ConstantExpression> strings = []
    List<GStringExpression> gstrings = []
    List<MethodCallExpression> shells = []

    protected SourceUnit getSourceUnit() { null }

    void visitConstantExpression(ConstantExpression expression) {
        if (expression.value instanceof String) { strings << expression }
    }

    void visitGStringExpression(GStringExpression expression) {
        gstrings << expression
        super.visitGStringExpression(expression)
    }

    // The names of methods and properties are constants of the tree too, but no literals of the source.
    void visitMethodCallExpression(MethodCallExpression call) {
        if (call.methodAsString == 'sh') { shells << call }
        if (!(call.method instanceof ConstantExpression)) { call.method.visit(this) }
        call.objectExpression.visit(this)
        call.arguments.visit(this)
    }

    void visitPropertyExpression(PropertyExpression expression) {
        if (!(expression.property instanceof ConstantExpression)) { expression.property.visit(this) }
        expression.objectExpression.visit(this)
    }

    /** The script of a `sh` step; null when it is anything but one literal. */
    static String scriptOf(MethodCallExpression call) {
        def arguments = ((TupleExpression) call.arguments).expressions
        def found = arguments.size() == 1 ? arguments[0] : null
        if (found instanceof MapExpression) {
            found = found.mapEntryExpressions.find { it.keyExpression.value == 'script' }?.valueExpression
        }
        found instanceof ConstantExpression && found.value instanceof String ? found.value : null
    }
}

Map literals(String source) {
    def unit = new CompilationUnit()
    unit.addSource('Jenkinsfile', source)
    unit.compile(Phases.CONVERSION)
    def found = new Literals()
    unit.AST.classes.each { found.visitClass(it) }
    def inOrder = { a, b -> a.lineNumber <=> b.lineNumber ?: a.columnNumber <=> b.columnNumber }
    [
        strings: found.strings.sort(inOrder)*.value,
        gstrings: found.gstrings*.text,
        scripts: found.shells.sort(inOrder).collect { Literals.scriptOf(it) },
    ]
}

/** The code without what its literals say: every token, `'…'` for a string of any form. */
Map tokens(String source) {
    def buffer = new SourceBuffer()
    def reader = new UnicodeEscapingReader(new StringReader(source), buffer)
    def lexer = new GroovyLexer(reader)
    reader.setLexer(lexer)
    def stream = lexer.plumb()
    def found = []
    for (def token = stream.nextToken(); token.type != GroovyTokenTypes.EOF; token = stream.nextToken()) {
        found << (token.type == GroovyTokenTypes.STRING_LITERAL ? "'…'" : token.text)
    }
    [tokens: found]
}

Map compile(String source) {
    def unit = new CompilationUnit()
    unit.addSource('Jenkinsfile', source)
    try {
        unit.compile(Phases.CLASS_GENERATION)
        return [errors: []]
    } catch (MultipleCompilationErrorsException refused) {
        return [errors: refused.errorCollector.errors.collect {
            it instanceof SyntaxErrorMessage ? "${it.cause.line}: ${it.cause.originalMessage}" : "0: ${it.cause}"
        }]
    }
}

System.in.eachLine('UTF-8') { line ->
    def (command, encoded) = line.split(' ', 2) as List
    def source = new String(encoded.decodeBase64(), 'UTF-8')
    def answer
    try {
        switch (command) {
            case 'version': answer = [version: GroovySystem.version]; break
            case 'compile': answer = compile(source); break
            case 'literals': answer = literals(source); break
            case 'tokens': answer = tokens(source); break
            default: answer = [failure: "unknown command ${command}"]
        }
    } catch (Throwable problem) {
        answer = [failure: problem.toString()]
    }
    println JsonOutput.toJson(answer)
    System.out.flush()
}
