/** What a section of calls is read with: it notes each. */
class Calls {
    static class Call {
        String name
        List arguments
    }

    final List<Call> found = []

    def methodMissing(String name, arguments) {
        def call = new Call(name: name, arguments: arguments as List)
        // `buildDiscarder(logRotator(…))`: what is handed over is no entry of its own.
        found.removeAll { inner -> arguments.any { it.is(inner) } }
        found << call
        call
    }
}
