/** The build was interrupted: a time limit, a person. */
class Interrupted extends Exception {
    final String result = 'ABORTED'
    /** The time limit that has passed; null when a person stopped the build. */
    final Object limit
    /** False once the exception has left the step whose time was up: from there on it is a failure like others. */
    boolean actual = true

    Interrupted(String message, Object limit = null) {
        super(message)
        this.limit = limit
    }
}
