import org.codehaus.groovy.ast.ASTNode
import org.codehaus.groovy.ast.ClassCodeVisitorSupport
import org.codehaus.groovy.ast.CodeVisitorSupport
import org.codehaus.groovy.ast.ModuleNode
import org.codehaus.groovy.ast.expr.BinaryExpression
import org.codehaus.groovy.ast.expr.ClosureExpression
import org.codehaus.groovy.ast.expr.ConstantExpression
import org.codehaus.groovy.ast.expr.DeclarationExpression
import org.codehaus.groovy.ast.expr.Expression
import org.codehaus.groovy.ast.expr.GStringExpression
import org.codehaus.groovy.ast.expr.MapExpression
import org.codehaus.groovy.ast.expr.MethodCallExpression
import org.codehaus.groovy.ast.expr.NamedArgumentListExpression
import org.codehaus.groovy.ast.expr.PropertyExpression
import org.codehaus.groovy.ast.expr.TupleExpression
import org.codehaus.groovy.ast.expr.VariableExpression
import org.codehaus.groovy.ast.stmt.ExpressionStatement
import org.codehaus.groovy.ast.stmt.Statement
import org.codehaus.groovy.control.CompilationUnit
import org.codehaus.groovy.control.MultipleCompilationErrorsException
import org.codehaus.groovy.control.Phases
import org.codehaus.groovy.control.messages.SyntaxErrorMessage

/**
 * Judges the source of a declarative pipeline as Jenkins' validator does, at the same lines and columns.
 *
 * `errors` are what Jenkins refuses. `oversights` are what it accepts although the pipeline would fail, or do something else than
 * it seems to, when it runs: nothing that jjbgen generates may have one.
 */
class Validator {
    final List<Map> errors = []
    final List<Map> oversights = []
    private Set<String> functions

    /** One `name(arguments) { body }` of the source. */
    private static class Call {
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
    }

    Validator(String source) {
        def module = parse(source)
        if (module) {
            functions = module.methods*.name as Set
            script(module)
        }
    }

    private ModuleNode parse(String source) {
        def unit = new CompilationUnit()
        unit.addSource('Jenkinsfile', source)
        try {
            unit.compile(Phases.CONVERSION)
            return unit.AST.modules[0]
        } catch (MultipleCompilationErrorsException refused) {
            refused.errorCollector.errors.each {
                assert it instanceof SyntaxErrorMessage
                errors << [line: it.cause.startLine, column: it.cause.startColumn, message: it.cause.originalMessage]
            }
            return null
        }
    }

    private void error(ASTNode node, String message) { errors << at(node, message) }

    private void oversight(ASTNode node, String message) { oversights << at(node, message) }

    private static Map at(ASTNode node, String message) { [line: node.lineNumber, column: node.columnNumber, message: message] }

    private void script(ModuleNode module) {
        def calls = module.statementBlock.statements.collect { [it, Call.of(it)] }
        def pipelines = calls.findAll { it[1]?.name == 'pipeline' }
        if (!pipelines) {
            errors << [line: 1, column: 1, message: 'no pipeline']
            return
        }
        pipelines.drop(1).each { oversight(it[0], 'a second pipeline') }
        def first = calls.indexOf(pipelines[0])
        calls.drop(first + 1).findAll { it[1]?.name != 'pipeline' }.each { oversight(it[0], 'a statement behind the pipeline') }
        pipelines.each { pipeline(it[1]) }
        module.methods.each { code(it.code) }
    }

    private void pipeline(Call pipeline) {
        def sections = read(pipeline, Vocabulary.SECTIONS) { call, node -> error(node, "no section of a pipeline: ${call.name}") }
        ['agent', 'stages'].findAll { !sections[it] }.each { error(pipeline.node, "the pipeline has no ${it}") }
        if (sections.agent) { agent(sections.agent) }
        if (sections.stages) { stages(sections.stages, false) }
        if (sections.parameters) { parameters(sections.parameters) }
        if (sections.triggers) { triggers(sections.triggers) }
        if (sections.libraries) { oversight(sections.libraries.node, 'no libraries here') }
        common(sections, false)
    }

