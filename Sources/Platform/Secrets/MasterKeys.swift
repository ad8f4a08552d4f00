package import Sealing

/// Where the master keys are stored. They wrap the database's keys and nothing else.
package enum MasterKeys: Sendable, Equatable {
  /// In a file; with `isMade`, it is made where there is none.
  case file(path: String, isMade: Bool)
  /// In a text: an environment's variable.
  case text(String, name: String)

  /// The keys as they are now.
  package func read() throws(SealingError) -> Keyring {
    switch self {
    case .file(let path, true): try KeyFile(path: path).readOrMake().keys
    case .file(let path, false): try KeyFile(path: path).read()
    case .text(let text, let name): try Keyring(text: text, place: name)
    }
  }
}
