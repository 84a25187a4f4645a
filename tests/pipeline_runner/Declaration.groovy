/**
 * A pipeline or one of its stages as it is declared. The sections keep their closures: they run when their time comes.
 *
 * A declaration is the delegate of the closure that declares it. What Validator refuses does not get here.
 */
class Declaration {
    String name
    /** `any`, `none`, the closure that names a label, or null. */
    Object agent
    Closure environment
    Closure input
    Closure steps
    Closure when
    /** Calls with `name` and `arguments`. */
    List options = []
    List parameters = []
    List<Declaration> stages
    List<Declaration> parallel
    boolean failFast
    /** Closures by condition. */
    Map<String, Closure> post = [:]
    /** Axes of a cell of a matrix: values by name. */
    Map<String, String> cell = [:]

    final String any = 'any'
    final String none = 'none'

    static class Stages {
        List<Declaration> found = []

        void stage(String name, Closure body) { found << read(new Declaration(name: name), body) }
    }

    /** What the calls of a block were made with, by name. */
    static Map calls(Closure body) { read(new Calls(), body).found.collectEntries { [it.name, it.arguments[0]] } }

    static <T> T read(T delegate, Closure body) {
        def closure = (Closure) body.clone()
        closure.delegate = delegate
        closure.resolveStrategy = Closure.DELEGATE_FIRST
        closure.call()
        delegate
    }

    void agent(Object kind) { agent = kind }
    void environment(Closure body) { environment = body }
    void input(Closure body) { input = body }
    void steps(Closure body) { steps = body }
    void when(Closure body) { when = body }
    void failFast(boolean on) { failFast = on }
    void options(Closure body) { options = read(new Calls(), body).found }
    void parameters(Closure body) { parameters = read(new Calls(), body).found }
    /** Triggers belong to the job; a run does not care. */
    void triggers(Closure body) { }
    void post(Closure body) { post = calls(body) }
    void stages(Closure body) { stages = read(new Stages(), body).found }
    void parallel(Closure body) { parallel = read(new Stages(), body).found }
    void matrix(Closure body) { parallel = read(new Matrix(), body).cells() }

    /** The stages of a matrix, once for each cell. */
    static class Matrix extends Declaration {
        private Map<String, List<String>> axes = [:]
        private List<Map<String, Closure<Boolean>>> excluded = []

        void axes(Closure body) { axes = read(new Axes(), body).found }

        void excludes(Closure body) { excluded = read(new Excludes(), body).found }

        List<Declaration> cells() {
            List<Map<String, String>> points = [[:]]
            axes.each { axis, values -> points = values.collectMany { value -> points.collect { it + [(axis): value] } } }
            points.findAll { point -> !excluded.any { it.every { axis, meant -> meant(point[axis]) } } }.collect { point ->
                new Declaration(name: 'Matrix - ' + point.collect { axis, value -> "${axis} = '${value}'" }.join(', '), cell: point,
                    agent: agent, environment: environment, options: options, post: post, stages: stages, when: when, input: input)
            }
        }
    }

    static class Axes {
        Map<String, List<String>> found = [:]
        private String current

        void axis(Closure body) { read(this, body) }

        void name(String name) { current = name }

        void values(String... values) { found[current] = values as List }
    }

    static class Excludes {
        List<Map<String, Closure<Boolean>>> found = []

        void exclude(Closure body) { found << read(new ExcludedAxes(), body).found }
    }

    static class ExcludedAxes {
        /** Which values of an axis are meant. */
        Map<String, Closure<Boolean>> found = [:]
        private String current

        void axis(Closure body) { read(this, body) }

        void name(String name) { current = name }

        void values(String... values) { found[current] = { it in values } }

        void notValues(String... values) { found[current] = { !(it in values) } }
    }
}
