import java.util.concurrent.TimeUnit

/**
 * The words of a declarative pipeline: those of Jenkins 2.516 with the plugins of the recorded contract, as far as jjbgen's
 * templates and the contract need them. A word that is missing here is an error; add it with the arguments that its plugin documents.
 */
class Vocabulary {
    private static final Class ANY = Object
    private static final Map RESULTS = [buildResult: String, stageResult: String, message: String, catchInterruptions: Boolean]
    private static final Map PARAMETER = [name: String, description: String]

    private static Signature of(Map options = [:], Map<String, Class> parameters) {
        new Signature(options + [parameters: parameters])
    }

    static final Map<String, Signature> STEPS = [
        archiveArtifacts: of([artifacts: String, allowEmptyArchive: Boolean, caseSensitive: Boolean, defaultExcludes: Boolean,
            excludes: String, fingerprint: Boolean, followSymlinks: Boolean, onlyIfSuccessful: Boolean], sole: 'artifacts', required: ['artifacts']),
        build: of([job: String, parameters: ANY, propagate: Boolean, quietPeriod: Integer, wait: Boolean], sole: 'job', required: ['job']),
        catchError: of(RESULTS, block: true),
        checkout: of([scm: ANY, changelog: Boolean, poll: Boolean], sole: 'scm', required: ['scm']),
        cleanWs: of([cleanWhenAborted: Boolean, cleanWhenFailure: Boolean, cleanWhenNotBuilt: Boolean, cleanWhenSuccess: Boolean,
            cleanWhenUnstable: Boolean, cleanupMatrixParent: Boolean, deleteDirs: Boolean, disableDeferredWipeout: Boolean,
            notFailBuild: Boolean, patterns: ANY, skipWhenFailed: Boolean]),
        deleteDir: of([:]),
        dir: of([path: String], sole: 'path', required: ['path'], block: true),
        echo: of([message: String], sole: 'message', required: ['message']),
        error: of([message: String], sole: 'message', required: ['message']),
        fileExists: of([file: String], sole: 'file', required: ['file']),
        git: of([url: String, branch: String, changelog: Boolean, credentialsId: String, poll: Boolean], sole: 'url', required: ['url']),
        input: of([message: String, cancel: String, id: String, ok: String, parameters: ANY, submitter: String, submitterParameter: String],
            sole: 'message', required: ['message']),
        isUnix: of([:]),
        junit: of([testResults: String, allowEmptyResults: Boolean, checksName: String, healthScaleFactor: Double, keepLongStdio: Boolean,
            keepProperties: Boolean, keepTestNames: Boolean, skipMarkingBuildUnstable: Boolean, skipPublishingChecks: Boolean],
            sole: 'testResults', required: ['testResults']),
        lock: of([resource: String, extra: ANY, inversePrecedence: Boolean, label: String, priority: Integer, quantity: Integer,
            reason: String, resourceSelectStrategy: String, skipIfLocked: Boolean, variable: String], sole: 'resource', required: ['resource'],
            block: true),
        mail: of([to: String, bcc: String, body: String, cc: String, charset: String, from: String, mimeType: String, replyTo: String,
            subject: String], required: ['subject', 'body']),
        pwd: of([tmp: Boolean]),
        readFile: of([file: String, encoding: String], sole: 'file', required: ['file']),
        retry: of([count: Integer, conditions: ANY], sole: 'count', required: ['count'], block: true),
        robot: of([outputPath: String, passThreshold: Double, unstableThreshold: Double, logFileName: String, outputFileName: String,
            reportFileName: String, otherFiles: String], sole: 'outputPath'),
        script: of([:], block: true),
        sh: of([script: String, encoding: String, label: String, returnStatus: Boolean, returnStdout: Boolean], sole: 'script',
            required: ['script']),
        slackSend: of([channel: String, color: String, message: String, attachments: ANY, blocks: ANY, botUser: Boolean,
            failOnError: Boolean, teamDomain: String, tokenCredentialId: String], sole: 'message'),
        sleep: of([time: Integer, unit: TimeUnit], sole: 'time', required: ['time']),
        stash: of([name: String, allowEmpty: Boolean, excludes: String, includes: String, useDefaultExcludes: Boolean], sole: 'name',
            required: ['name']),
        timeout: of([time: Integer, activity: Boolean, unit: TimeUnit], sole: 'time', required: ['time'], block: true),
        timestamps: of([:], block: true),
        unstable: of([message: String], sole: 'message', required: ['message']),
        unstash: of([name: String], sole: 'name', required: ['name']),
        warnError: of([message: String, catchInterruptions: Boolean], sole: 'message', required: ['message'], block: true),
        withCredentials: of([bindings: List], sole: 'bindings', required: ['bindings'], block: true),
        withEnv: of([overrides: List], sole: 'overrides', required: ['overrides'], block: true),
        writeFile: of([file: String, text: String, encoding: String], required: ['file', 'text']),
    ]

