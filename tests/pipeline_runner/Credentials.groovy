/** Binds credentials to variables for a block. */
class Credentials {
    private final Build build
    /** Where secret files lie, as long as the block runs. */
    private final File folder
    final Map<String, String> variables = [:]
    /** Values that the console hides: those of variables, not what is in the files that some of them name. */
    final List<String> secrets = []

    Credentials(Build build, File folder) {
        this.build = build
        this.folder = folder
    }

    /** Adds the variables of a binding. Throws StepFailure for an id that Jenkins does not have, or of another kind. */
    void bind(Map binding) {
        def credential = of(build.request.credentials, binding.credentialsId)
        switch (binding.symbol) {
            case 'usernamePassword':
                show(binding.usernameVariable, of(credential, 'username'))
                hide(binding.passwordVariable, of(credential, 'password'))
                break
            case 'usernameColonPassword':
                hide(binding.variable, "${of(credential, 'username')}:${of(credential, 'password')}")
                break
            case 'string': hide(binding.variable, of(credential, 'secret')); break
            case 'file': hide(binding.variable, secretFile('file', of(credential, 'content'))); break
            case 'sshUserPrivateKey': key(binding, credential); break
            case 'gitUsernamePassword': git(credential); break
            default: throw new StepFailure("the runner does not bind ${binding.symbol}")
        }
    }

    /** What `NAME = credentials('id')` means, by the kind of the credentials (CredentialsBindingHandler). */
    static List<Map> bindings(Build build, String name, String id) {
        def credential = build.request.credentials[id] ?: [:]
        def (username, password) = ["${name}_USR".toString(), "${name}_PSW".toString()]
        if (credential.key != null) {
            return [[symbol: 'sshUserPrivateKey', credentialsId: id, keyFileVariable: name, usernameVariable: username,
                     passphraseVariable: password]]
        }
        if (credential.password != null) {
            return [[symbol: 'usernameColonPassword', credentialsId: id, variable: name],
                    [symbol: 'usernamePassword', credentialsId: id, usernameVariable: username, passwordVariable: password]]
        }
        [[symbol: credential.content != null ? 'file' : 'string', credentialsId: id, variable: name]]
    }

    private static of(Map values, String field) {
        if (values[field] == null) { throw new StepFailure("no credentials with ${field}") }
        values[field]
    }

    private void show(String name, String value) { if (name) { variables[name] = value } }

    private void hide(String name, Object value) {
        show(name, value.toString())
        if (name && value) { secrets << value.toString() }
    }

    private void key(Map binding, Map credential) {
        hide(binding.keyFileVariable, secretFile('key', "${of(credential, 'key')}\n"))
        show(binding.usernameVariable, credential.username ?: '')
        hide(binding.passphraseVariable, credential.passphrase ?: '')
    }

    private String secretFile(String name, Object content, boolean executable = false) {
        if (!Context.current().workspace) { throw new StepFailure('a secret file needs an agent') }
        if (build.request.dry != null) { return "${folder}/${name}" }
        folder.mkdirs()
        def file = File.createTempFile(name, '', folder)
        file.text = content.toString()
        ['chmod', executable ? '500' : '400', file.path].execute().waitFor()
        file.path
    }

    /** As the git plugin does: a program that tells git the name and the password (GitUsernamePasswordBinding). */
    private void git(Map credential) {
        show('GIT_USERNAME', of(credential, 'username'))
        hide('GIT_PASSWORD', of(credential, 'password'))
        def username = secretFile('username', "${credential.username}\n")
        def password = secretFile('password', "${credential.password}\n")
        hide('GIT_ASKPASS', secretFile('auth', "#!/bin/sh\ncase \"\$1\" in\nUsername*) cat '${username}' ;;\nPassword*) cat '${password}' ;;\nesac\n", true))
        show('GIT_TERMINAL_PROMPT', 'false')
    }
}