    /** The sections of a block by name; unknown ones and repeated ones are told. */
    private Map<String, Call> read(Call block, Set<String> known, Closure unknown) {
        Map<String, Call> found = [:]
        block.statements.each { statement ->
            def call = Call.of(statement)
            if (!call) {
                error(statement, 'not a section; each goes on a line of its own')
                return
            }
            if (!(call.name in known)) {
                unknown(call, statement)
            } else if (found.containsKey(call.name)) {
                error(statement, "${call.name} stands here twice")
            } else {
                found[call.name] = call
            }
        }
        found
    }

    /** The sections that pipelines and stages share. */
    private void common(Map<String, Call> sections, boolean inStage) {
        if (sections.environment) { environment(sections.environment) }
        if (sections.options) { options(sections.options, inStage) }
        if (sections.post) { post(sections.post) }
        if (sections.tools) { tools(sections.tools) }
    }

    private void agent(Call agent) {
        if (!agent.body) {
            def kind = agent.positional[0]
            if (!(kind instanceof VariableExpression && kind.name in ['any', 'none'])) { error(kind ?: agent.node, 'neither any nor none') }
            return
        }
        def kinds = agent.statements.collect { Call.of(it) }
        if (kinds.size() != 1 || !(kinds[0]?.name in Vocabulary.AGENTS)) {
            error(kinds[0]?.node ?: agent.node, 'no kind of agent')
            return
        }
        kinds[0].positional.each { code(it) }
    }

    private void stages(Call stages, boolean inParallel) {
        if (!stages.statements) {
            error(stages.node, 'no stages')
            return
        }
        def names = stages.statements.collect { statement ->
            def call = Call.of(statement)
            if (call?.name != 'stage') {
                error(statement, 'not a stage')
                return null
            }
            stage(call, inParallel)
        }
        names.findAll { it && names.count(it) > 1 }.unique().each { error(stages.node, "two stages named ${it}") }
    }

    /** Judges a stage and returns its name. */
    private String stage(Call stage, boolean inParallel) {
        def name = nameOf(stage)
        if (!stage.body || !stage.positional) {
            error(stage.node, 'a stage has a name and a block')
            return name
        }
        def sections = read(stage, Vocabulary.STAGE_SECTIONS) { call, node ->
            error(stage.node, "no section of a stage: ${call.name}")
        }
        def contents = ['steps', 'stages', 'parallel', 'matrix'].findAll { sections[it] }
        if (contents.size() != 1) {
            error(stage.node, contents ? "a stage has one of ${contents.join(', ')}" : 'a stage has steps, stages, parallel or matrix')
        } else {
            content(stage, sections, inParallel)
        }
        if (sections.when) { when(sections.when) }
        if (sections.input) { input(sections.input) }
        common(sections, true)
        innerNames(sections).findAll { it == name }.each { oversight(stage.node, "a stage in the stage ${name} has its name") }
        name
    }

    private static List<String> innerNames(Map<String, Call> sections) {
        sections.stages?.statements?.collect { Call.of(it)?.positional?.getAt(0) }?.findAll { it instanceof ConstantExpression }*.value ?: []
    }

    private String nameOf(Call stage) {
        def name = stage.positional[0]
        if (name instanceof ConstantExpression && name.value instanceof String) { return name.value }
        if (name instanceof VariableExpression) {
            oversight(name, 'the name of a stage is no literal')
        } else {
            error(name ?: stage.body ?: stage.node, 'the name of a stage is no literal')
        }
        null
    }

