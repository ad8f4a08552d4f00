/// A method as its .proto file declares it, with its options.
package struct DeclaredMethod: Sendable {
  // Numbers of fields in descriptor.proto.
  private static let fileServices = 6
  static let filePackage = 2
  private static let name = 1
  private static let serviceMethods = 2
  private static let methodOptions = 4
  private static let idempotencyLevel = 34
  private static let noSideEffects: UInt64 = 1

  /// `/package.Service/Method`.
  package let path: String
  private let options: ArraySlice<UInt8>

  /// Whether it is declared free of side effects (`idempotency_level = NO_SIDE_EFFECTS`).
  package var isSideEffectFree: Bool {
    EncodedFields(options).contains {
      guard $0.number == Self.idempotencyLevel, case .varint(let level) = $0.value else { return false }
      return level == Self.noSideEffects
    }
  }

  /// The option that is the extension with this number, a message, encoded; nil when it is not given.
  package func option(_ number: Int) -> [UInt8]? {
    let parts = EncodedFields(options).compactMap { field -> ArraySlice<UInt8>? in
      guard field.number == number, case .bytes(let bytes) = field.value else { return nil }
      return bytes
    }
    return parts.isEmpty ? nil : parts.flatMap { $0 }
  }

  fileprivate static func all(in file: [UInt8]) -> [DeclaredMethod] {
    let package = EncodedFields.text(filePackage, of: file[...])
    return EncodedFields.messages(fileServices, of: file[...]).flatMap { service in
      let scope = (package.isEmpty ? "" : package + ".") + EncodedFields.text(name, of: service)
      return EncodedFields.messages(serviceMethods, of: service).map { method in
        DeclaredMethod(
          path: "/\(scope)/\(EncodedFields.text(name, of: method))",
          options: EncodedFields.messages(methodOptions, of: method).first ?? [])
      }
    }
  }
}

extension FileDescriptor {
  /// The methods of its services, in its order.
  package var methods: [DeclaredMethod] { DeclaredMethod.all(in: encoded) }
}
