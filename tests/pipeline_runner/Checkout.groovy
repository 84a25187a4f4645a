/** The git plugin's checkout: a detached commit in the workspace, of a real repository. */
class Checkout {
    private static final Set<String> EXTENSIONS = ['cleanBeforeCheckout', 'cloneOption']

    private final Build build
    private final File directory
    /** Runs a program of the agent; answers with its status and output. */
    private final Closure run

    Checkout(Build build, Context context, Closure run) {
        this.build = build
        this.run = run
        directory = context.directory
    }

    void run(Map scm) {
        def remote = scm.userRemoteConfigs[0]
        if (remote.credentialsId && !build.request.credentials[remote.credentialsId]) {
            throw new StepFailure("no credentials ${remote.credentialsId}")
        }
        def name = (remote.name ?: 'origin').toString()
        fetch(name, remote, extensions(scm))
        git('checkout', '--quiet', '--force', '--detach', commit(scm.branches[0].name.toString(), name))
    }

    /** The extensions by their symbols, also where `$class` names them. */
    private static Map extensions(Map scm) {
        def found = (scm.extensions ?: []).collectEntries { [it.symbol ?: it.'$class'.uncapitalize(), it] }
        def unknown = found.keySet().find { !(it in EXTENSIONS) }
        if (unknown) { throw new StepFailure("the runner does not know the extension ${unknown}") }
        found
    }

    private void fetch(String name, Map remote, Map extensions) {
        def clone = extensions.cloneOption ?: [:]
        def all = "+refs/heads/*:refs/remotes/${name}/*"
        def refspecs = (remote.refspec ?: all).toString().trim().split(/\s+/) as List
        if (!new File(directory, '.git').exists()) {
            // A clone, which begins with an empty folder.
            directory.listFiles().each { Steps.delete(it) }
            git('init', '--quiet', '--template=')
            if (!clone.honorRefspec) { refspecs = [all, *refspecs]*.toString().unique() }
        } else if (extensions.cleanBeforeCheckout) {
            if (git(['rev-parse', '--verify', '--quiet', 'HEAD'], false)) { git('reset', '--quiet', '--hard') }
            git('clean', extensions.cleanBeforeCheckout.deleteUntrackedNestedRepositories ? '-ffdx' : '-fdx', '--quiet')
        }
        git('config', "remote.${name}.url", remote.url)
        def shallow = clone.shallow ? ["--depth=${clone.depth ?: 1}"] : []
        // The plugin has no `--` here either: a word of the refspec that begins with `-` is an option to git.
        git(['fetch', '--quiet', '--force', clone.noTags ? '--no-tags' : '--tags', *shallow, remote.url, *refspecs])
    }

    /** The commit that a branch specifier means (DefaultBuildChooser). */
    private String commit(String wanted, String remote) {
        if (wanted ==~ /[0-9a-f]{6,40}/ && resolved(wanted)) { return resolved(wanted) }
        def branch = wanted.startsWith('*/') ? remote + wanted.substring(1) : wanted
        def found = candidates(branch, remote).findResult { resolved(it) }
        if (!found) { throw new StepFailure("no revision ${wanted}") }
        found
    }

    private static List<String> candidates(String branch, String remote) {
        if (branch.startsWith("${remote}/")) { return ["refs/remotes/${branch}", branch] }
        if (branch.startsWith("remotes/${remote}/")) { return ["refs/${branch}", branch] }
        if (branch.startsWith('refs/heads/')) { return ["refs/remotes/${remote}/${branch - 'refs/heads/'}", branch] }
        ["refs/remotes/${remote}/${branch}", branch]
    }

    private String resolved(String name) {
        // As an argument, never as an option: the name may come from anyone.
        git(['rev-parse', '--verify', '--quiet', '--end-of-options', "${name}^{commit}"], false)
    }

    private String git(String... words) { git(words as List) }

    private String git(List words, boolean needed = true) {
        def done = run(['git', *words]*.toString())
        if (done.status && needed) { throw new StepFailure("git ${words[0]} ended with ${done.status}") }
        done.status ? null : done.output.trim()
    }
}
