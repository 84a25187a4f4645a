import org.codehaus.groovy.ast.ASTNode
import org.codehaus.groovy.ast.ModuleNode
import org.codehaus.groovy.ast.expr.BinaryExpression
import org.codehaus.groovy.ast.expr.ClosureExpression
import org.codehaus.groovy.ast.expr.ConstantExpression
import org.codehaus.groovy.ast.expr.Expression
import org.codehaus.groovy.ast.expr.GStringExpression
import org.codehaus.groovy.ast.expr.MethodCallExpression
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
    private static final String IDENTIFIER = /[A-Za-z_]\w*/

    @Delegate private final Findings findings = new Findings()
    private CodeCheck check

    Validator(String source) {
        def module = parse(source)
        if (module) {
            check = new CodeCheck(findings, module.methods*.name)
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
        module.methods.each { check.code(it.code) }
    }

    private void pipeline(Call pipeline) {
        def sections = read(pipeline, Vocabulary.SECTIONS)
        ['agent', 'stages'].findAll { !sections[it] }.each { error(pipeline.node, "the pipeline has no ${it}") }
        if (sections.stages) { stages(sections.stages, false) }
        if (sections.parameters) { parameters(sections.parameters) }
        if (sections.triggers) { triggers(sections.triggers) }
        if (sections.libraries) { oversight(sections.libraries.node, 'no libraries here') }
        common(sections, false)
    }

    /** The sections of a block by name; unknown ones and repeated ones are told, at the block when it is given as `place`. */
    private Map<String, Call> read(Call block, Set<String> known, ASTNode place = null) {
        Map<String, Call> found = [:]
        block.statements.each { statement ->
            def call = Call.of(statement)
            if (!call) {
                error(place ?: statement, 'not a section; each goes on a line of its own')
                if (expression(statement) instanceof MethodCallExpression) { error(statement, 'a call on something') }
            } else if (!(call.name in known)) {
                error(place ?: statement, "no section of ${block.name}: ${call.name}")
            } else if (found.containsKey(call.name)) {
                error(place ?: statement, "${call.name} stands here twice")
            } else {
                found[call.name] = call
            }
        }
        found
    }

    private static Expression expression(Statement statement) { statement instanceof ExpressionStatement ? statement.expression : null }

    /** The sections that pipelines and stages share. */
    private void common(Map<String, Call> sections, boolean inStage) {
        if (sections.agent) { agent(sections.agent) }
        if (sections.environment) { environment(sections.environment) }
        if (sections.options) { options(sections.options, inStage) }
        if (sections.post) { post(sections.post) }
        if (sections.tools) { tools(sections.tools) }
        if (sections.when) { when(sections.when) }
        if (sections.input) { input(sections.input) }
    }

    private void agent(Call agent) {
        if (!agent.body) {
            def kind = agent.positional[0]
            if (!(kind instanceof VariableExpression && kind.name in ['any', 'none'])) { error(agent.node, 'neither any nor none') }
            return
        }
        def kinds = agent.statements.collect { Call.of(it) }
        if (kinds.size() != 1 || !kinds[0]) {
            error(agent.node, 'not one kind of agent')
        } else if (!(kinds[0].name in Vocabulary.AGENTS)) {
            error(kinds[0].node, 'no kind of agent')
        } else {
            kinds[0].positional.each { check.code(it) }
            if (kinds[0].name in ['label', 'node'] && kinds[0].body) { node(kinds[0]) }
        }
    }

    private void node(Call node) {
        def given = node.statements.collect { Call.of(it) }.findAll()
        given.findAll { !(it.name in Vocabulary.NODE) }.each { error(it.node, "an agent has no ${it.name}") }
        if (!given.any { it.name == 'label' }) { error(node.node, 'an agent has a label') }
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
        Call.repeated(names).each { error(stages.node, "two stages named ${it}") }
    }

    /** Judges a stage and returns its name. */
    private String stage(Call stage, boolean inParallel) {
        def name = nameOf(stage)
        if (!stage.body || !stage.positional) {
            error(stage.node, 'a stage has a name and a block')
            return name
        }
        def sections = read(stage, Vocabulary.STAGE_SECTIONS, stage.node)
        def contents = ['steps', 'stages', 'parallel', 'matrix'].findAll { sections[it] }
        def nested = sections.matrix ?: sections.parallel
        if (nested && inParallel) {
            error(nested.node, 'parallel or matrix inside of parallel or matrix')
        } else if (contents.size() != 1) {
            error(stage.node, contents ? "a stage has one of ${contents.join(', ')}" : 'a stage has steps, stages, parallel or matrix')
        } else if (nested) {
            ['agent', 'tools'].findAll { sections[it] }.each { error(sections[it].node, "no ${it} beside parallel or matrix") }
        }
        content(sections, inParallel)
        if (sections.failFast && !(sections.failFast.literal instanceof Boolean)) { error(sections.failFast.node, 'neither true nor false') }
        common(nested ? sections.findAll { it.key != 'agent' } : sections, true)
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

    private void content(Map<String, Call> sections, boolean inParallel) {
        if (sections.steps) { steps(sections.steps.body, sections.steps.node) }
        if (sections.stages) { stages(sections.stages, inParallel) }
        if (sections.parallel) { stages(sections.parallel, true) }
        if (sections.matrix) { matrix(sections.matrix) }
    }

    private void matrix(Call matrix) {
        def sections = read(matrix, Vocabulary.MATRIX_SECTIONS)
        ['axes', 'stages'].findAll { !sections[it] }.each { error(matrix.node, "the matrix has no ${it}") }
        if (sections.axes) { axes(sections.axes, ['name', 'values'] as Set) }
        if (sections.excludes) { excludes(sections.excludes) }
        if (sections.stages) { stages(sections.stages, true) }
        common(sections, true)
    }

    private void excludes(Call excludes) {
        if (!excludes.statements) { error(excludes.node, 'nothing is excluded') }
        excludes.statements.each {
            def call = Call.of(it)
            if (call?.name == 'exclude') { axes(call, ['name', 'notValues', 'values'] as Set) } else { error(it, 'not an exclude') }
        }
    }

    private void axes(Call axes, Set<String> known) {
        if (!axes.statements) { error(axes.node, 'no axes') }
        List<ConstantExpression> names = axes.statements.collect {
            def call = Call.of(it)
            if (call?.name == 'axis') { return axis(call, known) }
            error(it, 'not an axis')
            null
        }
        first(names.findAll()) { error(it, "two axes named ${it.value}") }
    }

    /** Judges an axis and returns where its name stands. */
    private ConstantExpression axis(Call axis, Set<String> known) {
        def parts = read(axis, known)
        def values = (parts.values ?: parts.notValues)?.positional ?: []
        if (!parts.name) { error(axis.node, 'an axis has a name') }
        if (!values) { error(axis.node, 'an axis has values') }
        values.findAll { !(it instanceof ConstantExpression) }.each { error(it, 'not a literal') }
        first(values) { error(it, 'this value stands here twice') }
        def name = parts.name?.positional?.getAt(0)
        if (!(name instanceof ConstantExpression)) { return null }
        if (!(name.value ==~ IDENTIFIER)) { error(name, 'no name of a variable') }
        name
    }

    /** Calls `told` with the first of those that are there more than once. */
    private static void first(List<Expression> all, Closure told) {
        all.groupBy { it.text }.values().findAll { it.size() > 1 }.each { told(it[0]) }
    }

    private void options(Call options, boolean inStage) {
        def names = nonEmpty(options) { option ->
            def known = Vocabulary.options(inStage)[option.name]
            if (known) { check.entry(option, known) } else { error(option.node, "no option here: ${option.name}") }
        }
        Call.repeated(names).each { error(options.node, "two options named ${it}") }
    }

    private void parameters(Call parameters) {
        nonEmpty(parameters) { parameter ->
            def known = Vocabulary.PARAMETERS[parameter.name]
            if (known) { check.entry(parameter, known) } else { error(parameter.node, "no kind of parameter: ${parameter.name}") }
        }
    }

    private void triggers(Call triggers) {
        def names = nonEmpty(triggers) { trigger ->
            def known = Vocabulary.TRIGGERS[trigger.name]
            if (known) { check.entry(trigger, known) } else { error(trigger.node, "no trigger: ${trigger.name}") }
            if (trigger.name in ['cron', 'pollSCM']) { cron(trigger) }
        }
        Call.repeated(names).each { error(triggers.node, "two triggers named ${it}") }
    }

    private void cron(Call trigger) {
        if (!(trigger.literal instanceof String)) { return }
        trigger.literal.readLines().findAll { it && !it.startsWith('#') && !it.startsWith('TZ=') }.each { line ->
            def fields = line.trim().split(/\s+/)
            def minute = fields[0].isInteger() ? fields[0].toInteger() : 0
            if (!line.startsWith('@') && (fields.size() != 5 || minute > 59)) { oversight(trigger.positional[0], "no schedule: ${line}") }
        }
    }

    private void tools(Call tools) {
        nonEmpty(tools) { tool ->
            if (!(tool.name in Vocabulary.TOOLS)) { error(tool.node, "no tool: ${tool.name}") }
        }
    }

    /** Judges the entries of a section, which are no blocks, and returns their names. */
    private List<String> nonEmpty(Call section, Closure entry) {
        if (!section.statements) { error(section.node, "${section.name} is empty") }
        section.statements.collect {
            def call = Call.of(it)
            if (!call || call.body) { error(it, "not an entry of ${section.name}") } else { entry(call) }
            call?.name
        }
    }

    private void environment(Call environment) {
        Set<String> names = []
        def variables = environment.statements.findAll { statement ->
            def set = expression(statement)
            if (!(set instanceof BinaryExpression && set.operation.text == '=' && set.leftExpression instanceof VariableExpression)) {
                error(statement, 'not a variable')
                return false
            }
            if (!names.add(set.leftExpression.name)) { error(set.leftExpression, "${set.leftExpression.name} is set twice") }
            value(set.rightExpression)
        }
        if (!variables) { error(environment.node, 'no variables') }
    }

    /** Judges the value of a variable; false when Jenkins does not read it at all. */
    private boolean value(Expression value) {
        if (value instanceof MethodCallExpression) {
            check.code(value)
            if (value.methodAsString == 'credentials' && !Call.of(value)?.positional?.every { text(it) }) { error(value, 'an id is a text') }
            return true
        }
        def wrong = value instanceof BinaryExpression ? parts(value).find { !text(it) } : text(value) ? null : value
        if (wrong) { error(wrong, 'neither a text nor a call') }
        if (value instanceof ConstantExpression && !(value.value instanceof String)) { oversight(value, 'not a text') }
        !wrong
    }

    private static boolean text(Expression value) { value instanceof ConstantExpression || value instanceof GStringExpression }

    /** What a `+` puts together; any other operation is one part. */
    private static List<Expression> parts(Expression value) {
        def sum = value instanceof BinaryExpression && value.operation.text == '+'
        sum ? parts(value.leftExpression) + parts(value.rightExpression) : [value]
    }

    private void when(Call when) {
        if (!when.statements) { error(when.node, 'when is empty') }
        def flags = when.statements.findAll { Call.of(it)?.name in Vocabulary.WHEN_FLAGS }.collect { Call.of(it) }
        flags.findAll { !(it.literal instanceof Boolean) }.each { error(it.node, 'neither true nor false') }
        def asked = when.statements.findAll { !(Call.of(it)?.name in Vocabulary.WHEN_FLAGS) }
        if (when.statements && !asked) { error(when.node, 'when has no condition') }
        // Jenkins tells of the section, not of the place in it.
        asked.each { if (Call.of(it)) { condition(it) } else { error(when.node, 'not a condition') } }
    }

    private void condition(Statement statement) {
        def call = Call.of(statement)
        def arity = Vocabulary.CONDITIONS[call?.name]
        if (arity == null) {
            error(statement, "no condition: ${call?.name}")
        } else if (arity) {
            def held = call.statements.size()
            if (call.positional || call.named || (arity > 0 ? held != arity : !held)) {
                error(statement, "${call.name} holds ${arity > 0 ? arity : 'no'} conditions")
            }
            call.statements.each { condition(it) }
        } else if (call.name == 'expression') {
            if (call.body) { check.code(call.body) } else { error(statement, 'an expression is a block') }
        } else if (call.body) {
            error(statement, "${call.name} holds no conditions")
        } else if (Vocabulary.CONDITION_ARGUMENTS[call.name]) {
            check.step(call, Vocabulary.CONDITION_ARGUMENTS[call.name])
        }
    }

    private void input(Call input) {
        def fields = input.statements.collect { Call.of(it) }
        fields.findAll { it && !(it.name in Vocabulary.INPUT) }.each { error(it.node, "an input has no ${it.name}") }
        if (fields.contains(null)) { error(input.node, 'not a field of an input') }
        Call.repeated(fields*.name).each { error(input.node, "${it} stands here twice") }
        if (!fields.any { it?.name == 'message' }) { error(input.node, 'an input without a message') }
        fields.findAll { it?.name == 'parameters' }.each { parameters(it) }
    }

    private void post(Call post) {
        def conditions = post.statements.collect { statement ->
            def call = Call.of(statement)
            if (!call?.body) {
                error(statement, 'not a condition of post')
                return null
            }
            if (!(call.name in Vocabulary.POST)) { error(call.node, "no condition of post: ${call.name}") }
            steps(call.body, call.node)
            call.name
        }
        if (!conditions.findAll()) { error(post.node, 'post is empty') }
        Call.repeated(conditions).each { error(post.node, "${it} stands here twice") }
    }

    private void steps(ClosureExpression body, ASTNode node) {
        if (!body?.code?.statements) {
            error(body ?: node, 'no steps')
            return
        }
        def only = body.code.statements.size() == 1
        body.code.statements.each { statement ->
            def call = Call.of(statement)
            if (!call) {
                error(statement, 'not a step; code goes into a script block')
            } else if (call.name == 'parallel' && only) {
                oversight(call.node, 'stages are parallel, not steps')
            } else {
                step(call)
            }
        }
    }

    private void step(Call step) {
        def known = Vocabulary.STEPS[step.name]
        if (step.name in Vocabulary.NO_STEPS) {
            error(step.node, "not in steps: ${step.name}")
        } else if (step.name in check.functions) {
            check.code(step.node)
        } else if (!known) {
            oversight(step.node, "no step: ${step.name}")
        } else if (step.name == 'script') {
            if (step.body) { check.code(step.body) } else { error(step.node, 'script has a block') }
        } else {
            check.step(step, known)
            if (known.block && step.body) { steps(step.body, step.node) }
            if (known.block != (step.body != null)) { oversight(step.node, "${step.name} and blocks") }
        }
    }
}
