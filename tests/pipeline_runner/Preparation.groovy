import org.codehaus.groovy.ast.ClassCodeVisitorSupport
import org.codehaus.groovy.ast.ClassNode
import org.codehaus.groovy.ast.Parameter
import org.codehaus.groovy.ast.VariableScope
import org.codehaus.groovy.ast.expr.BinaryExpression
import org.codehaus.groovy.ast.expr.ClosureExpression
import org.codehaus.groovy.ast.expr.ConstantExpression
import org.codehaus.groovy.ast.expr.Expression
import org.codehaus.groovy.ast.expr.MethodCallExpression
import org.codehaus.groovy.ast.stmt.ReturnStatement
import org.codehaus.groovy.classgen.GeneratorContext
import org.codehaus.groovy.control.CompilePhase
import org.codehaus.groovy.control.SourceUnit
import org.codehaus.groovy.control.customizers.CompilationCustomizer

/** Changes the source of a pipeline before it is compiled, where plain Groovy would mean something else than Jenkins does. */
class Preparation extends CompilationCustomizer {
    /** Groovy has methods of these names for every object; the mark keeps the pipeline's words from them. */
    static final Set<String> TAKEN = ['equals', 'print', 'println', 'sleep']
    static final String MARK = 'step '

    Preparation() { super(CompilePhase.CONVERSION) }

    void call(SourceUnit source, GeneratorContext context, ClassNode node) {
        node.visitContents(new ClassCodeVisitorSupport() {
            void visitMethodCallExpression(MethodCallExpression call) {
                if (call.implicitThis && call.methodAsString in TAKEN) { call.method = new ConstantExpression(MARK + call.methodAsString) }
                def last = call.arguments.expressions ? call.arguments.expressions.last() : null
                if (call.methodAsString == 'environment' && last instanceof ClosureExpression) { defer(last) }
                super.visitMethodCallExpression(call)
            }

            protected SourceUnit getSourceUnit() { source }
        })
    }

    /** Makes closures of the values of variables, except of what `credentials('id')` gives. */
    private static void defer(ClosureExpression section) {
        section.code.statements*.expression.findAll { it instanceof BinaryExpression && it.operation.text == '=' }.each { BinaryExpression set ->
            def value = set.rightExpression
            if (!(value instanceof MethodCallExpression && value.methodAsString == 'credentials')) { set.rightExpression = deferred(value) }
        }
    }

    private static Expression deferred(Expression value) {
        new ClosureExpression(Parameter.EMPTY_ARRAY, new ReturnStatement(value)).with {
            variableScope = new VariableScope()
            it
        }
    }
}
