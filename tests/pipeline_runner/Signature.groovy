/** What may be handed to a step, an option, a parameter or a symbol. */
class Signature {
    /** Types by name: String, Integer, Double, Boolean, TimeUnit, or Object for anything. */
    Map<String, Class> parameters = [:]
    /** The parameter that a lone argument without a name means. */
    String sole
    /** What has to be there, or the step fails when it runs. */
    List<String> required = []
    /** Whether a block follows. */
    boolean block
}