    /** What stands as an argument of a step: sources, their extensions, credentials. */
    static final Map<String, Signature> SYMBOLS = [
        cleanBeforeCheckout: of([deleteUntrackedNestedRepositories: Boolean]),
        cloneOption: of([depth: Integer, honorRefspec: Boolean, noTags: Boolean, reference: String, shallow: Boolean, timeout: Integer]),
        credentials: of([id: String], sole: 'id'),
        file: of([credentialsId: String, variable: String], required: ['credentialsId', 'variable']),
        gitUsernamePassword: of([credentialsId: String, gitToolName: String], required: ['credentialsId']),
        logRotator: of([artifactDaysToKeepStr: String, artifactNumToKeepStr: String, daysToKeepStr: String, numToKeepStr: String]),
        scmGit: of([branches: ANY, browser: ANY, extensions: ANY, gitTool: String, userRemoteConfigs: ANY]),
        sshUserPrivateKey: of([credentialsId: String, keyFileVariable: String, passphraseVariable: String, usernameVariable: String],
            required: ['credentialsId', 'keyFileVariable']),
        string: of([credentialsId: String, variable: String], required: ['credentialsId', 'variable']),
        usernameColonPassword: of([credentialsId: String, variable: String], required: ['credentialsId', 'variable']),
        usernamePassword: of([credentialsId: String, passwordVariable: String, usernameVariable: String],
            required: ['credentialsId', 'passwordVariable', 'usernameVariable']),
    ]

    private static final Map<String, Signature> STAGE_OPTIONS = STEPS.subMap(['catchError', 'lock', 'retry', 'timeout', 'timestamps',
        'warnError', 'withCredentials', 'withEnv']) + [
        checkoutToSubdirectory: of([subdirectory: String], sole: 'subdirectory'),
        skipDefaultCheckout: of([value: Boolean], sole: 'value'),
        throttle: of([categories: ANY], sole: 'categories'),
    ]

    static final Map<String, Signature> OPTIONS = STAGE_OPTIONS + [
        buildDiscarder: of([strategy: ANY], sole: 'strategy'),
        disableConcurrentBuilds: of([abortPrevious: Boolean]),
        disableRestartFromStage: of([:]),
        disableResume: of([:]),
        durabilityHint: of([hint: String], sole: 'hint'),
        newContainerPerStage: of([:]),
        overrideIndexTriggers: of([value: Boolean], sole: 'value'),
        parallelsAlwaysFailFast: of([:]),
        preserveStashes: of([buildCount: Integer]),
        quietPeriod: of([quietPeriod: Integer], sole: 'quietPeriod'),
        rateLimitBuilds: of([throttle: ANY], sole: 'throttle'),
        skipStagesAfterUnstable: of([:]),
    ]

    static final Map<String, Signature> PARAMETERS = [
        booleanParam: of(PARAMETER + [defaultValue: Boolean], sole: 'name', required: ['name']),
        choice: of(PARAMETER + [choices: ANY], sole: 'name', required: ['name']),
        file: of(PARAMETER, sole: 'name', required: ['name']),
        password: of(PARAMETER + [defaultValue: String], sole: 'name', required: ['name']),
        run: of(PARAMETER + [projectName: String], sole: 'name', required: ['name']),
        string: of(PARAMETER + [defaultValue: String, trim: Boolean], sole: 'name', required: ['name']),
        text: of(PARAMETER + [defaultValue: String, trim: Boolean], sole: 'name', required: ['name']),
    ]

