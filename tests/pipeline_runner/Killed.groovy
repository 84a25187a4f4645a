/** The agent is gone: nothing runs any more, not even `post`. */
class Killed extends Error {
    Killed() { super('the agent was killed') }
}
