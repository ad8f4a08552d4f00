internal import RPC

/// Why a row of a request is refused: what the method for one resource would have answered.
package struct RowRefusal: Error {
  /// The name of the status.
  package let status: String
  /// The reason.
  package let reason: String
  /// The field that it is about.
  package let field: String
  /// A sentence for developers.
  package let message: String

  /// - Parameters:
  ///   - error: the error of that method.
  ///   - field: the field that it is about, where the error names none.
  package init(_ error: any Error, field: String = "") {
    let error = RPCError(thrown: error)
    var field = field
    for case .badRequest(let violations) in error.details { field = violations.first?.field ?? field }
    (status, reason, message) = (error.code.name, error.reason ?? "", error.message)
    self.field = field
  }
}

extension RequestCheck {
  /// - Throws: a refusal of the row, if something is wrong with it.
  package func verifyRow() throws(RowRefusal) {
    do {
      try verify()
    } catch {
      throw RowRefusal(error)
    }
  }
}
