internal import CPQ
internal import Glibc

/// A result of the server in libpq's memory. The last owner frees it.
final class ServerResult {
  let handle: OpaquePointer

  /// Takes over `handle`.
  init(_ handle: OpaquePointer) { self.handle = handle }

  deinit { PQclear(handle) }

  var rowCount: Int { Int(PQntuples(handle)) }

  /// Rows that a command changed.
  var affectedRows: Int {
    guard let text = PQcmdTuples(handle) else { return 0 }
    return Int(strtoll(text, nil, 10))
  }

  /// The command's tag, such as `INSERT 0 1`.
  var commandTag: String { PQcmdStatus(handle).map { String(cString: $0) } ?? "" }
}

extension ServerError {
  /// The error in `result`.
  init(_ result: OpaquePointer) {
    func field(_ code: Unicode.Scalar) -> String {
      PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) } ?? ""
    }
    self.init(
      sqlstate: field("C"), message: field("M"), schema: field("s"), table: field("t"), column: field("c"),
      constraint: field("n"), hint: field("H"), context: field("W"), routine: field("R"),
      endsSession: ["FATAL", "PANIC"].contains(field("V")))
  }
}