    private void content(Call stage, Map<String, Call> sections, boolean inParallel) {
        def nested = sections.parallel ?: sections.matrix
        if (nested && inParallel) {
            error(nested.node, 'parallel or matrix inside of parallel or matrix')
            return
        }
        if (nested) {
            ['agent', 'tools'].findAll { sections[it] }.each { error(sections[it].node, "no ${it} beside parallel or matrix") }
        } else if (sections.agent) {
            agent(sections.agent)
        }
        if (sections.steps) { steps(sections.steps.body, sections.steps.node) }
        if (sections.stages) { stages(sections.stages, inParallel) }
        if (sections.parallel) { stages(sections.parallel, true) }
        if (sections.matrix) { matrix(sections.matrix) }
    }

    private void matrix(Call matrix) {
        def sections = read(matrix, Vocabulary.MATRIX_SECTIONS) { call, node -> error(node, "no section of a matrix: ${call.name}") }
        ['axes', 'stages'].findAll { !sections[it] }.each { error(matrix.node, "the matrix has no ${it}") }
        if (sections.stages) { stages(sections.stages, true) }
        common(sections, true)
    }

    private void options(Call options, boolean inStage) {
        nonEmpty(options) { option ->
            def known = Vocabulary.options(inStage)[option.name]
            if (known) { arguments(option, known) } else { error(option.node, "no option here: ${option.name}") }
        }
    }

    private void parameters(Call parameters) {
        nonEmpty(parameters) { parameter ->
            def known = Vocabulary.PARAMETERS[parameter.name]
            if (known) { arguments(parameter, known) } else { error(parameter.node, "no kind of parameter: ${parameter.name}") }
        }
    }

    private void triggers(Call triggers) {
        nonEmpty(triggers) { trigger ->
            if (!(trigger.name in Vocabulary.TRIGGERS)) {
                error(trigger.node, "no trigger: ${trigger.name}")
            } else if (trigger.name in ['cron', 'pollSCM']) {
                cron(trigger)
            }
        }
    }

    private void cron(Call trigger) {
        def spec = trigger.positional[0]
        if (!(spec instanceof ConstantExpression)) { return }
        spec.value.readLines().findAll { it && !it.startsWith('#') && !it.startsWith('TZ=') }.each { line ->
            def fields = line.trim().split(/\s+/)
            def minute = fields[0].isInteger() ? fields[0].toInteger() : 0
            if (!line.startsWith('@') && (fields.size() != 5 || minute > 59)) { oversight(spec, "no schedule: ${line}") }
        }
    }

    private void tools(Call tools) {
        nonEmpty(tools) { tool ->
            if (!(tool.name in Vocabulary.TOOLS)) { error(tool.node, "no tool: ${tool.name}") }
        }
    }

    private void nonEmpty(Call section, Closure entry) {
        if (!section.statements) { error(section.node, "${section.name} is empty") }
        section.statements.each {
            def call = Call.of(it)
            if (call) { entry(call) } else { error(it, "not an entry of ${section.name}") }
        }
    }

    private void environment(Call environment) {
        def variables = environment.statements.findAll { statement ->
            def set = statement instanceof ExpressionStatement ? statement.expression : null
            if (!(set instanceof BinaryExpression && set.operation.text == '=' && set.leftExpression instanceof VariableExpression)) {
                error(statement, 'not a variable')
                return false
            }
            value(set.rightExpression)
        }
        if (!variables) { error(environment.node, 'no variables') }
    }

    /** Judges the value of a variable; false when Jenkins does not read it at all. */
    private boolean value(Expression value) {
        switch (value) {
            case ConstantExpression:
                if (!(value.value instanceof String)) { oversight(value, 'not a text') }
                return true
            case GStringExpression: return true
            case BinaryExpression: return value.operation.text == '+' && this.value(value.leftExpression) && this.value(value.rightExpression)
            case MethodCallExpression:
                code(value)
                return true
            default:
                error(value, 'neither a text nor a call')
                return false
        }
    }

    private void when(Call when) {
        if (!when.statements) { error(when.node, 'when is empty') }
        conditions(when, true)
    }

