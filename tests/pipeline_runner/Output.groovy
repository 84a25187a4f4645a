import groovy.transform.CompileStatic

/** What a program prints, read as it comes and never waited for: what it leaves behind may hold its output open. */
@CompileStatic
class Output {
    private final InputStream input
    private final ByteArrayOutputStream read = new ByteArrayOutputStream()
    /** Called with each line; null when the text is wanted as a whole. */
    private final Closure told

    Output(InputStream input, Closure told = null) {
        this.input = input
        this.told = told
    }

    /** Reads what there is by now; at the `end` a line without an end is one, too. */
    void follow(boolean end) {
        def buffer = new byte[1 << 16]
        while (input.available() > 0) {
            int size = input.read(buffer, 0, Math.min(input.available(), buffer.length))
            for (int index = 0; index < size; index++) { add(buffer[index]) }
        }
        if (end && told && read.size()) { tell() }
    }

    /** All that was printed. */
    String getText() { read.toString('UTF-8') }

    private void add(byte one) {
        if (told && one == (byte) 10) { tell() } else { read.write((int) one) }
    }

    private void tell() {
        told.call(text)
        read.reset()
    }
}