    /** Conditions of `when` by the number of conditions they hold; -1 for any number but none. */
    static final Map<String, Integer> CONDITIONS = [allOf: -1, anyOf: -1, not: 1, branch: 0, buildingTag: 0, changeRequest: 0,
        changelog: 0, changeset: 0, environment: 0, equals: 0, expression: 0, isRestartedRun: 0, tag: 0, triggeredBy: 0]
    /** What those without a block are handed, as far as pipelines here have them. */
    static final Map<String, Signature> CONDITION_ARGUMENTS = [
        branch: of([pattern: String, comparator: String], sole: 'pattern', required: ['pattern']),
        environment: of([name: String, value: String, ignoreCase: Boolean], required: ['name', 'value']),
        equals: of([expected: ANY, actual: ANY], required: ['expected', 'actual']),
    ]
    static final Set<String> WHEN_FLAGS = ['beforeAgent', 'beforeInput', 'beforeOptions']

    /** Conditions of `post` in the order in which they run (README of the contract, point 9; the ordinals of the plugin). */
    static final List<String> POST = ['always', 'changed', 'fixed', 'regression', 'aborted', 'success', 'unsuccessful', 'unstable',
        'failure', 'notBuilt', 'cleanup']

    /** Words that Jenkins refuses among steps. */
    static final Set<String> NO_STEPS = ['parallel', 'properties', 'stage']

    static final Set<String> INPUT = ['id', 'message', 'ok', 'parameters', 'submitter', 'submitterParameter']
    static final Set<String> NODE = ['customWorkspace', 'label', 'retries']
    static final Set<String> AGENTS = ['any', 'docker', 'dockerfile', 'label', 'node', 'none']
    static final Set<String> SECTIONS = ['agent', 'environment', 'libraries', 'options', 'parameters', 'post', 'stages', 'tools', 'triggers']
    static final Set<String> STAGE_SECTIONS = ['agent', 'environment', 'failFast', 'input', 'matrix', 'options', 'parallel', 'post',
        'stages', 'steps', 'tools', 'when']
    static final Set<String> MATRIX_SECTIONS = ['agent', 'axes', 'environment', 'excludes', 'input', 'options', 'post', 'stages', 'tools', 'when']
    static final Map<String, Signature> TRIGGERS = [
        cron: of([spec: String], sole: 'spec', required: ['spec']),
        gerrit: of([gerritProjects: ANY, serverName: String, triggerOnEvents: ANY]),
        githubPush: of([:]),
        pollSCM: of([scmpoll_spec: String, ignorePostCommitHooks: Boolean], sole: 'scmpoll_spec', required: ['scmpoll_spec']),
        upstream: of([upstreamProjects: String, threshold: ANY], required: ['upstreamProjects']),
    ]
    static final Set<String> TOOLS = ['ant', 'dockerTool', 'git', 'jdk', 'jgit', 'jgitapache', 'maven']
    static final Set<String> GLOBALS = ['currentBuild', 'env', 'params']

    /** Methods of Groovy's and Java's own objects that Jenkins' sandbox lets a pipeline call; few, as logic belongs into commands. */
    static final Set<String> SANDBOX = ['any', 'collect', 'contains', 'each', 'endsWith', 'every', 'find', 'findAll', 'get', 'isEmpty',
        'join', 'matches', 'replace', 'size', 'split', 'startsWith', 'toInteger', 'toLowerCase', 'toString', 'toUpperCase', 'tokenize', 'trim']

    static Map<String, Signature> options(boolean inStage) { inStage ? STAGE_OPTIONS : OPTIONS }

    /** Whether Jenkins takes a literal: it converts neither numbers nor flags to texts, nor anything to numbers. */
    static boolean accepts(Class type, Object value) {
        switch (type) {
            case Boolean: return true
            case Integer: case Double: return value instanceof Number
            case String: return value == null || value instanceof CharSequence
            case TimeUnit: return value == null || value in TimeUnit.values()*.name()
            default: return value == null || type.isInstance(value)
        }
    }
}
