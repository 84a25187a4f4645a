/** A step failed, with a message for people and no stack trace. */
class StepFailure extends Exception {
    StepFailure(String message) { super(message) }
}
