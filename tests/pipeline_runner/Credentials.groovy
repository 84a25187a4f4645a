/** Binds credentials to variables, and hides what they hold. */
class Credentials {
    private final Build build
    /** Where secret files lie, as long as the block runs. */
    private final File folder

    Credentials(Build build, File folder) {
        this.build = build
        this.folder = folder
    }

    /** The variables of a binding. Throws StepFailure for an id that Jenkins does not have, or of another kind. */
    Map<String, String> bind(Map binding) {
        def credential = build.request.credentials[binding.credentialsId]
        if (credential == null) { throw new StepFailure("no credentials ${binding.credentialsId}") }
        switch (binding.symbol) {
            case 'usernamePassword':
                return [(binding.usernameVariable): of(credential, 'username'), (binding.passwordVariable): secret(credential, 'password')]
            case 'string':
                return [(binding.variable): secret(credential, 'secret')]
            case 'file':
                return [(binding.variable): hiddenFile('secret-file', of(credential, 'content'))]
            case 'sshUserPrivateKey':
                return [(binding.keyFileVariable): hiddenFile('ssh-key', of(credential, 'key'))]
            case 'gitUsernamePassword':
                return git(credential)
            default:
                throw new StepFailure("the runner does not bind ${binding.symbol}")
        }
    }

    /** The variables of `NAME = credentials('id')`. */
    Map<String, String> variable(String name, String id) {
        def credential = build.request.credentials[id]
        if (credential?.username == null) {
            return bind([symbol: credential?.content != null ? 'file' : 'string', credentialsId: id, variable: name])
        }
        def pair = "${credential.username}:${secret(credential, 'password')}".toString()
        build.hide(pair)
        [(name): pair, ("${name}_USR".toString()): credential.username, ("${name}_PSW".toString()): credential.password]
    }

    private static String of(Map credential, String field) {
        if (credential[field] == null) { throw new StepFailure("the credentials have no ${field}") }
        credential[field]
    }

    private String secret(Map credential, String field) {
        def value = of(credential, field)
        build.hide(value)
        value
    }

    /** Jenkins hides where a secret file is, and not what is in it. */
    private String hiddenFile(String name, String content) {
        def path = secretFile(name, content)
        build.hide(path)
        path
    }

    private String secretFile(String name, String content) {
        if (build.request.dry != null) { return "${folder}/${name}" }
        folder.mkdirs()
        def file = File.createTempFile(name, '', folder)
        file.setReadable(false, false)
        file.setReadable(true, true)
        file.text = content
        file.path
    }

    /** As the git plugin does: a program that tells git the name and the password (GitUsernamePasswordBinding). */
    private Map<String, String> git(Map credential) {
        def username = secretFile('username', of(credential, 'username') + '\n')
        def password = secretFile('password', secret(credential, 'password') + '\n')
        def askpass = secretFile('auth', "#!/bin/sh\ncase \"\$1\" in\nUsername*) cat '${username}' ;;\nPassword*) cat '${password}' ;;\nesac\n")
        new File(askpass).setExecutable(true)
        [GIT_USERNAME: credential.username, GIT_PASSWORD: credential.password, GIT_ASKPASS: askpass, GIT_TERMINAL_PROMPT: 'false']
    }
}
