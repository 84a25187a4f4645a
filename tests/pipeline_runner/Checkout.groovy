/** The git plugin's checkout: a detached commit in the workspace, of a real repository. */
class Checkout {
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
        def extensions = (scm.extensions ?: []).collectEntries { [it.symbol ?: it.'$class', it] }
        fetch(remote, extensions)
        def commit = commit(scm.branches[0].name, remote.name ?: 'origin')
        git('checkout', '--quiet', '--force', '--detach', commit)
    }

    private void fetch(Map remote, Map extensions) {
        def name = remote.name ?: 'origin'
        if (!new File(directory, '.git').exists()) { git('init', '--quiet', '--template=') }
        git('config', "remote.${name}.url", remote.url)
        if (extensions.cleanBeforeCheckout) {
            git('clean', '-ffdx', '--quiet')
            if (git(['rev-parse', '--verify', '--quiet', 'HEAD'], false)) { git('reset', '--quiet', '--hard') }
        }
        def clone = extensions.cloneOption ?: [:]
        def refspecs = (remote.refspec ?: "+refs/heads/*:refs/remotes/${name}/*").toString().split(/\s+/)
        git(['fetch', '--quiet', '--force', clone.noTags ? '--no-tags' : '--tags', *(clone.shallow ? ['--depth=1'] : []), '--', name, *refspecs])
    }

    private String commit(String wanted, String remote) {
        def found = [wanted, "refs/remotes/${remote}/${wanted.replaceFirst(/^\*\//, '')}"].findResult {
            // As an argument behind `--`, never as an option: the name may come from anyone.
            git(['rev-parse', '--verify', '--quiet', '--end-of-options', "${it}^{commit}"], false)
        }
        if (!found) { throw new StepFailure("no revision ${wanted}") }
        found
    }

    private String git(String... words) { git(words as List) }

    private String git(List words, boolean needed = true) {
        def done = run(['git', *words]*.toString())
        if (done.status && needed) { throw new StepFailure("git ${words[0]} ended with ${done.status}") }
        done.status ? null : done.output.trim()
    }
}
