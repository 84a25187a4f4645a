import org.codehaus.groovy.ast.ASTNode
import org.codehaus.groovy.ast.CodeVisitorSupport
import org.codehaus.groovy.ast.expr.ConstantExpression
import org.codehaus.groovy.ast.expr.DeclarationExpression
import org.codehaus.groovy.ast.expr.Expression
import org.codehaus.groovy.ast.expr.MethodCallExpression
import org.codehaus.groovy.ast.expr.PropertyExpression
import org.codehaus.groovy.ast.expr.VariableExpression

/** Judges what calls are handed, and code that is no step. */
class CodeCheck {
    private final Findings findings
    /** Those of the source. */
    final Set<String> functions

    CodeCheck(Findings findings, Collection<String> functions) {
        this.findings = findings
        this.functions = functions as Set
    }

    /** Judges what a step or a condition is handed. */
    void step(Call call, Signature known) {
        if (given(call, known)) { missing(call, known).each { findings.error(call.node, "${call.name} needs ${it}") } }
    }

    /** Judges what an option, a parameter or a trigger is handed; of those with names Jenkins does not ask whether all are there. */
    void entry(Call call, Signature known) {
        def bare = !call.named && !call.positional
        def flag = known.required.size() == 1 && known.parameters[known.required[0]] == Boolean
        if (given(call, known)) {
            missing(call, known).each {
                if (!bare) { findings.oversight(call.node, "${call.name} needs ${it}") }
                else if (!flag) { findings.error(call.node, "${call.name} needs ${it}") }
            }
        }
    }

    /** Whether all that is given has its place and type. */
    private boolean given(Call call, Signature known) {
        def before = findings.errors.size()
        if (call.positional.size() > 1) {
            findings.error(call.node, "the arguments of ${call.name} need names")
        } else if (call.positional && !known.sole) {
            findings.error(call.node, "${call.name} takes names")
        } else if (call.positional) {
            literal(call.positional[0], known.parameters[known.sole])
        }
        call.named.each { key, value ->
            if (known.parameters.containsKey(key.value)) {
                literal(value, known.parameters[key.value])
            } else {
                findings.error(key, "${call.name} has no ${key.value}")
            }
        }
        (call.positional + call.named.values()).each { code(it) }
        before == findings.errors.size()
    }

    private static List<String> missing(Call call, Signature known) {
        known.required - call.named.keySet()*.value - (call.positional ? [known.sole] : [])
    }

    private void literal(Expression value, Class type) {
        if (!(value instanceof ConstantExpression)) { return }
        if (!Vocabulary.accepts(type, value.value)) { findings.error(value, "not a ${type.simpleName}") }
        // Groovy makes a flag of anything.
        if (type == Boolean && !(value.value instanceof Boolean)) { findings.oversight(value, 'not a Boolean') }
    }

    /** Looks through code for calls that Jenkins would not know, or that its sandbox would refuse. */
    void code(ASTNode node) {
        def local = [] as Set
        node.visit(new CodeVisitorSupport() {
            void visitDeclarationExpression(DeclarationExpression declaration) {
                if (declaration.leftExpression instanceof VariableExpression) { local << declaration.leftExpression.name }
                super.visitDeclarationExpression(declaration)
            }

            void visitMethodCallExpression(MethodCallExpression call) {
                judge(call, local)
                call.objectExpression.visit(this)
                call.arguments.visit(this)
            }

            void visitPropertyExpression(PropertyExpression property) {
                if (property.objectExpression.text == 'currentBuild' && !(property.propertyAsString in Build.PUBLIC)) {
                    findings.oversight(property, "the sandbox does not give out currentBuild.${property.propertyAsString}")
                }
                property.objectExpression.visit(this)
            }
        })
    }

    private void judge(MethodCallExpression call, Set<String> local) {
        def name = call.methodAsString
        if (!call.implicitThis) {
            if (!(name in Vocabulary.SANDBOX)) { findings.oversight(call, "the sandbox does not know ${name}") }
        } else if (Vocabulary.SYMBOLS[name] || Vocabulary.STEPS[name]) {
            word(Call.of(call), [Vocabulary.SYMBOLS[name], Vocabulary.STEPS[name]].findAll())
        } else if (!(name in functions) && !(name in local) && !(name in Preparation.TAKEN)) {
            findings.oversight(call, "no step, symbol or function: ${name}")
        }
    }

    /** A word may be a symbol and a step. */
    private void word(Call call, List<Signature> meant) {
        call.named.keySet().findAll { key -> !meant.any { it.parameters.containsKey(key.value) } }.each {
            findings.oversight(it, "${call.name} has no ${it.value}")
        }
        if (meant.every { missing(call, it) }) { findings.oversight(call.node, "${call.name} needs ${missing(call, meant[0])[0]}") }
    }
}
