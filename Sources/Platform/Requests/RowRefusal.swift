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

  /// - Parameters:
  ///   - error: the error of that method.
  ///   - field: the field that it is about, where the error names none.
  package init(_ error: any Error, field: String = "") {
    let error = RPCError(thrown: error)
    var (field, about) = (field, "")
    for detail in error.details {
      switch detail {
      case .badRequest(let violations): field = violations.first?.field ?? field
      case .errorInfo(_, _, let metadata):
        about = metadata.sorted { $0.key < $1.key }.map { "; \($0.key): \($0.value)" }.joined()
      default: break
      }
    }
    (status, reason, message) = (error.code.name, error.reason ?? "", error.message + about)
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
