import groovy.transform.CompileStatic
import java.nio.charset.StandardCharsets
import java.nio.file.Files
import java.util.concurrent.ConcurrentHashMap

/**
 * Programs that outlive the step that started them. Jenkins ends them with the node: it knows them by a cookie in their environment,
 * the runner by the workspace in it.
 */
@CompileStatic
class Leftovers {
    /** Where programs were started, and may still run. */
    private final Set<File> used = ConcurrentHashMap.newKeySet()

    void expect(File workspace) { used << workspace }

    /** Ends what still runs in a workspace; it may take its time. */
    void end(File workspace) {
        if (workspace in used && !signal(workspace, 'TERM')) { used.remove(workspace) }
    }

    /** Ends all that there is, for good: nothing may stay on the machine of the tests. */
    void endAll() { used.each { File workspace -> signal(workspace, 'KILL') } }

    private static boolean signal(File workspace, String name) {
        def found = new File('/proc').list().findAll { String it -> it.integer && runsIn(workspace, it) }
        if (found) { (['kill', "-${name}".toString()] + found).execute().waitFor() }
        found
    }

    private static boolean runsIn(File workspace, String pid) {
        try {
            def environment = new String(Files.readAllBytes(new File("/proc/${pid}/environ").toPath()), StandardCharsets.UTF_8)
            return "\0${environment}\0".contains("\0WORKSPACE=${workspace}\0")
        } catch (IOException ended) {
            return false
        }
    }
}
