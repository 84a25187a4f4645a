import org.codehaus.groovy.ast.ASTNode

/** What Validator has found, with the places. */
class Findings {
    final List<Map> errors = []
    final List<Map> oversights = []

    void error(ASTNode node, String message) { errors << at(node, message) }

    void oversight(ASTNode node, String message) { oversights << at(node, message) }

    private static Map at(ASTNode node, String message) { [line: node.lineNumber, column: node.columnNumber, message: message] }
}
