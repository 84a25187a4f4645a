import org.codehaus.groovy.ast.ASTNode
import org.codehaus.groovy.ast.expr.ClosureExpression
import org.codehaus.groovy.ast.expr.ConstantExpression
import org.codehaus.groovy.ast.expr.Expression
import org.codehaus.groovy.ast.expr.MapExpression
import org.codehaus.groovy.ast.expr.MethodCallExpression
import org.codehaus.groovy.ast.expr.NamedArgumentListExpression
import org.codehaus.groovy.ast.expr.TupleExpression
import org.codehaus.groovy.ast.stmt.ExpressionStatement
import org.codehaus.groovy.ast.stmt.Statement

/** One `name(arguments) { body }` of the source. */
class Call {
    ASTNode node
    String name
    List<Expression> positional = []
    Map<ConstantExpression, Expression> named = [:]
    ClosureExpression body

    /** The call that a statement is; null when it is anything else, also a call on some object. */
    static Call of(ASTNode statement) {
        def expression = statement instanceof ExpressionStatement ? statement.expression : statement
        if (!(expression instanceof MethodCallExpression) || !expression.implicitThis) { return null }
        def call = new Call(node: expression, name: expression.methodAsString)
        ((TupleExpression) expression.arguments).expressions.each {
            // A literal map is one argument; `checkout([$class: …])`.
            if (it instanceof NamedArgumentListExpression || it instanceof MapExpression && call.node.arguments.expressions.size() > 1) {
                it.mapEntryExpressions.each { entry -> call.named[(ConstantExpression) entry.keyExpression] = entry.valueExpression }
            } else {
                call.positional << it
            }
        }
        if (call.positional && call.positional.last() instanceof ClosureExpression) { call.body = call.positional.pop() }
        call
    }

    List<Statement> getStatements() { body ? body.code.statements : [] }

    /** The value of the only argument, if it is a literal. */
    Object getLiteral() { positional.size() == 1 && positional[0] instanceof ConstantExpression ? positional[0].value : null }

    /** Names that stand in a section more than once. */
    static Collection<String> repeated(Collection<String> names) { names.findAll { it && names.count(it) > 1 }.unique() }
}
