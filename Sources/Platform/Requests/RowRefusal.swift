internal import RPC

/// Why a row of a request is refused: what the method for one resource would have answered.
package struct RowRefusal: Error {
  /// The name of the status.
  package let status: String
  /// The reason.
  package let reason: String
  /// The field that it is about.
  package let field: String
  /// A sentence for developers, and the metadata of the error.
  package let message: String
  /// The metadata of the error.
  package let metadata: [String: String]

  /// - Parameters:
  ///   - error: the error of that method.
  ///   - field: the field that it is about, where the error names none.
  package init(_ error: any Error, field: String = "") {
    let error = RPCError(thrown: error)
    var (field, known): (String, [String: String]) = (field, [:])
    for detail in error.details {
      switch detail {
      case .badRequest(let violations): field = violations.first?.field ?? field
      case .errorInfo(_, _, let metadata):
        known = metadata
      default: break
      }
    }
    let about = known.sorted { $0.key < $1.key }.map { "; \($0.key): \($0.value)" }.joined()
    (status, reason, message) = (error.code.name, error.reason ?? "", error.message + about)
    metadata = known
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