    private int conditions(Call block, boolean outermost) {
        block.statements.count { statement ->
            def call = Call.of(statement)
            if (outermost && call?.name in Vocabulary.WHEN_FLAGS) { return false }
            def arity = Vocabulary.CONDITIONS[call?.name]
            if (arity == null) {
                error(statement, "no condition: ${call?.name}")
            } else if (arity) {
                def held = conditions(call, false)
                if (arity > 0 ? held != arity : !held) { error(statement, "${call.name} holds ${arity > 0 ? arity : 'no'} conditions") }
            } else if (call.name == 'expression' && call.body) {
                code(call.body)
            }
            true
        }
    }

    private void input(Call input) {
        if (!input.statements.any { Call.of(it)?.name == 'message' }) { error(input.node, 'an input without a message') }
    }

    private void post(Call post) {
        nonEmpty(post) { condition ->
            if (!(condition.name in Vocabulary.POST)) { error(condition.node, "no condition of post: ${condition.name}") }
            steps(condition.body, condition.node)
        }
        def names = post.statements.collect { Call.of(it)?.name }
        names.findAll { it && names.count(it) > 1 }.unique().each { error(post.node, "${it} stands here twice") }
    }

    private void steps(ClosureExpression body, ASTNode node) {
        if (!body?.code?.statements) {
            error(body ?: node, 'no steps')
            return
        }
        body.code.statements.each { statement ->
            def call = Call.of(statement)
            if (call) { step(call) } else { error(statement, 'not a step; code goes into a script block') }
        }
    }

    private void step(Call step) {
        if (step.name in functions) {
            code(step.node)
            return
        }
        def known = Vocabulary.STEPS[step.name]
        if (!known) {
            oversight(step.node, "no step: ${step.name}")
            return
        }
        arguments(step, known)
        if (step.name == 'script') {
            code(step.body)
        } else if (known.block && step.body) {
            steps(step.body, step.node)
        }
        if (known.block != (step.body != null) && step.name != 'parallel') { oversight(step.node, "${step.name} and blocks") }
    }

    /** Judges what is handed to a step, an option or a parameter. */
    private void arguments(Call call, Signature known) {
        def before = errors.size()
        if (call.positional.size() > 1) {
            error(call.node, "the arguments of ${call.name} need names")
        } else if (call.positional) {
            if (known.sole) { literal(call.positional[0], known.parameters[known.sole]) } else { error(call.node, "${call.name} takes names") }
        }
        call.named.each { key, value ->
            if (known.parameters.containsKey(key.value)) {
                literal(value, known.parameters[key.value])
            } else {
                error(key, "${call.name} has no ${key.value}")
            }
        }
        def given = call.named.keySet()*.value + (call.positional ? [known.sole] : [])
        if (before == errors.size()) {
            (known.required - given).each { oversight(call.node, "${call.name} needs ${it}") }
        }
        (call.positional + call.named.values()).each { code(it) }
    }

    private void literal(Expression value, Class type) {
        if (value instanceof ConstantExpression && !Vocabulary.accepts(type, value.value)) { error(value, "not a ${type.simpleName}") }
    }

    /** Looks through code for calls that Jenkins would not know, or that its sandbox would refuse. */
    private void code(ASTNode node) {
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
                    oversight(property, "the sandbox does not give out currentBuild.${property.propertyAsString}")
                }
                property.objectExpression.visit(this)
            }
        })
    }

    private void judge(MethodCallExpression call, Set<String> local) {
        def name = call.methodAsString
        if (!call.implicitThis) {
            if (!(name in Vocabulary.SANDBOX)) { oversight(call, "the sandbox does not know ${name}") }
        } else if (Vocabulary.SYMBOLS[name] || Vocabulary.STEPS[name]) {
            def known = (Vocabulary.SYMBOLS[name]?.parameters?.keySet() ?: [] as Set) + (Vocabulary.STEPS[name]?.parameters?.keySet() ?: [] as Set)
            Call.of(call).named.keySet().findAll { !(it.value in known) }.each { oversight(it, "${name} has no ${it.value}") }
        } else if (!(name in functions) && !(name in local)) {
            oversight(call, "no step, symbol or function: ${name}")
        }
    }
}
